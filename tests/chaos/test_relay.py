"""The relay is killed, and transactions commit late while others are relayed: the log stays true.

Real worker processes on real PostgreSQL and Kafka. `CHAOS_LONG=1` is longer; `CHAOS_SEED` repeats what chance
decides.
"""

import asyncio
from pathlib import Path
from random import Random

import httpx
import pytest
from portal_testing.stack import Servers, eventually

from tests.chaos import LONG
from tests.chaos.stacks.relay_replicas import Replica
from tests.chaos.stacks.relay_run import RelayRun, relaying

pytestmark = pytest.mark.chaos
EVENTS, KILLS = (10_000, 30) if LONG else (2_400, 8)
STREAMS, AUTHORS = 120, 8
LATE, PROMPT = (400, 4) if LONG else (60, 4)
"""Transactions that commit late, and authors who meanwhile write without a pause."""


async def test_a_relay_that_is_killed_again_and_again_loses_nothing(servers: Servers, tmp_path: Path) -> None:
    async with relaying(servers, tmp_path, replicas=2) as run:
        for number in range(KILLS):
            active = await run.replicas.active()
            await (_killed_before_its_delete if number % 2 else _killed_at_work)(run, active)
            run.replicas.start()
        await run.emptied()
        repeated = run.tail.records - len(run.author.promised)
        assert repeated >= 1, "no kill fell between the acknowledgement and the delete"


async def _killed_at_work(run: RelayRun, active: Replica) -> None:
    """While eight authors write, somewhere in the middle of what they write."""
    each = EVENTS // KILLS // AUTHORS
    until = run.tail.records + run.chance.randint(1, each * AUTHORS)
    writing = asyncio.gather(*(_author(run, number, each) for number in range(AUTHORS)))
    try:
        await run.tail.grows_to(until)
    finally:
        run.replicas.kill(active)
        run.acts["killed at work"] += 1
        await writing


async def _author(run: RelayRun, number: int, count: int) -> None:
    """One event a transaction, on streams that no other author writes to."""
    for turn in range(count):
        await run.author.append({run.author.business(number + turn * AUTHORS % STREAMS): 1})


async def _killed_before_its_delete(run: RelayRun, active: Replica) -> None:
    """The broker has acknowledged, and what would delete the rows never reaches PostgreSQL."""
    streams = run.chance.sample(range(STREAMS), EVENTS // KILLS // 3)
    revisions = {run.author.business(number): 3 for number in streams}
    await run.tail.shows(await run.append_locked("deletes", revisions))
    run.replicas.kill(active)
    run.acts["killed before its delete"] += 1
    await run.replicas.end_sessions(active)
    await run.lock.release()


async def test_what_commits_late_is_published_none_the_less(servers: Servers, tmp_path: Path) -> None:
    async with relaying(servers, tmp_path, replicas=1) as run:
        await run.replicas.active()
        over = asyncio.Event()
        prompt = [asyncio.create_task(_prompt(run, number, over)) for number in range(PROMPT)]
        seeds = [run.chance.randrange(2**32) for _ in range(PROMPT)]
        try:
            await asyncio.gather(*(_late(run, PROMPT + n, Random(seed)) for n, seed in enumerate(seeds)))
        finally:
            over.set()
            await asyncio.gather(*prompt)
        await run.tail.shows(run.author.promised)
        assert run.acts["committed late"] >= LATE // 2, run.acts
        assert run.author.rolled_back, "no transaction was rolled back: the positions had no gaps"


async def _prompt(run: RelayRun, number: int, over: asyncio.Event) -> None:
    while not over.is_set():
        await run.author.append({run.author.business(number): 1})


async def _late(run: RelayRun, number: int, chance: Random) -> None:
    """Takes its positions, and ends when so many others have been published that took theirs afterwards."""
    for _ in range(LATE // PROMPT):
        others, roll_back = chance.randint(1, 60), chance.random() < 0.2

        async def overtaken(others: int = others) -> None:
            await run.tail.grows_to(run.tail.records + others)

        streams = [run.author.business(number + PROMPT * n) for n in range(chance.randint(1, 4))]
        revisions = {business_id: chance.randint(1, 3) for business_id in streams}
        await run.author.append(revisions, before_end=overtaken, roll_back=roll_back)
        run.acts["rolled back late" if roll_back else "committed late"] += 1


async def test_a_relay_that_stands_by_says_how_much_waits(servers: Servers, tmp_path: Path) -> None:
    async with relaying(servers, tmp_path, replicas=1) as run:
        await run.replicas.active()
        revisions = {run.author.business(number): 3 for number in range(7)}
        await run.tail.shows(await run.append_locked("deletes", revisions))
        other = run.replicas.start()

        async def rows() -> float:
            return await _gauge(other, "portal_outbox_rows")

        await eventually(rows, what="its gauge says 21 rows", within=60, met=lambda rows: rows == 21)
        assert 0 < await _gauge(other, "portal_outbox_oldest_seconds") < 300


async def _gauge(replica: Replica, name: str) -> float:
    """The value of a gauge of a real process; -1 before there is one."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            answer = await http.get(f"http://127.0.0.1:{replica.service_process.port}/metrics")
    except httpx.HTTPError:
        return -1
    values = [line.rpartition(" ")[2] for line in answer.text.splitlines() if line.startswith(name)]
    return float(values[0]) if values else -1
