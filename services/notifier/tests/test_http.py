"""The notifier answers health, and a problem for all else."""

import httpx
from chassis.process import web_app
from chassis.settings import load
from code_samples import SETTINGS
from notifier.service import SERVICE, build
from notifier.settings import Settings


async def ask(path: str) -> httpx.Response:
    app = web_app(SERVICE, build(load(Settings, SETTINGS)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://portal.example.com") as client:
        return await client.get(path)


async def test_it_is_alive_without_its_database_but_not_ready() -> None:
    assert (await ask("/health/live")).status_code == 200
    assert (await ask("/health/ready")).json() == {"database": False}


async def test_an_unknown_page_is_a_problem() -> None:
    answer = await ask("/notifications/sample-business/preferences")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"
