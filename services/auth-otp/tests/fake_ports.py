"""The ports in memory."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from auth_otp.domain.challenges import (
    ChallengeExpired,
    ChallengeSpent,
    CodeAttempt,
    Proof,
    SendRequest,
    SendTicket,
    TooSoon,
)
from auth_otp.domain.sending import Answer, SendCode
from auth_otp.domain.sessions import SessionGrant
from auth_otp.domain.sign_in import Limits, send_limits
from auth_otp.settings import Settings
from portal_testing.clock import FakeClock

_EPOCH, _NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


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


@dataclass
class _Challenge:
    request: SendRequest
    expires: datetime
    before: datetime = _EPOCH
    code_number: int = 1
    sends: int = 1
    tries: int = 0
    proof: Proof | None = None
    gone: datetime = _NEVER


class FakeChallenges:
    """`ports.Challenges` in a dictionary."""

    def __init__(self, clock: FakeClock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self._limiter = FakeRateLimiter(clock)
        self._all: dict[tuple[str, str], _Challenge] = {}

    def _living(self, business_id: str, challenge_id: str) -> _Challenge | None:
        challenge, now = self._all.get((business_id, challenge_id)), self._clock.now
        return challenge if challenge and now < challenge.expires and now < challenge.gone else None

    async def ask(self, request: SendRequest) -> SendTicket | TooSoon:
        held = self._living(request.business_id, request.challenge_id)
        if held and (
            held.request.address_index != request.address_index
            or held.proof
            or held.tries >= self._settings.code_tries
        ):
            held = None
        name = f"{request.business_id}/{request.address_index}/{request.bucket}"
        limits = send_limits(self._settings)
        if wait := await self._limiter.take(name, limits, request.new_challenge_id):
            return TooSoon(wait, held is not None)
        if held is None:
            return self._begin(request)
        held.sends += 1
        if (held.expires - self._clock.now).total_seconds() < self._settings.code_renew_within_seconds:
            held.before, held.code_number = held.expires, held.code_number + 1
            held.expires = self._clock.now + timedelta(seconds=self._settings.code_life_seconds)
        return _ticket(request.challenge_id, held)

    def _begin(self, request: SendRequest) -> SendTicket:
        same = (request.business_id, request.address_index, request.bucket)
        alive = [
            key
            for key, other in self._all.items()
            if (key[0], other.request.address_index, other.request.bucket) == same and self._living(*key)
        ]
        for oldest in sorted(alive, key=lambda key: self._all[key].expires)[
            : 1 - self._settings.challenges_per_address
        ]:
            del self._all[oldest]
        challenge = _Challenge(request, self._clock.now + timedelta(seconds=self._settings.code_life_seconds))
        self._all[request.business_id, request.new_challenge_id] = challenge
        return _ticket(request.new_challenge_id, challenge)

    async def attempt(
        self, business_id: str, challenge_id: str
    ) -> CodeAttempt | ChallengeExpired | ChallengeSpent:
        challenge, limit = self._living(business_id, challenge_id), self._settings.code_tries
        if challenge is None:
            return ChallengeExpired()
        if challenge.tries >= limit:
            return ChallengeSpent()
        challenge.tries += 1
        last, now = challenge.code_number, self._clock.now
        return CodeAttempt(
            tries_left=limit - challenge.tries,
            address_index=challenge.request.address_index,
            address_cipher=challenge.request.address_cipher,
            pepper=challenge.request.pepper,
            code_numbers=(last, last - 1) if challenge.before > now else (last,),
            at=now,
        )

    async def consume(self, business_id: str, challenge_id: str, proof: Proof) -> Proof | None:
        challenge = self._living(business_id, challenge_id)
        if challenge is None:
            return None
        challenge.tries -= 1
        if challenge.proof is None:
            challenge.proof = proof
            challenge.gone = self._clock.now + timedelta(seconds=self._settings.repeated_post_seconds)
        return challenge.proof


def _ticket(challenge_id: str, challenge: _Challenge) -> SendTicket:
    return SendTicket(
        challenge_id=challenge_id,
        code_number=challenge.code_number,
        send_number=challenge.sends,
        pepper=challenge.request.pepper,
        expires_at=challenge.expires,
    )


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
