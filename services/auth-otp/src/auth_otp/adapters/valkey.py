"""Valkey (Redis): one connection pool with short timeouts, and no answer is an answer: refuse."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import cast

from chassis.observability import calling
from chassis.refusals import Unavailable
from chassis.settings import Secret
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

Reply = bytes | int | None | list["Reply"]
_LUA = files("auth_otp.adapters") / "lua"


class Valkey:
    """The client and its scripts. Keys begin with `auth:`; those of one business share a cluster slot."""

    def __init__(self, url: Secret, *, timeout: float) -> None:
        self._client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # redis types its kwargs loosely
            url.reveal(),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),  # a script that counted must not count again
            max_connections=200,
        )
        self._shared = (_LUA / "shared.lua").read_text()

    def script(self, name: str) -> AsyncScript:
        """A script of this package, by the name of its file."""
        source = self._shared + (_LUA / f"{name}.lua").read_text()
        return self._client.register_script(source)

    async def run(self, script: AsyncScript, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Reply:
        """Run a script as one atomic step. Raises `Unavailable`."""
        async with answering("script"):
            return cast("Reply", await script(keys=list(keys), args=list(args)))

    async def forget(self, key: str, member: str) -> None:
        """Take a member out of a sorted set."""
        async with answering("zrem"):
            await self._client.zrem(key, member)

    async def field(self, key: str, name: str, unless: str) -> bytes | None:
        """A field of a hash, unless the hash has that other field."""
        async with answering("hmget"):
            value, forbidden = cast("list[bytes | None]", await self._client.hmget(key, [name, unless]))
        return None if forbidden else value

    async def close(self) -> None:
        """Give every connection back."""
        await self._client.aclose()


@asynccontextmanager
async def answering(operation: str) -> AsyncGenerator[None]:
    """Turns silence and errors of the store into `Unavailable`: never unlimited, never guessed."""
    with calling("valkey", operation):
        try:
            yield
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable(seconds=5) from error


def key(kind: str, business_id: str, name: str) -> str:
    """`auth:kind:{business}:name`; the braces keep a business in one cluster slot."""
    return f"auth:{kind}:{{{business_id}}}:{name}"
