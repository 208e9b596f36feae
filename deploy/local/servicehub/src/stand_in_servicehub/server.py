"""Puts the simulator together and serves it."""

from functools import partial

import uvicorn
from servicehub_events.publisher import Publisher
from servicehub_events.topics import CUSTOMERS

from stand_in_servicehub.branding import BrandingClient
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import load_all, load_start_page
from stand_in_servicehub.payment_log import read_payments
from stand_in_servicehub.payments import follow
from stand_in_servicehub.settings import Settings
from stand_in_servicehub.startup import prepare
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app


async def serve(settings: Settings) -> None:
    """Serve until told to stop. Raises DemoError."""
    demos = load_all()
    start_page = load_start_page(demos)
    publisher = Publisher(settings.kafka_bootstrap, source=CUSTOMERS.source)
    portals = BrandingClient(settings.branding_url, settings.branding_api_key)
    store = Store(settings.data)
    core = Core(store, publisher, portals, {name: demo.profile for name, demo in demos.items()})

    async def background() -> None:
        await prepare(core, demos.values(), publisher.open)
        await follow(core, partial(read_payments, settings.kafka_bootstrap))

    app = create_app(core, settings.links, demos, start_page, background)
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=1
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await publisher.close()
        await portals.close()
        store.close()
