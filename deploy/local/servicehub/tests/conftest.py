"""Both businesses on fakes and a fixed clock: Friday 20 November 2026, 10:42 in New York."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import DEMO
from stand_in_servicehub.fakes import FakePortals, FakePublisher
from stand_in_servicehub.setup import prepare
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app

NOW = datetime(2026, 11, 20, 15, 42, tzinfo=UTC)


async def nothing() -> None:
    """What has to be connected with fakes."""


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def portals() -> FakePortals:
    return FakePortals()


@pytest.fixture
def fresh(publisher: FakePublisher, portals: FakePortals) -> Iterator[Core]:
    """Nothing is seeded yet."""
    store = Store(":memory:")
    profiles = {business_id: demo.profile for business_id, demo in DEMO.items()}
    yield Core(store, publisher, portals, profiles, clock=lambda: NOW)
    store.close()


@pytest.fixture
async def core(fresh: Core, publisher: FakePublisher) -> Core:
    """Seeded; what was published so far is forgotten."""
    await prepare(fresh, nothing)
    publisher.sent.clear()
    return fresh


@pytest.fixture
async def client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(core, "http://localhost:8080", nothing)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8090") as found:
        yield found
