"""What auth-otp hands over the notifier takes: the client of the one on the app of the other."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from auth_otp.adapters.notifier import Notifier
from auth_otp.domain.addresses import Address
from auth_otp.domain.sending import Answer, CodeRequest, SendCode
from chassis.clock import new_id
from chassis.process import web_app
from chassis.settings import KeyRing, Secret, load
from notifier.service import SERVICE, build
from notifier.settings import Settings
from portal_testing.stack import Servers

pytestmark = pytest.mark.stack
NOW = datetime(2026, 11, 22, tzinfo=UTC)
REQUEST = CodeRequest(
    business_id="b-1",
    challenge_id=new_id(),
    send_number=1,
    code_number=1,
    digits=6,
    pepper="p1",
    address_cipher=b"",
    known_browser=False,
    locale=None,
    expires_at=NOW + timedelta(minutes=10),
    requested_at=NOW,
    tries=1,
    traceparent=None,
    now=NOW,
)
MAIL = SendCode(REQUEST, Address.known("hanako@example.com"), "012345", "ja")
TEXT = SendCode(REQUEST, Address.known("+819012345678"), "012345", "en-GB")


@pytest.fixture
async def notifier(servers: Servers) -> Settings:
    """What a notifier is told."""
    urls = await servers.fresh_database("notifier")
    return load(Settings, servers.environment("notifier", "api", urls, http_port=8104))


async def hand_over(
    settings: Settings, *codes: SendCode, keys: KeyRing | None = None, age: timedelta = timedelta()
) -> list[Answer]:
    """What the notifier answers to codes, under a token that was made so long ago."""
    app = web_app(SERVICE, replace(build(settings), clock=lambda: NOW))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = Notifier("http://notifier-api", keys or settings.notifier_keys, lambda: NOW - age, transport)
    async with app.router.lifespan_context(app):
        answers: list[Answer] = [await client.hand_over(code) for code in codes]
    await client.close()
    return answers


async def test_each_code_is_taken_and_a_repeat_is_taken_as_well(notifier: Settings) -> None:
    assert await hand_over(notifier, MAIL, TEXT, MAIL) == ["accepted"] * 3


async def test_what_no_longer_works_or_is_no_code_is_refused_for_good(notifier: Settings) -> None:
    late = replace(MAIL, request=msgspec.structs.replace(REQUEST, expires_at=NOW))
    assert await hand_over(notifier, late, replace(MAIL, code="1234")) == ["expired", "malformed"]


async def test_a_strange_key_and_a_clock_that_is_off_are_told_from_what_passes(notifier: Settings) -> None:
    strange = KeyRing("k1", {"k1": secrets.token_bytes(32)})
    assert await hand_over(notifier, MAIL, keys=strange) == ["unauthorised"]
    assert await hand_over(notifier, MAIL, age=timedelta(seconds=61)) == ["unauthorised"]


async def test_a_notifier_without_its_database_is_asked_again(notifier: Settings) -> None:
    away = msgspec.structs.replace(notifier, database_url=Secret("postgresql://u:p@127.0.0.1:1/notifier"))
    assert await hand_over(away, MAIL) == ["unavailable"]
