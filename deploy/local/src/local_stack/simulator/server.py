"""Puts the simulator together and serves it."""

import asyncio
import logging
import os

import uvicorn

from local_stack.simulator.adapters.branding import BrandingClient
from local_stack.simulator.adapters.kafka import KafkaPublisher
from local_stack.simulator.adapters.payment_log import KafkaPaymentLog
from local_stack.simulator.core import Core
from local_stack.simulator.demo import DEMO
from local_stack.simulator.inbox import follow
from local_stack.simulator.settings import Settings
from local_stack.simulator.setup import prepare
from local_stack.simulator.store import Store
from local_stack.simulator.web.app import create_app


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
