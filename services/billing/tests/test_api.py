"""Billing answers health without its database, and a problem for all else."""

import httpx
import pytest
from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.api import create_api
from billing.context import Context
from billing.settings import Settings
from chassis.clock import new_id, system_clock
from chassis.database.database import Database
from chassis.encryption import FieldCipher
from chassis.events_out.event_store import EventStore
from chassis.settings.base import load

from .billing_world import SETTINGS
from .fake_processor import FakeProcessor


async def ask(method: str, path: str) -> httpx.Response:
    """An answer of billing whose database is away."""
    settings = load(Settings, SETTINGS)
    ctx = Context(
        settings=settings,
        database=Database(settings.database_url),
        store=EventStore(),
        processor=FakeProcessor(),
        notices=StripeWebhooks(settings.stripe_webhook_secrets),
        cipher=FieldCipher(settings.field_keys),
        clock=system_clock,
        new_id=new_id,
    )
    transport = httpx.ASGITransport(create_api(ctx), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        return await client.request(method, path)


async def test_it_is_alive_without_its_database_but_not_ready() -> None:
    assert (await ask("GET", "/health/live")).status_code == 200
    ready = await ask("GET", "/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"database": False})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/billing/sample-business", 404, "not_found"),
        ("GET", "/billing/sample-business/checkouts", 405, "method_not_allowed"),
        ("GET", "/billing/webhooks/stripe", 405, "method_not_allowed"),
        ("GET", "/billing/sample-business/return", 503, "unavailable"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
    ],
)
async def test_all_else_is_a_problem(method: str, path: str, status: int, code: str) -> None:
    answer = await ask(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
