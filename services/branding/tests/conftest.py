"""The service on a database of its own, reached over HTTP as ServiceHub and as a browser reach it."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from branding.context import Context
from branding.service import SERVICE, build
from branding.settings import Settings
from local_stack.environment import SERVICEHUB
from local_stack.servers.databases import DatabaseUrls
from portal_testing import world as testing
from portal_testing.stack import Servers

from .fake_txt_records import FakeTxtRecords


class World(testing.World[Settings, Context]):
    """Branding, which reads no events of others."""

    service = SERVICE

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        self.txt_records = FakeTxtRecords()
        super().__init__(servers, urls, **settings)

    def build(self, settings: Settings) -> Context:
        return build(settings, clock=self.clock, txt_records=self.txt_records)

    def servicehub(self) -> httpx.AsyncClient:
        """A client with the key of ServiceHub core."""
        client = self.browser()
        client.headers["Authorization"] = f"Bearer {self.servers.secrets.integration_key(SERVICEHUB).key}"
        return client


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    async with World.fresh(servers) as world:
        yield world
