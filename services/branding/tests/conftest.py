"""The service on a database of its own, reached over HTTP as ServiceHub and as a browser reach it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx
import pytest
from branding.service import SERVICE, build
from branding.settings import Settings
from chassis.database.database import Database
from chassis.process import web_app
from chassis.settings.base import Secret, load
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing import Servers


@dataclass(frozen=True)
class Running:
    """The API as two clients see it, and the database as its two roles see it."""

    settings: Settings
    servicehub: httpx.AsyncClient
    browser: httpx.AsyncClient
    web: Database
    worker: Database


def settings_of(servers: Servers, urls: DatabaseUrls, process: Process) -> Settings:
    return load(Settings, servers.environment("branding", process, urls, http_port=8105))


@pytest.fixture
async def running(servers: Servers) -> AsyncGenerator[Running, None]:
    urls = await servers.fresh_database("branding")
    settings = settings_of(servers, urls, "api")
    app = web_app(SERVICE, build(settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    key = {"Authorization": f"Bearer {settings.branding_api_key.reveal()}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://branding", headers=key) as servicehub,
        httpx.AsyncClient(transport=transport, base_url="http://branding") as browser,
    ):
        web, worker = Database(Secret(urls.web)), Database(Secret(urls.worker))
        yield Running(settings_of(servers, urls, "worker"), servicehub, browser, web, worker)
        await web.close()
        await worker.close()
