"""Stops a fake processor's calls at a point until they are let through, or lets them die there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

_COMES_SECONDS: Final = 30.0


@dataclass
class Gate:
    """Holds the first call that comes to `point`; all others pass."""

    point: str
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, point: str, about: str) -> None:
        if point == self.point and not self.reached.is_set():
            self.reached.set()
            await self.released.wait()

    async def come(self) -> None:
        """Wait until it holds one. Raises TimeoutError when none comes."""
        async with asyncio.timeout(_COMES_SECONDS):
            await self.reached.wait()

    def open(self) -> None:
        """Let the call go on."""
        self.released.set()


def gates(*held: Gate) -> Callable[[str, str], Awaitable[None]]:
    """Several gates at once."""

    async def through(point: str, about: str) -> None:
        for gate in held:
            await gate(point, about)

    return through


def killed_at(where: str) -> Callable[[str, str], Awaitable[None]]:
    """The process ends when it comes to this point."""

    async def die(point: str, about: str) -> None:
        if point == where:
            raise asyncio.CancelledError

    return die


def jumbled(seed: int) -> Callable[[str, str], Awaitable[None]]:
    """Every call gives others a chance at every point, a random number of times."""
    random = Random(seed)

    async def yield_(point: str, about: str) -> None:
        for _ in range(random.randrange(12)):
            await asyncio.sleep(0)

    return yield_
