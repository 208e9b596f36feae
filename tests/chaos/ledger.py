"""The ledger: what the outside world did and saw. It stands outside the system and shares nothing with it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from portal_testing.stack.whole_log import Place


class Attempt(NamedTuple):
    """One request for a code: to whom, at which business, and whether an acceptance came back."""

    business_id: str
    address: str
    known: bool
    accepted: bool


@dataclass
class Ledger:
    """Kept by the test alone, in memory of a process that nobody kills."""

    seed: int
    sent: Counter[str] = field(default_factory=Counter[str])
    """What was sent, by kind: event, duplicate, late, poison, branding, code, sign-in."""
    published: list[Place] = field(default_factory=list[Place])
    """Every record the broker acknowledged."""
    contents: dict[Place, bytes] = field(default_factory=dict[Place, bytes])
    """What each of them holds."""
    poison: set[Place] = field(default_factory=set[Place])
    branding: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Business id → the names it was given, in order, each acknowledged before the next was sent."""
    codes: list[Attempt] = field(default_factory=list[Attempt])
    sessions: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(business id, customer id) of each sign-in that was answered with a session."""
    unanswered: Counter[str] = field(default_factory=Counter[str])
    """Requests whose answer a kill took away, by kind: they may or may not have had an effect."""
    strikes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    """What was done to processes: killed, ended, frozen → how often to which."""

    @property
    def kills(self) -> Counter[str]:
        """How often each process was killed."""
        return self.strikes["killed"]

    @property
    def acknowledged(self) -> int:
        """All that somebody promised us to keep."""
        promised = sum(len(names) for names in self.branding.values())
        return len(self.published) + promised + sum(c.accepted for c in self.codes) + len(self.sessions)
