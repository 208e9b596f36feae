"""What sign-in asks of the store of short-lived facts, and of whoever sends its codes.

In the store each method is one atomic step: whatever runs beside it, it happened wholly before or wholly
after. A call without an answer raises `Unavailable`.
"""

from typing import Protocol

from auth_otp.domain.challenges import (
    Consumed,
    LiveCode,
    Outcome,
    Proof,
    SendRequest,
    SendTicket,
    TooSoon,
)
from auth_otp.domain.sending import Answer, SendCode
from auth_otp.domain.sessions import SessionGrant
from auth_otp.domain.sign_in import Limits


class RateLimiter(Protocol):
    """Counts what happened lately, by name."""

    async def take(self, name: str, limits: Limits, entry: str) -> int:
        """Count `entry`; or, when a limit is reached, count nothing and return the seconds to wait."""
        ...

    async def give_back(self, name: str, entry: str) -> None:
        """The entry did not count after all."""
        ...


class Challenges(Protocol):
    """Challenges by business and id."""

    async def ask(self, request: SendRequest) -> SendTicket | TooSoon:
        """Count a sending within the address's limits, in the challenge held or in a new one.

        A challenge close to its end gets a new code, as does one whose code is shorter than wanted. Beyond
        the limits the shared code of the address is sent, when it has not just been.
        """
        ...

    async def attempt(self, business_id: str, challenge_id: str, digits: int) -> Outcome:
        """Count a try of a code with so many digits, before anything is compared."""
        ...

    async def note_wrong(self, business_id: str, challenge_id: str, place: str, count: int) -> None:
        """Keep with the challenge where its wrong code was counted, and how often."""
        ...

    async def consume(
        self, business_id: str, challenge_id: str, code: LiveCode, proof: Proof
    ) -> Consumed | None:
        """Use the challenge up with this code, and take this try back.

        The first proof there was; None when the challenge is gone, or another has used the shared code.
        """
        ...


class PendingGrants(Protocol):
    """Grants whose contact is still to be chosen, by business and id, for a few minutes."""

    async def offer(self, business_id: str, choice_id: str, grant: SessionGrant) -> None:
        """Keep a grant, unless one is kept under this id already."""
        ...

    async def find(self, business_id: str, choice_id: str) -> SessionGrant | None:
        """The grant, until it is picked from or runs out."""
        ...

    async def pick(self, business_id: str, choice_id: str, index: int) -> SessionGrant | None:
        """Pick once; the same pick again gets the same answer for a minute, another one None."""
        ...


class CodeCourier(Protocol):
    """Sends codes to people. One that is handed over twice is sent once."""

    async def hand_over(self, code: SendCode) -> Answer:
        """Hand a code over, within two seconds. Without an answer it may have been taken all the same."""
        ...
