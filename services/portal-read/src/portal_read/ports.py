"""What the pages ask of others."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol


class AccountChoice(NamedTuple):
    """One contact of one customer, whom a proven address belongs to."""

    customer_id: str
    contact_id: str


class ChoicesUnavailable(Exception):
    """auth-otp does not answer."""


class AccountChoices(Protocol):
    """The choices behind a choice cookie, which auth-otp keeps for five minutes."""

    async def of(self, business_id: str, choice_id: str) -> Sequence[AccountChoice] | None:
        """The choices in their order, or None when they have run out. Raises `ChoicesUnavailable`."""
        ...

    async def close(self) -> None: ...


class KeptPasskey(NamedTuple):
    """A passkey of a contact: the device it was added on, when that was, and when it last signed in."""

    passkey_id: str
    name: str
    added_at: datetime
    used_at: datetime | None


class Passkeys(Protocol):
    """The passkeys of contacts, which auth-otp keeps."""

    async def list_passkeys(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[KeptPasskey] | None:
        """Those of a contact, the oldest first; None when auth-otp does not answer."""
        ...


class ListedCard(NamedTuple):
    """A card that a contact keeps; `brand` is Stripe's word, `expires` the last day on which it pays."""

    card_id: str
    brand: str
    last4: str
    expires: date


class AutopayStanding(NamedTuple):
    """Whether a customer's new invoices are paid by a card, and by which; `brand` is Stripe's word."""

    on: bool
    brand: str = ""
    last4: str = ""


class Cards(Protocol):
    """The cards that contacts keep, and what pays by itself, which billing knows."""

    async def find_autopay(self, business_id: str, customer_id: str) -> AutopayStanding | None:
        """A customer's autopay; None when billing does not answer."""
        ...

    async def list_cards(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[ListedCard] | None:
        """Those of a contact, the newest first; None when billing or the payment provider does not answer."""
        ...


class OnlinePayments(Protocol):
    """Which businesses can be paid online now, as billing hears it from the payment provider."""

    def enabled(self, business_id: str) -> bool:
        """What billing last answered; True until it has, since it refuses by itself. Never waits."""
        ...

    async def close(self) -> None: ...
