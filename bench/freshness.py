"""Freshness: from a published event to the open, signed-in page that shows it, beside a flat script.

Both are measured in turns of the same run, so that the ratio stands whatever else the machine does.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import httpx
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor

from bench import plain_kafka
from bench.committed import Committed
from bench.flat import Flat
from bench.open_page import OpenPage
from bench.plain_kafka import Visit
from bench.report import Goal, Section, percentile

ROUNDS, EVENTS = 5, 150
"""750 events each, in turns of 150."""
PER_SECOND, PAGES_PER_SECOND = 100, 25
"""A page that fetches itself takes most of what two cores have: at 100 a second they would be full."""
SLUG, EMAIL = "sparkle-home", "hannah@mail.example"
VISIT = Visit("biz-sparkle", "c-1001")
_WARM_UP = 20
_TRIED = (
    "eight round trips to PostgreSQL are five (docs/decisions/0013): of 2.5 ms for one event, 0.7 are its"
    " position, 0.7 locks, the erased, its row and the notice, 1.1 the check of the pooled connection, COMMIT"
    " and the driver. The flat script has none of these but row and COMMIT, and stops its clock at its own"
    " commit, where a reader is told by NOTIFY and then asks; eleven processes share the cores."
)


class Figures(NamedTuple):
    """Seconds from the sending of each event."""

    page: list[float]
    rows: list[float]
    flat: list[float]


async def measure(addresses: Addresses) -> Section:
    """Percentiles of both, in milliseconds, and their ratio."""
    found = Figures([], [], [])
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        visitor = Visitor(addresses.public_origin, addresses.mailbox_url, SLUG, http)
        await visitor.sign_in(EMAIL)
        producer = plain_kafka.producer(addresses.kafka_bootstrap)
        await producer.start()

        async def publish(marker: int) -> None:
            value, headers = VISIT.value(f"Marker {marker}"), VISIT.headers(marker)
            await producer.send(plain_kafka.TOPIC, value, key=VISIT.key(), headers=headers)

        yardstick = Flat(addresses.kafka_bootstrap, addresses.databases["portal_read"].owner)
        committed = Committed(addresses.databases["portal_read"].owner, VISIT)
        async with yardstick, committed:
            await _turns(visitor, committed, publish, yardstick, found)
        await producer.stop()
    return _section(found)


async def _turns(
    visitor: Visitor,
    committed: Committed,
    publish: Callable[[int], Awaitable[None]],
    yardstick: Flat,
    found: Figures,
) -> None:
    """Rows, flat script and page in turns; the first events of each only warm up."""
    number = 1
    for turn in range(ROUNDS + 1):
        count = EVENTS if turn else _WARM_UP
        rows, pages = range(number, number + count), range(number + count, number + 2 * count)
        number += 2 * count
        sent = await paced(publish, rows, PER_SECOND)
        await eventually(lambda last=rows[-1]: committed.has(last), what="the rows are there", within=30)
        flat = await paced(yardstick.send, rows, PER_SECOND)
        await eventually(lambda last=rows[-1]: yardstick.has(last), what="the script is done", within=30)
        async with OpenPage(visitor, f"/portal/{SLUG}") as page:
            shown = await paced(publish, pages, PAGES_PER_SECOND)
            await page.shows(pages[-1])
        if turn:
            found.rows.extend(committed.readable(marker) - at for marker, at in sent.items())
            found.flat.extend(yardstick.seen[marker] - at for marker, at in flat.items())
            found.page.extend(page.visible(marker) - at for marker, at in shown.items())


async def paced(
    send: Callable[[int], Awaitable[None]], markers: Sequence[int], per_second: int
) -> dict[int, float]:
    """Send at a fixed rate, whatever the answers take (an open loop); when each was due to be sent."""
    began = time.perf_counter()
    sent: dict[int, float] = {}
    for number, marker in enumerate(markers):
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))  # the rate is what is measured
        sent[marker] = time.perf_counter()
        await send(marker)
    return sent


def _section(found: Figures) -> Section:
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    rows: list[tuple[str, ...]] = []
    for name, share in shares.items():
        page, row, flat = (percentile(values, share) * 1000 for values in found)
        cells = (f"{page:.1f}", f"{page / flat:.1f} ×", f"{row:.1f}", f"{row / flat:.1f} ×", f"{flat:.1f}")
        rows.append((name, *cells))
    about = (
        f"{len(found.rows)} events of each by a plain Kafka client, in turns. Readable, at {PER_SECOND} a"
        " second: the event's row is committed and read by another connection, which NOTIFY told. The flat"
        f" script, at the same rate, ends where its row is committed. Visible, at {PAGES_PER_SECOND} a"
        " second: the signed-in page, fetched through the gateway because its live stream said so, shows it."
    )
    head = ("ms", "visible in the page", "to flat", "readable", "to flat", "flat script")
    goals = [_goal(name, shares[name], most, found) for name, most in (("p50", 1.5), ("p99", 2.0))]
    return Section("Freshness", about, head, rows, goals)


def _goal(name: str, share: float, most: float, found: Figures) -> Goal:
    """Both end where a row is committed; what a page takes after that is in the table."""
    row, flat = percentile(found.rows, share), percentile(found.flat, share)
    return Goal(
        "P11",
        f"{name} of publish to readable at most {most} × the flat script",
        f"{row / flat:.1f} ×, {row * 1000:.1f} ms",
        row / flat <= most,
        _TRIED if name == "p50" else "the same.",
    )
