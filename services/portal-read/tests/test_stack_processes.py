"""From the log to an open page: Kafka, the worker's two consumers, the web server, server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from chassis.process import web_app
from portal_read.service import SERVICE
from portal_testing.browser import PLATFORM_HOST
from portal_testing.stack import Servers
from portal_world import World
from projection_operator import publishing, working
from servicehub_events import (
    AppointmentEnRoute,
    AppointmentScheduled,
    CustomerRegistered,
    Event,
    PortalEnabled,
    SessionRevoked,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ROOT = "/portal/live-updates"
_LONG = 60.0


@asynccontextmanager
async def serving(world: World) -> AsyncGenerator[str]:
    config = uvicorn.Config(web_app(SERVICE, world.web), host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


async def told(lines: AsyncIterator[str], wanted: str) -> None:
    async for line in lines:
        if line == f"event: {wanted}":
            return


def beginning(business: dict[str, str]) -> Iterable[Event]:
    yield as_event(PortalEnabled, samples.business(), **business, slug="live-updates", former_slugs=())
    yield as_event(CustomerRegistered, samples.customer(), **business)
    yield as_event(SignedIn, samples.session(), **business)
    yield as_event(AppointmentScheduled, samples.appointment(), **business)


async def test_an_event_reaches_an_open_page_and_a_revocation_ends_it(servers: Servers, world: World) -> None:
    business = {"business_id": "b-live"}
    headers = {"Host": PLATFORM_HOST, "Cookie": world.cookie(**business), "Accept-Language": "en"}
    async with (
        publishing(servers) as publisher,
        working(world),
        serving(world) as origin,
        httpx.AsyncClient(base_url=origin) as browser,
    ):
        await publisher.publish(1, *beginning(business))
        async with asyncio.timeout(_LONG):
            while (await browser.get(f"{ROOT}/appointments/ap-1", headers=headers)).status_code != 200:
                pass
        async with browser.stream("GET", f"{ROOT}/live", headers=headers, timeout=_LONG) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            en_route = as_event(AppointmentEnRoute, samples.appointment(), **business, status="en_route")
            await publisher.publish(2, en_route)
            await told(lines, "changed")
            revoked = {"revoked_at": samples.session().issued_at, "reason": "signed_out"}
            await publisher.publish(2, as_event(SessionRevoked, samples.session(), **business, **revoked))
            await told(lines, "signed-out")
        after = await browser.get(ROOT, headers=headers)
        assert after.status_code == 303
