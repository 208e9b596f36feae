"""A rebuild beside live traffic: pages stay fresh, rows are equal, a switch is instant, and back."""

import asyncio
import json
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from portal_read.projection import change_notices
from portal_testing.stack import Servers, eventually
from portal_world import World
from projection_operator import Operator, Publisher, log_ends, publishing, working
from servicehub_events import (
    AppointmentScheduled,
    CustomerRegistered,
    Event,
    InvoiceIssued,
    PaymentCaptured,
    PortalEnabled,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
BUSINESS = {"business_id": "b-green"}
ROOT = "/portal/evergreen"
_SLOW = 60.0
_SHOWN = 3
"""So many changes the page shows, one after the other, while a projection is rebuilt beside it."""


def past() -> list[Event]:
    """Enough to read for a while."""
    business = as_event(PortalEnabled, samples.business(), **BUSINESS, slug="evergreen", former_slugs=())
    people = (as_event(CustomerRegistered, samples.customer(), **BUSINESS),)
    session = as_event(SignedIn, samples.session(), **BUSINESS)
    events: list[Event] = [business, *people, session]
    for number in range(1500):
        ids = {**BUSINESS, "customer_id": f"cu-{number % 200}"}
        events += (
            as_event(AppointmentScheduled, samples.appointment(), **ids, appointment_id=f"old-{number}"),
            as_event(InvoiceIssued, samples.invoice(), **ids, invoice_id=f"old-{number}"),
            as_event(PaymentCaptured, samples.payment(), **ids, payment_id=f"old-{number}"),
        )
    return events


class Live:
    """Revises one visit again and again; knows what was published last, and what the page shows."""

    def __init__(self, world: World, publisher: Publisher) -> None:
        self._side = world
        self._publisher = publisher
        self._cookie = world.cookie(**BUSINESS)
        self.number = 0

    async def run(self) -> None:
        while True:
            self.number += 1
            await self._publisher.publish(self.number, self._visit())
            await self.shown()

    def _visit(self) -> Event:
        service = {"name": f"Marker {self.number}."}
        return as_event(AppointmentScheduled, samples.appointment(), **BUSINESS, service=service)

    async def shown(self) -> None:
        """Wait until the page shows what was published last."""
        wanted = f"Marker {self.number}."
        await eventually(lambda: self._has(wanted), what=wanted, within=_SLOW, every=0.005)

    async def _has(self, wanted: str) -> bool:
        page = await self._side.get(f"{ROOT}/appointments/ap-1", self._cookie)
        return wanted in page.text


@asynccontextmanager
async def live_traffic(servers: Servers, world: World) -> AsyncGenerator[Live]:
    """A worker, a web process that listens and looks, and one visit that keeps changing on an open page."""
    async with publishing(servers) as publisher, working(world):
        await publisher.publish(1, *past())
        live = Live(world, publisher)
        loops = (live.run(), world.web.live_updates.run(), world.web.freshness.run())
        tasks = [asyncio.create_task(each) for each in loops]
        try:
            await eventually(lambda: _moved(live, 0), what="the page is live", within=_SLOW)
            yield live
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


async def _moved(live: Live, since: int) -> bool:
    return live.number > since + 1


async def test_a_rebuild_beside_live_traffic_then_switch_and_back(servers: Servers, world: World) -> None:
    operator = Operator.of(world)
    async with live_traffic(servers, world) as live:
        before = live.number
        rebuilt = await operator.run("rebuild", "--json")
        assert rebuilt.code == 0, rebuilt.err
        last = json.loads(rebuilt.out.splitlines()[-1])
        assert last["complete"]
        assert last["events"] >= 4500
        assert live.number > before + _SHOWN, "the page stood still beside the rebuild"  # how fast: the bench

        assert (await operator.run("verify", "projection_1", "projection_2")).code == 0
        for name in ("projection_2", "projection_1"):
            await eventually(lambda n=name: _switched(operator, n), what=f"{name} is fresh", within=_SLOW)
            await eventually(lambda n=name: _shows(world, n), what="web has heard", within=_SLOW)
            before = live.number
            await eventually(lambda n=before: _moved(live, n), what=f"live on {name}", within=_SLOW)
        assert (await operator.run("verify", "projection_1", "projection_2")).code == 0

        dropped = await operator.run("drop", "projection_2", "--yes")
        assert dropped.code == 0, dropped.err
        before = live.number
        await eventually(lambda: _moved(live, before), what="live after the drop", within=_SLOW)
        status = await operator.run("status", "--json")
        assert [each["name"] for each in json.loads(status.out)] == ["projection_1"]


async def _shows(world: World, name: str) -> bool:
    return await world.web.read_model.schema() == name


async def _switched(operator: Operator, name: str) -> bool:
    """Refused as long as its workers have not caught up."""
    return (await operator.run("switch", name)).code == 0


async def test_a_rebuild_writes_to_no_topic_and_tells_nobody(servers: Servers, world: World) -> None:
    operator = Operator.of(world)
    async with publishing(servers) as publisher:
        await publisher.publish(1, *past()[:50])
    before = await log_ends(world)
    listener = await world.web.database.session()
    await listener.execute(f"LISTEN {change_notices.CHANNEL}".encode())
    assert (await operator.run("rebuild")).code == 0
    heard = [notice.payload async for notice in listener.notifies(timeout=0.1)]
    await listener.close()
    assert heard == []
    assert await log_ends(world) == before


async def test_a_killed_rebuild_goes_on_where_it_was(servers: Servers, world: World) -> None:
    operator = Operator.of(world)
    async with publishing(servers) as publisher:
        await publisher.publish(1, *past())
    first = await operator.start("rebuild", "--json")
    async for line in first.stdout:
        if json.loads(line)["done"]:
            break
    first.send_signal(signal.SIGKILL)
    assert await first.wait() == -signal.SIGKILL
    assert (await operator.run("switch", "projection_2")).code == 1  # half the truth is not shown

    again = await operator.run("rebuild", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out.splitlines()[-1])["complete"]
    async with working(world):
        verified = await operator.run("verify", "projection_1", "projection_2", "--json")
    assert verified.code == 0, verified.out
    assert sum(each["one"][0] for each in json.loads(verified.out)["tables"]) >= 4500


async def test_a_role_without_the_rights_is_told_which_one_has_them(servers: Servers, world: World) -> None:
    worker = Operator(world.environment("worker"))
    for words in (("rebuild",), ("switch", "projection_1"), ("drop", "projection_1", "--yes")):
        refused = await worker.run(*words)
        assert refused.code == 1, words
        assert "portal_read_owner" in refused.err, words
