"""What sign-in asks of the store of short-lived facts. A call without an answer raises `Unavailable`.

Each method is one atomic step: whatever runs beside it, it happened wholly before or wholly after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from auth_otp.domain.limits import Limits


class Limiter(Protocol):
    """Counts what happened lately, by name."""

    async def take(self, name: str, limits: Limits, entry: str) -> int:
        """Count `entry`; or, when a limit is reached, count nothing and return the seconds to wait."""
        ...

    async def give_back(self, name: str, entry: str) -> None:
        """The entry did not count after all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A code is wanted. `held` is the challenge this browser holds, `fresh` the id of a new one.

    `bucket` is "" or the id of a known browser, which has sends and challenges of its own.
    """

    business_id: str
    address_index: str
    address_cipher: bytes
    bucket: str
    held: str
    fresh: str
    pepper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The code of this generation of the challenge is to leave, for the `number`th time (1, 2, …)."""

    challenge_id: str
    generation: int
    number: int
    pepper: str
    expires_at: datetime

    @property
    def again(self) -> bool:
        """Whether the challenge had a sending before."""
        return self.number > 1


@dataclass(frozen=True, slots=True)
class TooSoon:
    """The address has had its codes for now. `held`: this browser may still enter the one it asked for."""

    seconds: int
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A try that was counted and may be compared. `generations` were alive at `at`, the store's time."""

    tries_left: int
    address_index: str
    address_cipher: bytes
    pepper: str
    generations: Sequence[int]
    at: datetime


class Gone:
    """The challenge ran out, or never was."""


class Dead:
    """The challenge has no try left."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a right code leads to, fixed by the first who enters it; a repeat leads to the same."""

    session_id: str
    choice_id: str
    browser_id: str
    remembered: bool
    device: str
    at: datetime


class Challenges(Protocol):
    """Challenges by business and id."""

    async def ask(self, ask: Ask) -> Sending | TooSoon:
        """Count a sending within the address's limits, in the challenge held or in a new one.

        A challenge close to its end gets a new generation; the oldest beyond the allowed number dies.
        """
        ...

    async def attempt(self, business_id: str, challenge_id: str) -> Try | Gone | Dead:
        """Count a try, before anything is compared."""
        ...

    async def consume(self, business_id: str, challenge_id: str, proof: Proof) -> Proof | None:
        """Use the challenge up and take this try back. The first proof there was; None when it is gone."""
        ...


class Candidate(msgspec.Struct, frozen=True):
    """A contact the proven address belongs to."""

    customer_id: str
    contact_id: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A proven address whose contact is to be picked. `replaces` is a session to end then.

    `generation` is the portal's when this was offered. A choice that is `switching` rests on the session it
    replaces: no new proof was given, so it is worth nothing once that session has ended.
    """

    session_id: str
    address_index: str
    address_cipher: bytes
    remembered: bool
    device: str
    issued_at: datetime
    expires_at: datetime
    candidates: tuple[Candidate, ...]
    generation: int
    replaces: str = ""
    switching: bool = False


class Choices(Protocol):
    """Choices by business and id, for a few minutes."""

    async def offer(self, business_id: str, choice_id: str, choice: Choice) -> None:
        """Keep a choice, unless one is kept under this id already."""
        ...

    async def find(self, business_id: str, choice_id: str) -> Choice | None:
        """The choice, until it is picked from or runs out."""
        ...

    async def pick(self, business_id: str, choice_id: str, index: int) -> Choice | None:
        """Pick once; the same pick again gets the same answer for a minute, another one None."""
        ...
