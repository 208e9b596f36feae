"""The ports in memory, with a clock that moves when told to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from auth_otp.domain.limits import Limits
from auth_otp.ports import Ask, Choice, Dead, Gone, Proof, Sending, TooSoon, Try
from auth_otp.settings import Settings

_EPOCH, _NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class FakeClock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class FakeLimiter:
    """`ports.Limiter` in a dictionary."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._entries: dict[str, list[tuple[datetime, str]]] = {}

    async def take(self, name: str, limits: Limits, entry: str) -> int:
        now, entries = self._clock.now, self._entries.setdefault(name, [])
        ends = [entries[-most][0] + timedelta(seconds=s) for most, s in limits if len(entries) >= most]
        wait = max((end - now).total_seconds() for end in ends) if ends else 0
        if wait > 0:
            return -int(-wait // 1)
        entries.append((now, entry))
        return 0

    async def give_back(self, name: str, entry: str) -> None:
        self._entries[name] = [one for one in self._entries.get(name, []) if one[1] != entry]


@dataclass
class _Challenge:
    ask: Ask
    expires: datetime
    before: datetime = _EPOCH
    generation: int = 1
    sends: int = 1
    tries: int = 0
    proof: Proof | None = None
    gone: datetime = _NEVER


class FakeChallenges:
    """`ports.Challenges` in a dictionary."""

    def __init__(self, clock: FakeClock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self._limiter = FakeLimiter(clock)
        self._all: dict[tuple[str, str], _Challenge] = {}

    def _living(self, business_id: str, challenge_id: str) -> _Challenge | None:
        found, now = self._all.get((business_id, challenge_id)), self._clock.now
        return found if found and now < found.expires and now < found.gone else None

    async def ask(self, ask: Ask) -> Sending | TooSoon:
        held = self._living(ask.business_id, ask.held)
        if held and (
            held.ask.address_index != ask.address_index
            or held.proof
            or held.tries >= self._settings.code_tries
        ):
            held = None
        name = f"{ask.business_id}/{ask.address_index}/{ask.bucket}"
        if wait := await self._limiter.take(name, self._settings.send_limits, ask.fresh):
            return TooSoon(wait, held is not None)
        if held is None:
            return self._begin(ask)
        held.sends += 1
        if (held.expires - self._clock.now).total_seconds() < self._settings.code_renew_within:
            held.before, held.generation = held.expires, held.generation + 1
            held.expires = self._clock.now + timedelta(seconds=self._settings.code_life)
        return _sending(ask.held, held)

    def _begin(self, ask: Ask) -> Sending:
        same = (ask.business_id, ask.address_index, ask.bucket)
        alive = [
            key
            for key, one in self._all.items()
            if (key[0], one.ask.address_index, one.ask.bucket) == same and self._living(*key)
        ]
        for oldest in sorted(alive, key=lambda key: self._all[key].expires)[
            : 1 - self._settings.live_challenges
        ]:
            del self._all[oldest]
        fresh = _Challenge(ask, self._clock.now + timedelta(seconds=self._settings.code_life))
        self._all[ask.business_id, ask.fresh] = fresh
        return _sending(ask.fresh, fresh)

    async def attempt(self, business_id: str, challenge_id: str) -> Try | Gone | Dead:
        found, most = self._living(business_id, challenge_id), self._settings.code_tries
        if found is None:
            return Gone()
        if found.tries >= most:
            return Dead()
        found.tries += 1
        last, now = found.generation, self._clock.now
        return Try(
            tries_left=most - found.tries,
            address_index=found.ask.address_index,
            address_cipher=found.ask.address_cipher,
            pepper=found.ask.pepper,
            generations=(last, last - 1) if found.before > now else (last,),
            at=now,
        )

    async def consume(self, business_id: str, challenge_id: str, proof: Proof) -> Proof | None:
        found = self._living(business_id, challenge_id)
        if found is None:
            return None
        found.tries -= 1
        if found.proof is None:
            found.proof = proof
            found.gone = self._clock.now + timedelta(seconds=self._settings.repeat_within)
        return found.proof


def _sending(challenge_id: str, one: _Challenge) -> Sending:
    return Sending(
        challenge_id=challenge_id,
        generation=one.generation,
        number=one.sends,
        pepper=one.ask.pepper,
        expires_at=one.expires,
    )


class FakeChoices:
    """`ports.Choices` in a dictionary."""

    def __init__(self, clock: FakeClock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings
        self._all: dict[tuple[str, str], tuple[Choice, datetime, int | None]] = {}

    async def offer(self, business_id: str, choice_id: str, choice: Choice) -> None:
        ends = self._clock.now + timedelta(seconds=self._settings.choice_life)
        self._all.setdefault((business_id, choice_id), (choice, ends, None))

    async def find(self, business_id: str, choice_id: str) -> Choice | None:
        choice, ends, picked = self._all.get((business_id, choice_id), (None, self._clock.now, None))
        return choice if picked is None and self._clock.now < ends else None

    async def pick(self, business_id: str, choice_id: str, index: int) -> Choice | None:
        choice, ends, picked = self._all.get((business_id, choice_id), (None, self._clock.now, None))
        if choice is None or self._clock.now >= ends or picked not in (None, index):
            return None
        if picked is None:
            until = min(ends, self._clock.now + timedelta(seconds=self._settings.repeat_within))
            self._all[business_id, choice_id] = (choice, until, index)
        return choice
