"""The broker is stopped, killed, frozen, or there without a word: people are served, and nothing is lost.

`CHAOS_LONG=1` has outages of more than a minute, in which readiness must say no.
"""

import asyncio
import time

import pytest
from portal_testing.stack import NeverHappened, eventually

from .census import Census, all_ready, not_ready
from .driver import Request
from .outages import ANSWERS_LOST, FROZEN, KILLED, NOTHING_ARRIVES, STOPPED, Outage
from .records import KINDS_OF_POISON
from .run import say
from .scene import LONG, PROGRESS_SECONDS, Scene

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
EVENTS = 300 if LONG else 120
KILLS = 5 if LONG else 1
SENT_SECONDS = 2.0
"""More than a relay takes to send what it was woken for."""
LONG_SECONDS = 80.0
"""Longer than anybody takes to know that nothing goes well any more."""
OUTAGES = (STOPPED, FROZEN, ANSWERS_LOST, *((NOTHING_ARRIVES,) if LONG else ()))


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)
async def test_an_outage_loses_nothing_and_is_over_when_it_is_over(scene: Scene, outage: Outage) -> None:
    await scene.tell(EVENTS, KINDS_OF_POISON)
    before = Census.of(scene.targets)
    await outage.begin(scene)
    try:
        await _accepted(scene, scene.requests(2))
        if outage.log_lives:
            await scene.tell(EVENTS)
        await before.until(LONG_SECONDS if LONG else outage.seconds)
        await _judge_readiness(scene)
        say(f"  {outage.name}: {Census.of(scene.targets).judge(scene.verdict, before)}")
    finally:
        await outage.end(scene)
    await scene.tell(EVENTS)
    await scene.progress(f"after {outage.name}", within=PROGRESS_SECONDS)
    await _all_well(scene)
    await scene.judge()


async def test_a_killed_broker_has_kept_what_it_acknowledged(scene: Scene) -> None:
    for _ in range(KILLS):
        telling = asyncio.create_task(scene.tell(EVENTS * 4))
        await _acknowledged(scene, EVENTS)
        frozen = Census.of(scene.targets)
        await FROZEN.begin(scene)  # whatever is sent from now on is on its way when the broker dies
        await _accepted(scene, scene.requests(2))
        await frozen.until(SENT_SECONDS)
        assert not telling.done(), "it is killed too late"
        await KILLED.begin(scene)
        await KILLED.end(scene)
        await telling
        scene.run.ledger.kills["broker"] += 1
    await scene.progress("after SIGKILL", within=PROGRESS_SECONDS)
    await _all_well(scene)
    await scene.judge()


async def test_a_code_leaves_and_signs_somebody_in_while_kafka_is_stopped(scene: Scene) -> None:
    await STOPPED.begin(scene)
    try:
        began = time.monotonic()
        if not await scene.sign_in():
            scene.find("nobody came in without a broker")
        say(f"  signed in without a broker: {time.monotonic() - began:.1f} s")
    finally:
        await STOPPED.end(scene)
    await scene.progress("after a sign-in without a broker", within=PROGRESS_SECONDS)
    await _all_well(scene)
    await scene.judge()


async def _acknowledged(scene: Scene, more: int) -> None:
    """Wait until so many more records are acknowledged."""
    goal = len(scene.run.ledger.published) + more

    async def reached() -> bool:
        return len(scene.run.ledger.published) >= goal

    await eventually(reached, what=f"{more} records are acknowledged", within=30, every=0.002)


async def _accepted(scene: Scene, requests: list[Request]) -> None:
    """People are answered, and what they were promised waits in the outbox."""
    promised = scene.run.ledger.acknowledged
    await asyncio.gather(*(request.ask() for request in requests))
    if scene.run.ledger.acknowledged < promised + len(requests):
        scene.find("somebody was not served during the outage")
    waiting = await scene.run.databases.unfinished()
    if "branding outbox" not in waiting:
        scene.find(f"what was accepted is not in the outbox: {waiting}")


async def _judge_readiness(scene: Scene) -> None:
    """Pages need no broker. Workers do, and say so once they got nowhere for a minute."""
    not_well = await not_ready(scene.targets)
    say(f"  not ready: {', '.join(not_well) or 'nobody'}")
    for name in not_well:
        if name.endswith("api"):
            scene.find(f"{name}: not ready, though it needs no broker")
    if LONG:
        for each in scene.targets:
            if each.kind == "worker" and each.name not in not_well:
                scene.find(f"{each.name}: called itself ready without a broker")


async def _all_well(scene: Scene) -> None:
    try:
        await all_ready(scene.targets, PROGRESS_SECONDS)
    except NeverHappened as error:
        scene.find(str(error))
