"""The notifier answers health, and a problem for all else."""

import httpx
from chassis.database.database import Database
from chassis.settings.base import load
from code_samples import PRIVATE, random_ring, ring_text
from notifier.api import create_api
from notifier.settings import Settings

SETTINGS = {
    "PORTAL_PROFILE": "local",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/notifier",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "DEAD_LETTER_KEYS": random_ring(),
    "SEAL_PRIVATE_KEYS": ring_text(PRIVATE),
    "FIELD_KEYS": random_ring(),
    "SMTP_URL": "smtp://127.0.0.1:1",
    "TWILIO_ACCOUNT_SID": "AC8f3a1c9e6b7d42058e1f9a3c7b6d5e40",
    "TWILIO_AUTH_TOKEN": "8f3a1c9e6b7d42058e1f9a3c7b6d5e40",
    "TWILIO_FROM": "+15005550006",
}


async def ask(path: str) -> httpx.Response:
    settings = load(Settings, SETTINGS)
    app = create_api(settings, Database(settings.database_url))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        return await client.get(path)


async def test_it_is_alive_without_its_database_but_not_ready() -> None:
    assert (await ask("/health/live")).status_code == 200
    assert (await ask("/health/ready")).json() == {"database": False}


async def test_an_unknown_page_is_a_problem() -> None:
    answer = await ask("/notifications/sample-business/preferences")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"
