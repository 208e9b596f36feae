"""Freshness of an open page while a rebuild runs at full speed, in turns with the same without one."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
from local_stack.environment import Addresses
from portal_testing.stack.visitor import Visitor

from bench import plain_kafka, visits
from bench.freshness import EMAIL, SLUG, VISIT, paced
from bench.open_page import OpenPage
from bench.report import Goal, Section, percentile
from tests.chaos.faults.processes import environment_of

ROUNDS, EVENTS, PER_SECOND = 5, 100, 50
"""Of each kind, in turns."""
LOG = 150_000
"""Records that a rebuild has to read: more than it can while one turn lasts."""
AT_SPEED = 2_000
"""Events after which it has its partitions, and a turn begins."""
_GOAL = 0.25
_SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}
_PORTAL = "from portal_read.projection.commands import app; app()"


class Look(NamedTuple):
    """Events applied so far, and seconds since its start."""

    events: int
    seconds: float


async def measure(addresses: Addresses) -> Section:
    """Percentiles of both, in milliseconds."""
    alone: list[float] = []
    beside: list[float] = []
    rates: list[float] = []
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        visitor = Visitor(addresses.public_origin, addresses.mailbox_url, SLUG, http)
        await visitor.sign_in(EMAIL)
        await visits.publish(addresses.kafka_bootstrap, LOG)
        producer = plain_kafka.producer(addresses.kafka_bootstrap)
        await producer.start()

        async def publish(marker: int) -> None:
            value, headers = VISIT.value(f"Marker {marker}"), VISIT.headers(marker)
            await producer.send(plain_kafka.TOPIC, value, key=VISIT.key(), headers=headers)

        async def turn(page: OpenPage, first: int, within: float = 30) -> list[float]:
            sent = await paced(publish, range(first, first + EVENTS), PER_SECOND)
            await page.shows(first + EVENTS - 1, within=within)
            return [page.visible(marker) - at for marker, at in sent.items()]

        async with OpenPage(visitor, f"/portal/{SLUG}") as page:
            await turn(page, 1, within=300)  # the worker has the whole log before it
            for number in range(1, ROUNDS + 1):
                alone += await turn(page, 2 * number * EVENTS)
                async with _rebuilding(addresses) as seen:
                    beside += await turn(page, (2 * number + 1) * EVENTS)
                first, last = seen[0], seen[-1]
                if last.seconds > first.seconds:  # it says how far it is twice a second
                    rates.append((last.events - first.events) / (last.seconds - first.seconds))
        await producer.stop()
    if not rates:
        raise RuntimeError("no rebuild came far enough to be called one: is this machine busy?")
    return _section(alone, beside, rates)


@asynccontextmanager
async def _rebuilding(addresses: Addresses) -> AsyncGenerator[list[Look]]:
    """A rebuild at work from the first moment to the last; then it is killed, and its projection dropped."""
    process = await portal(addresses, "rebuild", "--schema", "bench", "--json")
    assert process.stdout is not None
    looks: list[Look] = []
    while not looks or looks[-1].events < AT_SPEED:
        looks = [_look(await process.stdout.readline())]

    async def read(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            looks.append(_look(line))

    reading = asyncio.create_task(read(process.stdout))
    yield looks
    if process.returncode is not None:
        raise RuntimeError("the rebuild was done before the turn was: give it a longer log")
    process.kill()
    await reading
    await process.wait()
    dropped = await (await portal(addresses, "drop", "bench", "--yes")).wait()
    if dropped:
        raise RuntimeError("the projection of the bench could not be dropped")


def _look(line: bytes) -> Look:
    step = json.loads(line)
    return Look(step["events"], step["seconds"])


async def portal(addresses: Addresses, *words: str) -> asyncio.subprocess.Process:
    """`portal projection …` beside a stack; its output is to be read."""
    owner = {"DATABASE_URL": addresses.databases["portal_read"].owner}
    environment = {**environment_of(addresses, "portal-read"), **owner}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PORTAL, *words), env=environment, stdout=asyncio.subprocess.PIPE
    )


def _section(alone: Sequence[float], beside: Sequence[float], rates: Sequence[float]) -> Section:
    rows = [
        (name, *(f"{percentile(values, share) * 1000:.1f}" for values in (alone, beside)))
        for name, share in _SHARES.items()
    ]
    about = (
        f"{len(beside)} events at {PER_SECOND} a second, from sending to the open page that shows them, in"
        " turns without and with a rebuild that reads the whole log meanwhile on the same machine, at"
        f" {percentile(rates, 0.5):,.0f} events a second."
    )
    late = percentile(beside, 0.99)
    goal = Goal("P12", f"p99 at most {_GOAL * 1000:.0f} ms", f"{late * 1000:.0f} ms", late <= _GOAL)
    return Section("Freshness during a rebuild", about, ("ms", "without", "during a rebuild"), rows, [goal])
