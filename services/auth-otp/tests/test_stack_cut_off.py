"""Calls of Valkey that are cut off: they take no place from those that follow, and no answer."""

import asyncio
from random import Random

import pytest
from auth_otp.adapters.valkey import Valkey
from chassis.settings import Secret
from portal_testing.stack import Servers

pytestmark = pytest.mark.stack

PLACES = 200
"""How many connections the client has at most."""


@pytest.mark.parametrize("cancellations", [1, 2])
async def test_calls_that_are_cut_off_give_their_connections_back(
    servers: Servers, cancellations: int
) -> None:
    random = Random(cancellations)
    valkey = Valkey(Secret(servers.fresh_redis_url()), timeout=5)
    echo = valkey._client.register_script("return ARGV[1]")  # pyright: ignore[reportPrivateUsage]  # its pool

    async def call(number: int) -> None:
        assert await valkey.run(echo, [f"key-{number}"], [number]) == str(number).encode()

    for turn in range(5):
        calls = [asyncio.create_task(call(number)) for number in range(turn * PLACES, turn * PLACES + 100)]
        while not all(each.done() for each in calls):
            for each in random.sample(calls, 5):
                for _ in range(cancellations):
                    each.cancel()
                    await asyncio.sleep(0)
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert [end for end in ends if isinstance(end, Exception)] == []
    await asyncio.gather(*(call(number) for number in range(PLACES)))
    await valkey.close()
