"""What billing asks of the payment processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from servicehub_events import Failure

from billing.domain.payments import Seen


class Unreachable(Exception):
    """No answer, or one that says nothing about what was done: look before trying again.

    `stored` means that the same key will get the same answer for ever.
    """

    def __init__(self, reason: str, *, stored: bool = False) -> None:
        self.stored = stored
        super().__init__(reason)


class Declined(Exception):
    """The processor will not do this, however often it is asked."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.code)


class NoAccount(Declined):
    """The business's account may not be charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the processor's page; `amount` in minor units."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page on which a payment is to be made."""

    business_id: str
    payment_id: str
    currency: str
    lines: Sequence[Line]
    locale: str
    expires_at: datetime
    paid_url: str
    left_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something happened at the processor; what, it is asked.

    `payment_id` is ours, or the processor's where its object does not name ours; "" without a payment.
    """

    event_id: str
    account: str
    kind: str
    live: bool
    payment_id: str
    at: datetime
    body: bytes


class PaymentProcessor(Protocol):
    """Pages to pay on, in the namespace of one account each. All raise `Unreachable`."""

    def request_for(self, page: Page) -> str:
        """All that will be sent to open the page, as text to be stored: a retry must be equal to it."""
        ...

    async def open(self, account: str, request: str, key: str) -> Seen:
        """Open the page, or get the one that was opened under this key. Raises `Declined`."""
        ...

    async def look(self, account: str, reference: str) -> Seen:
        """What became of a page."""
        ...

    async def find(self, account: str, payment_id: str, since: datetime) -> Seen | None:
        """The page of a payment whose reference never reached us; None when there is none."""
        ...

    async def close(self, account: str, reference: str) -> None:
        """Let nobody pay on the page any more; changes nothing when it is not open."""
        ...

    async def may_charge(self, account: str) -> bool:
        """Whether the account may be charged now."""
        ...

    async def payment_of(self, account: str, intent: str) -> str:
        """Our id of the payment that the processor knows by an id of its own; "" when it is not ours."""
        ...

    async def happened(self, account: str, since: datetime, until: datetime) -> Sequence[Notice]:
        """What was noticed on the account in that time, oldest first."""
        ...


class Notices(Protocol):
    """Reads what the processor posts."""

    def read(self, body: bytes, signature: str, now: datetime) -> Notice:
        """Raises `BadSignature`."""
        ...
