"""Calls of the processor that are cut off: they take no place from those that follow."""

import asyncio

from .counters import ACCOUNT, at_the_sandbox

PLACES = 100
"""How many connections the client has at most."""


async def test_calls_that_are_cut_off_give_their_connections_back() -> None:
    async with at_the_sandbox() as counter:
        for number in range(PLACES + 20):
            call = asyncio.create_task(counter.processor.read_standing(ACCOUNT))
            for _ in range(10 + number % 6):  # until it connects
                await asyncio.sleep(0)
            for _ in range(2):
                call.cancel()
                await asyncio.sleep(0)
            await asyncio.gather(call, return_exceptions=True)
        assert await counter.processor.read_standing(ACCOUNT) == "ready"
