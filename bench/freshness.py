"""Freshness: from a published event to the open, signed-in page that shows it, beside a flat script.

Both are measured in turns of the same run, so that the ratio stands whatever else the machine does.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import httpx
from local_stack.environment import Addresses
from local_stack.testing import eventually
from local_stack.testing.visitor import Visitor

from bench import plain_kafka
from bench.committed import Committed
from bench.flat import Flat
from bench.open_page import OpenPage
from bench.plain_kafka import Visit
from bench.report import Section, percentile

ROUNDS, EVENTS, PER_SECOND = 5, 100, 50
"""500 events each, in turns of 100."""
SLUG, EMAIL = "sparkle-home", "hannah@mail.example"
VISIT = Visit("biz-sparkle", "c-1001")
_WARM_UP = 20


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

        page = OpenPage(visitor, f"/portal/{SLUG}")
        yardstick = Flat(addresses.kafka_bootstrap, addresses.databases["portal_read"].owner)
        committed = Committed(addresses.databases["portal_read"].owner, VISIT)
        async with page, yardstick, committed:
            await _turns(page, committed, publish, yardstick, found)
        await producer.stop()
    return _section(found, page.fetches)


async def _turns(
    page: OpenPage,
    committed: Committed,
    publish: Callable[[int], Awaitable[None]],
    yardstick: Flat,
    found: Figures,
) -> None:
    """A and B in turns; the first events of each only warm up."""
    next_marker = 1
    for turn in range(ROUNDS + 1):
        count = EVENTS if turn else _WARM_UP
        markers = range(next_marker, next_marker + count)
        next_marker += count
        sent = await paced(publish, markers)
        await page.shows(markers[-1])
        flat = await paced(yardstick.send, markers)
        await eventually(lambda m=markers: _has(yardstick, m[-1]), what="the flat script is done", within=30)
        if turn:
            found.page.extend(page.visible(marker) - at for marker, at in sent.items())
            found.rows.extend(committed.readable(marker) - at for marker, at in sent.items())
            found.flat.extend(yardstick.seen[marker] - at for marker, at in flat.items())


async def _has(yardstick: Flat, marker: int) -> bool:
    return marker in yardstick.seen


async def paced(send: Callable[[int], Awaitable[None]], markers: Sequence[int]) -> dict[int, float]:
    """Send at a fixed rate, whatever the answers take (an open loop); when each was due to be sent."""
    began = time.perf_counter()
    sent: dict[int, float] = {}
    for number, marker in enumerate(markers):
        due = began + number / PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))  # the rate is what is measured
        sent[marker] = time.perf_counter()
        await send(marker)
    return sent


def _section(found: Figures, fetches: int) -> Section:
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    rows: list[tuple[str, ...]] = []
    for name, share in shares.items():
        page, row, flat = (percentile(values, share) * 1000 for values in found)
        cells = (f"{page:.1f}", f"{page / flat:.1f} ×", f"{row:.1f}", f"{row / flat:.1f} ×", f"{flat:.1f}")
        rows.append((name, *cells))
    about = (
        f"{len(found.page)} events at {PER_SECOND} a second by a plain Kafka client, in turns with the flat"
        " script. Visible means: the signed-in page, fetched through the gateway because its live stream said"
        f" so, shows the event or a later one of the same visit ({fetches} fetches). Readable means: its row"
        " is committed and seen by another connection. The flat script ends where its row is committed."
    )
    head = ("ms", "visible in the page", "to flat", "readable", "to flat", "flat script")
    return Section("Freshness", about, head, rows)
