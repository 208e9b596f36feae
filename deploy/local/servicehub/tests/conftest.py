"""Both businesses on fakes and a fixed clock: Friday 20 November 2026, 10:42 in New York."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo, load_all, load_start_page
from stand_in_servicehub.server import prepare
from stand_in_servicehub.settings import Links
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app
from starlette.applications import Starlette

from .fakes import FakeAccounts, FakePortals, FakePublisher

NOW = datetime(2026, 11, 20, 15, 42, tzinfo=UTC)


async def nothing() -> None:
    """What has to be connected with fakes."""


@pytest.fixture(scope="session")
def demos() -> dict[str, Demo]:
    return load_all()


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def portals() -> FakePortals:
    return FakePortals()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def fresh(
    publisher: FakePublisher, portals: FakePortals, accounts: FakeAccounts, demos: dict[str, Demo]
) -> Iterator[Core]:
    """Nothing is seeded yet."""
    store = Store()
    profiles = {business_id: demo.profile for business_id, demo in demos.items()}
    yield Core(store, publisher, portals, accounts, profiles, clock=lambda: NOW)
    store.close()


@pytest.fixture
async def core(fresh: Core, demos: dict[str, Demo], publisher: FakePublisher) -> Core:
    """Seeded; what was published so far is forgotten."""
    await prepare(fresh, demos.values(), nothing)
    publisher.sent.clear()
    return fresh


@pytest.fixture
def app(fresh: Core, demos: dict[str, Demo]) -> Starlette:
    return create_app(fresh, Links(), demos, load_start_page(demos))


@pytest.fixture
async def app_client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """The application, seeded or not."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8090") as client:
        yield client


@pytest.fixture
def client(core: Core, app_client: httpx.AsyncClient) -> httpx.AsyncClient:
    assert core.ready.is_set()
    return app_client
