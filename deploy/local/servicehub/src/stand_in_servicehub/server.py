"""Puts the simulator together and serves it."""

import asyncio
import logging
import os

import uvicorn

from stand_in_servicehub.adapters.branding import BrandingClient
from stand_in_servicehub.adapters.kafka import KafkaPublisher
from stand_in_servicehub.adapters.payment_log import KafkaPaymentLog
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import DEMO
from stand_in_servicehub.inbox import follow
from stand_in_servicehub.settings import Settings
from stand_in_servicehub.setup import prepare
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app


def serve() -> None:
    """Serve until told to stop. Raises SettingError."""
    settings = Settings.from_environment(os.environ)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    for chatty in ("aiokafka", "httpx"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    publisher = KafkaPublisher(settings.kafka_bootstrap)
    portals = BrandingClient(settings.branding_url, settings.branding_api_key)
    store = Store(settings.data)
    profiles = {business_id: demo.profile for business_id, demo in DEMO.items()}
    core = Core(store, publisher, portals, profiles)

    async def background() -> None:
        await prepare(core, publisher.start)
        await follow(core, KafkaPaymentLog(settings.kafka_bootstrap))

    app = create_app(core, settings.public_origin, background)
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=1
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await publisher.stop()
        await portals.close()
        store.close()
