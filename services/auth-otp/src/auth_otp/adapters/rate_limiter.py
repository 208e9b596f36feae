"""`ports.RateLimiter` on Valkey: a sliding log in a sorted set."""

from collections.abc import Iterable

from auth_otp.adapters.valkey import Valkey
from auth_otp.domain.sign_in import Limits


class ValkeyRateLimiter:
    """Counts in Valkey, by its clock."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._take = valkey.script("take")

    async def take(self, name: str, limits: Limits, entry: str) -> int:
        """See `ports.RateLimiter`."""
        wait = await self._valkey.run(self._take, [_key(name)], [entry, *as_arguments(limits)])
        assert isinstance(wait, int)  # noqa: S101  # the script's contract
        return seconds_of(wait)

    async def give_back(self, name: str, entry: str) -> None:
        """See `ports.RateLimiter`."""
        await self._valkey.forget(_key(name), entry)


def as_arguments(limits: Limits) -> Iterable[int]:
    """Count and milliseconds of each limit, flat."""
    return (number for limit in limits for number in (limit.entries, limit.seconds * 1000))


def seconds_of(milliseconds: int) -> int:
    """Whole seconds, rounded up: waiting so long is enough."""
    return -(-milliseconds // 1000)


def _key(name: str) -> str:
    return f"auth:limit:{name}"
