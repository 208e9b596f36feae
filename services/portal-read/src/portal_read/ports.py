"""What the pages ask of others."""

from collections.abc import Sequence
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


class OnlinePayments(Protocol):
    """Which businesses can be paid online now, as billing hears it from the payment provider."""

    def enabled(self, business_id: str) -> bool:
        """What billing last answered; True until it has, since it refuses by itself. Never waits."""
        ...

    async def close(self) -> None: ...
