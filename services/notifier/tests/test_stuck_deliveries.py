"""A delivery queue whose every place hangs is stuck; one with a place left, or nothing to send, is not."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from chassis.observability.loop_health import PATIENCE_SECONDS, LoopHealth, Stuck
from code_samples import ADDRESS, business_event, code
from delivery_world import World
from portal_testing.envelopes import envelope_of
from portal_testing.stack import NeverHappened, Servers, eventually

pytestmark = pytest.mark.stack


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    async with World.fresh(servers) as world:
        await world.apply(envelope_of(business_event()))
        yield world


@pytest.mark.parametrize(("places", "stuck"), [(1, True), (2, False)])
async def test_only_a_loop_without_a_place_left_is_stuck(world: World, places: int, stuck: bool) -> None:
    clock, release = [0.0], asyncio.Event()
    world.mail.hold = {ADDRESS: release}
    queue = world.queue(at_once=places)
    queue.health = LoopHealth(lambda: clock[0])

    async def well() -> bool:
        return queue.health.stuck is None

    running = asyncio.create_task(queue.run())
    await eventually(well, what="it runs", within=20)
    clock[0] += 3600  # nothing to send
    await eventually(well, what="it is idle", within=20)
    await world.hand_over(code())
    async with asyncio.timeout(20):
        await world.mail.held.wait()
    clock[0] += PATIENCE_SECONDS + 2
    if stuck:
        with pytest.raises(NeverHappened):
            await eventually(well, what="it comes round", within=2)
        assert queue.health.stuck == Stuck("deliveries to end", 62)
    else:
        await eventually(well, what="it comes round", within=20)
    release.set()
    await eventually(well, what="it goes on", within=20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [to for to, _ in world.mail.sent] == [ADDRESS]
