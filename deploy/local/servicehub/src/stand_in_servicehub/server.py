"""The start: put the simulator together, wait for Kafka and branding, publish the demo once, and serve."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import uvicorn
from servicehub_events.publisher import Publisher, PublishFailed
from servicehub_events.topics import CUSTOMERS

from stand_in_servicehub.adapters import BillingClient, BrandingClient, read_portal
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo, load_all, load_start_page
from stand_in_servicehub.errors import SimulatorError
from stand_in_servicehub.payments import follow
from stand_in_servicehub.settings import Settings
from stand_in_servicehub.store import Store, kind_of, subject_of
from stand_in_servicehub.web.app import create_app

log = logging.getLogger("simulator")
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 2.0

Step = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


async def serve(settings: Settings) -> None:
    """Serve until told to stop. Raises DemoError."""
    demos = load_all()
    start_page = load_start_page(demos)
    publisher = Publisher(settings.kafka_bootstrap, source=CUSTOMERS.source)
    portals = BrandingClient(settings.branding_url, settings.integration_key)
    store = Store(settings.data)
    accounts = BillingClient(settings.billing_url, settings.integration_key)
    core = Core(store, publisher, portals, accounts, {name: demo.profile for name, demo in demos.items()})

    async def work() -> None:
        await prepare(core, demos.values(), publisher.open)
        await follow(core, partial(read_portal, settings.kafka_bootstrap))

    app = create_app(core, settings.links, demos, start_page)
    config = uvicorn.Config(
        app, port=settings.port, log_level="warning", timeout_keep_alive=180, timeout_graceful_shutdown=1
    )
    try:
        async with asyncio.TaskGroup() as group:  # a failure that nobody foresaw ends the process
            working = group.create_task(work())
            await uvicorn.Server(config).serve()
            working.cancel()
    finally:
        await publisher.close()
        await portals.close()
        await accounts.close()
        store.close()


async def prepare(core: Core, demos: Iterable[Demo], connect: Step, sleep: Sleep = asyncio.sleep) -> None:
    """Run until the demo data is published, however long the others take to start; then set `core.ready`."""
    await _patiently(core, "Kafka", connect, sleep)
    for demo in demos:
        await _patiently(core, "branding", lambda demo=demo: _set_up(core, demo), sleep)
        seed(core, demo)
    await _patiently(core, "Kafka", core.flush, sleep)
    core.ready.set()
    log.info("simulator.ready: all businesses are set up and published")


def seed(core: Core, demo: Demo) -> None:
    """Store what the demo has and ServiceHub does not, as of the business's today."""
    business_id = demo.profile.business_id
    new = [
        (event, time)
        for event, time in demo.events(core.desk(business_id).today)
        if core.store.get(business_id, kind_of(type(event)), subject_of(event)) is None
    ]
    core.store.record([envelope for event, time in new for envelope in core.envelopes([event], time)])
    log.info("simulator.seeded: %s, %d events", business_id, len(new))


async def _set_up(core: Core, demo: Demo) -> None:
    business_id = demo.profile.business_id
    await core.portals.put_business(demo.profile)  # at each start: it changes nothing unless they changed
    if core.store.portal(business_id) is not None:
        return
    await core.portals.put_logo(business_id, demo.logo)
    await core.portals.switch(business_id, enabled=True)
    core.store.set_portal(business_id, enabled=True)
    log.info("simulator.portal_set_up: %s", business_id)


async def _patiently(core: Core, name: str, step: Step, sleep: Sleep) -> None:
    core.waiting_for = name
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            await step()
        except (SimulatorError, PublishFailed) as error:
            log.warning("simulator.waiting: %s (next try in %.1f s)", error, wait)
        else:
            return
        await sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)
