"""With the database away, callers are told to come back."""

import base64
import secrets
import socket

from branding.service import SERVICE, build
from branding.settings import Settings
from chassis.process import web_app
from chassis.settings.base import load
from portal_testing.browser import browser_at

from .branding_examples import KEY, body


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def test_without_its_database_the_service_answers_503_and_is_live_but_not_ready() -> None:
    settings = load(
        Settings,
        {
            "PORTAL_PROFILE": "local",
            "DATABASE_URL": f"postgresql://branding_web:x@127.0.0.1:{free_port()}/branding",
            "KAFKA_BOOTSTRAP": "localhost:9092",
            "PUBLIC_ORIGIN": "http://localhost:8080",
            "DEAD_LETTER_KEYS": "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "INTEGRATION_KEYS": KEY.entry.format(),
        },
    )
    async with browser_at(web_app(SERVICE, build(settings))) as client:
        key = {"Authorization": f"Bearer {KEY.key}"}
        put = await client.put("/branding/businesses/b1", json=body(), headers=key)
        assert (put.status_code, put.json()["code"]) == (503, "unavailable")
        assert int(put.headers["retry-after"]) > 0
        theme = await client.get("/branding/hikari/theme-0123456789abcdef.css")
        assert theme.status_code == 503
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
