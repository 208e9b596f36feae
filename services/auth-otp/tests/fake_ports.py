"""Ports in memory. Challenges have none: what they promise is what their scripts do."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auth_otp.domain.sending import Answer, SendCode
from auth_otp.domain.sessions import SessionGrant
from auth_otp.domain.sign_in import Limits
from auth_otp.settings import Settings
from portal_testing.clock import FakeClock


class FakeRateLimiter:
    """`ports.RateLimiter` in a dictionary."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._entries: dict[str, list[tuple[datetime, str]]] = {}

    async def take(self, name: str, limits: Limits, entry: str) -> int:
        now, entries = self._clock.now, self._entries.setdefault(name, [])
        ends = [entries[-n][0] + timedelta(seconds=s) for n, s in limits if len(entries) >= n]
        wait = max((end - now).total_seconds() for end in ends) if ends else 0
        if wait > 0:
            return -int(-wait // 1)
        entries.append((now, entry))
        return 0

    async def give_back(self, name: str, entry: str) -> None:
        self._entries[name] = [one for one in self._entries.get(name, []) if one[1] != entry]


class FakePendingGrants:
    """`ports.PendingGrants` in a dictionary."""

    def __init__(self, clock: FakeClock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self._all: dict[tuple[str, str], tuple[SessionGrant, datetime, int | None]] = {}

    async def offer(self, business_id: str, choice_id: str, grant: SessionGrant) -> None:
        ends = self._clock.now + timedelta(seconds=self._settings.account_choice_life_seconds)
        self._all.setdefault((business_id, choice_id), (grant, ends, None))

    async def find(self, business_id: str, choice_id: str) -> SessionGrant | None:
        grant, ends, picked = self._all.get((business_id, choice_id), (None, self._clock.now, None))
        return grant if picked is None and self._clock.now < ends else None

    async def pick(self, business_id: str, choice_id: str, index: int) -> SessionGrant | None:
        grant, ends, picked = self._all.get((business_id, choice_id), (None, self._clock.now, None))
        if grant is None or self._clock.now >= ends or picked not in (None, index):
            return None
        if picked is None:
            until = min(ends, self._clock.now + timedelta(seconds=self._settings.repeated_post_seconds))
            self._all[business_id, choice_id] = (grant, until, index)
        return grant


@dataclass
class FakeCourier:
    """`ports.CodeCourier` as the notifier is: what it has taken before it takes again, and sends no more.

    It gives the answers it was told to, the first first. `loses_answers`: it takes codes and is not heard.
    """

    answers: list[Answer] = field(default_factory=list[Answer])
    loses_answers: bool = False
    sent: asyncio.Queue[SendCode] = field(default_factory=asyncio.Queue[SendCode])
    asked: int = 0
    _taken: set[tuple[str, str, int]] = field(default_factory=set[tuple[str, str, int]])

    async def hand_over(self, code: SendCode) -> Answer:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "accepted"
        if answer == "accepted":
            self._take(code)
        return "unavailable" if self.loses_answers else answer

    def _take(self, code: SendCode) -> None:
        request = code.request
        key = (request.business_id, request.challenge_id, request.send_number)
        if key not in self._taken:
            self._taken.add(key)
            self.sent.put_nowait(code)

    def drain(self) -> list[SendCode]:
        """What was sent since the last time."""
        return [self.sent.get_nowait() for _ in range(self.sent.qsize())]
