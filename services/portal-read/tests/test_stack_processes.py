"""From the log to an open page: Kafka, the worker's two consumers, the web server, server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaProducer
from chassis.process import web_app
from chassis.settings.base import load
from local_stack.testing import Servers
from portal_read.service import SERVICE, build
from portal_read.settings import Settings
from portal_read.worker import LOOPS
from read_side import NOW, ReadSide
from servicehub_events import (
    AppointmentEnRoute,
    AppointmentScheduled,
    CustomerRegistered,
    Envelope,
    Event,
    PortalEnabled,
    SessionRevoked,
    SignedIn,
    as_event,
    encode,
    partition_for,
    topic_of,
    uuid7,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ROOT = "/portal/live-updates"
_LONG = 60.0


async def publish(servers: Servers, sequence: int, *events: Event) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap)
    await producer.start()
    for event in events:
        source = topic_of(type(event)).source
        record = encode(Envelope(event=event, id=str(uuid7()), source=source, time=NOW, sequence=sequence))
        partitions = len(await producer.partitions_for(record.topic))  # pyright: ignore[reportUnknownMemberType]
        await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # aiokafka is untyped
            record.topic,
            key=record.key,
            value=record.value,
            headers=record.headers,
            partition=partition_for(record.key, partitions),
        )
    await producer.stop()


@asynccontextmanager
async def consuming(servers: Servers, side: ReadSide) -> AsyncGenerator[None]:
    settings = load(Settings, servers.environment("portal_read", "worker", side.urls, http_port=8102))
    ctx = build(settings)
    running = [asyncio.create_task(make(ctx).run()) for make in LOOPS.values()]
    yield
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await ctx.close()


@asynccontextmanager
async def serving(side: ReadSide) -> AsyncGenerator[str]:
    config = uvicorn.Config(web_app(SERVICE, side.ctx), host="127.0.0.1", port=0, log_config=None)
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


async def test_an_event_reaches_an_open_page_and_a_revocation_ends_it(
    servers: Servers, side: ReadSide
) -> None:
    business = {"business_id": "b-live"}
    await publish(servers, 1, *beginning(business))
    headers = {"Cookie": side.cookie(**business), "Accept-Language": "en"}
    async with (
        consuming(servers, side),
        serving(side) as origin,
        httpx.AsyncClient(base_url=origin) as browser,
    ):
        async with asyncio.timeout(_LONG):
            while (await browser.get(f"{ROOT}/appointments/ap-1", headers=headers)).status_code != 200:
                pass
        async with browser.stream("GET", f"{ROOT}/live", headers=headers, timeout=_LONG) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            await publish(
                servers, 2, as_event(AppointmentEnRoute, samples.appointment(), **business, status="en_route")
            )
            await told(lines, "changed")
            revoked = {"revoked_at": samples.session().issued_at, "reason": "signed_out"}
            await publish(servers, 2, as_event(SessionRevoked, samples.session(), **business, **revoked))
            await told(lines, "signed-out")
        after = await browser.get(ROOT, headers=headers)
        assert after.status_code == 303
