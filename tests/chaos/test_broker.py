"""The broker is stopped, killed, frozen, or there without a word: people are served, and nothing is lost.

`CHAOS_LONG=1` has outages of more than a minute, in which readiness must say no.
"""

import asyncio

import pytest
from portal_testing.stack import NeverHappened, eventually

from tests.chaos import LONG
from tests.chaos.actors.malformed_records import KINDS
from tests.chaos.actors.visitors import VisitorRequest
from tests.chaos.faults.broker_outages import ANSWERS_LOST, FROZEN, NOTHING_ARRIVES, STOPPED, Outage
from tests.chaos.judges.process_health import Census, not_ready, until_all_ready
from tests.chaos.judges.verdict import Verdict, say
from tests.chaos.stacks.storm import Storm

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
RECORDS = 300 if LONG else 120
KILLS = 5 if LONG else 1
PROGRESS_SECONDS = 60.0
"""So soon after an outage all must be applied."""
SENT_SECONDS = 2.0
"""More than a relay takes to send what it was woken for."""
LONG_SECONDS = 80.0
"""Longer than any process takes to know that nothing goes well any more."""
CALM_SECONDS = 2.0
OUTAGES = (STOPPED, FROZEN, ANSWERS_LOST, *((NOTHING_ARRIVES,) if LONG else ()))


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.name)
async def test_an_outage_loses_nothing_and_is_over_when_it_is_over(storm: Storm, outage: Outage) -> None:
    await storm.publish(RECORDS, KINDS)
    await _until_calm(storm)  # or mails of before would look like work for nothing
    before = Census.of(storm.processes)
    await outage.begin(storm.connection)
    try:
        await _served(storm, [*_promises(storm), storm.visitors.sign_in()])
        if outage.log_lives:
            await storm.publish(RECORDS)
        await before.until(LONG_SECONDS if LONG else outage.seconds)
        await _judge_readiness(storm)
        say(f"  {outage.name}: {Census.of(storm.processes).judge(storm.verdict, before)}")
    finally:
        await outage.end(storm.connection)
    await storm.publish(RECORDS)
    await _all_well(storm, f"after {outage.name}")


async def test_a_killed_broker_has_kept_what_it_acknowledged(storm: Storm) -> None:
    for _ in range(KILLS):
        publishing = asyncio.create_task(storm.publish(RECORDS * 4))
        await _acknowledged(storm, RECORDS)
        frozen = Census.of(storm.processes)
        await storm.connection.freeze()  # what is sent from now on is on its way when the broker dies
        try:
            await _served(storm, _promises(storm))
            await frozen.until(SENT_SECONDS)
            assert not publishing.done(), "it is killed too late"
        finally:  # or nothing that waits for it would ever end
            await storm.connection.kill()
            await storm.connection.start()
        await publishing
        storm.ledger.strikes["killed"]["broker"] += 1
    await _all_well(storm, "after SIGKILL")


async def _until_calm(storm: Storm) -> None:
    """Wait until nobody has much to do, as the notifier has with the news of what was published."""

    async def busy() -> list[str]:
        before, found = Census.of(storm.processes), Verdict()
        await before.until(CALM_SECONDS)
        Census.of(storm.processes).judge(found, before)
        return found.missing

    await eventually(busy, what="nobody is busy", within=120, every=0.5, met=lambda names: not names)


def _promises(storm: Storm) -> list[VisitorRequest]:
    visitors = storm.visitors
    return [visitors.name(), visitors.code(), visitors.name(), visitors.code()]


async def _acknowledged(storm: Storm, more: int) -> None:
    """Wait until so many more records are acknowledged."""
    goal = len(storm.ledger.records) + more

    async def reached() -> bool:
        return len(storm.ledger.records) >= goal

    await eventually(reached, what=f"{more} records are acknowledged", within=30, every=0.002)


async def _served(storm: Storm, requests: list[VisitorRequest]) -> None:
    """Everybody gets what they ask for, a session too, and what they were promised waits in the outbox."""
    promised = storm.ledger.acknowledged
    await asyncio.gather(*(request.ask() for request in requests))
    if storm.ledger.acknowledged < promised + len(requests):
        storm.find("somebody was not served during the outage")
    waiting = await storm.databases.unfinished()
    if "branding outbox" not in waiting:
        storm.find(f"what was accepted is not in the outbox: {waiting}")


async def _judge_readiness(storm: Storm) -> None:
    """Pages need no broker. Workers do, and say so once they got nowhere for a minute."""
    names = await not_ready(storm.processes)
    say(f"  not ready: {', '.join(names) or 'nobody'}")
    for process in storm.processes:
        if process.kind == "api" and process.name in names:
            storm.find(f"{process.name}: not ready, though it needs no broker")
        if LONG and process.kind == "worker" and process.name not in names:
            storm.find(f"{process.name}: called itself ready without a broker")


async def _all_well(storm: Storm, when: str) -> None:
    """All is applied in time, everybody can work, and the judges agree."""
    await storm.settle(when, within=PROGRESS_SECONDS)
    try:
        await until_all_ready(storm.processes, PROGRESS_SECONDS)
    except NeverHappened as error:
        storm.find(str(error))
    await storm.judge()
