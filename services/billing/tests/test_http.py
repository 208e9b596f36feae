"""Billing answers health without its database, and a problem for all else."""

import httpx
import pytest
from billing.service import SERVICE, build
from billing.settings import Settings
from chassis.process import web_app
from chassis.settings import load
from portal_testing.browser import browser_at

from .test_settings import SETTINGS


async def ask(method: str, path: str) -> httpx.Response:
    """An answer of billing whose database is away."""
    ctx = build(load(Settings, SETTINGS))
    async with browser_at(web_app(SERVICE, ctx)) as client:
        answer = await client.request(method, path)
    await ctx.close()
    return answer


async def test_it_is_alive_without_its_database_but_not_ready() -> None:
    assert (await ask("GET", "/health/live")).status_code == 200
    ready = await ask("GET", "/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"database": False, "migrations": False})


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
