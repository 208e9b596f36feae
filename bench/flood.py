"""One business publishes what nobody can read, beside another's good events; and a rebuild of such a log."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence

from local_stack.environment import Addresses
from portal_testing.stack import eventually

from bench import plain_kafka, visits
from bench.committed import Committed
from bench.freshness import VISIT, paced
from bench.plain_kafka import Visit
from bench.rebuild import portal
from bench.report import Goal, Section, percentile

ROUNDS, EVENTS, PER_SECOND = 5, 150, 100
"""Good events of each kind, in turns."""
BAD = 10_000
"""Of them all, sent as fast as the broker takes them, a part at the beginning of each turn."""
LOG = 100_000
"""Good records that the rebuilds read."""
_FLOODING = Visit("b-flood", "c-1")
_SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}
_MOST = 0.25


async def measure(addresses: Addresses) -> Section:
    """Seconds to the row of a good event without and beside a flood, and of rebuilds before and after it."""
    alone, beside = list[float](), list[float]()
    await visits.publish(addresses.kafka_bootstrap, LOG)
    producer = plain_kafka.producer(addresses.kafka_bootstrap)
    await producer.start()

    async def publish(marker: int) -> None:
        value, headers = VISIT.value(f"Marker {marker}"), VISIT.headers(marker)
        await producer.send(plain_kafka.TOPIC, value, key=VISIT.key(), headers=headers)

    async def flood(first: int) -> None:
        """Each of a visit of its own, without its window."""
        for number in range(first, first + BAD // ROUNDS):
            visit = _FLOODING._replace(appointment_id=f"v-{number}")
            value = visit.value("Bad").replace(b'"window"', b'"when"')
            await producer.send(plain_kafka.TOPIC, value, key=visit.key(), headers=visit.headers(1))

    async with Committed(addresses.databases["portal_read"].owner, VISIT) as committed:
        await _turn(publish, committed, 1, within=300)  # the worker has the whole log before it
        before = await _rebuild(addresses)
        for number in range(ROUNDS):
            alone += await _turn(publish, committed, (2 * number + 1) * EVENTS + 1)
            flooding = asyncio.create_task(flood(number * BAD // ROUNDS))
            beside += await _turn(publish, committed, (2 * number + 2) * EVENTS + 1)
            await flooding
    after = await _rebuild(addresses)
    await producer.stop()
    return _section(alone, beside, before, after)


async def _turn(
    publish: Callable[[int], Awaitable[None]], committed: Committed, first: int, within: float = 60
) -> list[float]:
    last = first + EVENTS - 1
    sent = await paced(publish, range(first, last + 1), PER_SECOND)
    await eventually(lambda: committed.has(last), what="the rows are there", within=within)
    return [committed.readable(marker) - at for marker, at in sent.items()]


async def _rebuild(addresses: Addresses) -> float:
    """Seconds of a rebuild of the whole log; its projection is dropped."""
    began = time.perf_counter()
    process = await portal(addresses, "rebuild", "--schema", "bench", "--json")
    output, _ = await process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode or json.loads(output.splitlines()[-1])["events"] < LOG:
        raise RuntimeError("the rebuild did not read the whole log")
    await (await portal(addresses, "drop", "bench", "--yes")).wait()
    return seconds


def _section(alone: Sequence[float], beside: Sequence[float], before: float, after: float) -> Section:
    rows = [
        (
            f"good event, {name}, ms",
            *(f"{percentile(values, share) * 1000:.1f}" for values in (alone, beside)),
        )
        for name, share in _SHARES.items()
    ]
    rows.append((f"rebuild of {LOG:,} records, s", f"{before:.1f}", f"{after:.1f}"))
    about = (
        f"{len(beside)} good events of one business at {PER_SECOND} a second, from sending to the row, in"
        f" turns without and beside {BAD:,} records of another business that nobody can read, sent as fast as"
        " the broker takes them; and a rebuild of the log, start of the process included, before and after."
    )
    late = percentile(beside, 0.99)
    goal = Goal("Flood", f"p99 at most {_MOST * 1000:.0f} ms", f"{late * 1000:.0f} ms", late <= _MOST)
    head = ("what", "without", "with 10,000 bad records")
    return Section("A flood of bad records", about, head, rows, [goal])
