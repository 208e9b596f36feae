"""Codes are taken over from auth-otp alone; all else is health, or a problem."""

import base64
import secrets
from collections.abc import Mapping

import httpx
import msgspec
import pytest
from chassis.process import web_app
from chassis.settings import KeyRing, load
from chassis.web import service_token
from code_samples import ADDRESS, CODE, NOW, NUMBER, SETTINGS, code
from delivery_world import FakeMail, FakeSms
from msgspec.structs import replace
from notifier.context import Context
from notifier.service import SERVICE, build
from notifier.settings import Settings

PATH = "/internal/sign-in-codes"
WITHOUT_SERVERS = load(Settings, SETTINGS)
NEW_KEY = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
OPTIONAL = ("guard_token", "guarded_until", "passkey_added_at")
"""What an auth-otp of the release before does not send."""


def context(settings: Settings = WITHOUT_SERVERS) -> Context:
    """A service at `NOW` whose database is away."""
    made = build(settings)
    return Context(
        settings=made.settings,
        database=made.database,
        events=made.events,
        clock=lambda: NOW,
        mail=FakeMail(),
        sms=FakeSms(),
        text_webhooks=made.text_webhooks,
        cipher=made.cipher,
        addresses=made.addresses,
        links=made.links,
    )


async def ask(
    method: str, path: str, settings: Settings = WITHOUT_SERVERS, **request: object
) -> httpx.Response:
    transport = httpx.ASGITransport(web_app(SERVICE, context(settings)))
    async with httpx.AsyncClient(transport=transport, base_url="https://portal.example.com") as client:
        return await client.request(method, path, **request)  # pyright: ignore[reportArgumentType]


def token(
    caller: str = "auth-otp", audience: str = "notifier", keys: KeyRing | None = None, age: float = 0
) -> dict[str, str]:
    keys = keys or WITHOUT_SERVERS.notifier_keys
    now = NOW.fromtimestamp(NOW.timestamp() - age, NOW.tzinfo)
    return {"Authorization": service_token.authorization(keys, caller=caller, audience=audience, now=now)}


def body(**changes: object) -> dict[str, object]:
    """A good body, some fields changed; one that is set to `...` is left out."""
    fields: dict[str, object] = msgspec.to_builtins(code()) | changes
    return {name: value for name, value in fields.items() if value is not ...}


async def hand_over(
    fields: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Status and code of the answer."""
    answer = await ask("POST", PATH, json=fields, headers=headers or token())
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_it_is_alive_without_its_database_but_not_ready() -> None:
    assert (await ask("GET", "/health/live")).status_code == 200
    assert (await ask("GET", "/health/ready")).json() == {"database": False, "migrations": False}


async def test_an_unknown_page_is_a_problem() -> None:
    answer = await ask("GET", "/preferences/sample-business")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer nonsense"},
        token(age=61),
        token(caller="billing"),
        token(audience="billing"),
        token(keys=KeyRing("k1", {"k1": secrets.token_bytes(32)})),
        {"Cookie": token()["Authorization"]},
    ],
)
async def test_nobody_but_auth_otp_hands_codes_over(headers: dict[str, str]) -> None:
    assert await hand_over(body(), headers) == (401, "unknown_caller")
    assert await hand_over({}, headers) == (401, "unknown_caller")


async def test_a_code_that_no_longer_works_is_gone() -> None:
    assert await hand_over(body(expires_at=NOW.isoformat())) == (410, "sign_in_code_expired")


async def test_a_code_that_cannot_be_stored_now_is_to_be_handed_over_again() -> None:
    assert await hand_over(body()) == (503, "unavailable")


@pytest.mark.parametrize(
    "changes",
    [
        *({name: ...} for name in msgspec.to_builtins(code()) if name not in OPTIONAL),
        {"business_id": "b/1"},
        {"challenge_id": "c" * 49},
        {"challenge_id": "ch/1"},
        {"send_number": 0},
        {"send_number": "1"},
        {"channel": "post"},
        {"channel": "sms"},
        {"to": "customer"},
        {"to": NUMBER},
        {"to": f"{ADDRESS}\r\nBcc: b@example.com"},
        {"channel": "sms", "to": f"{NUMBER}\n"},
        {"code": "12345"},
        {"code": "12345a"},
        {"code": ""},
        {"guard_token": "Qm4xT9wKc2"},
        {"guard_token": "Qm4xT9wKc2/"},
        {"guarded_until": NOW.isoformat()},
        {"passkey_added_at": NOW.isoformat()},
        {"code": "123456\n"},
        {"locale": "?"},
        {"expires_at": "2026-11-22T00:10:00"},
        {"requested_at": "yesterday"},
    ],
)
async def test_what_is_malformed_is_refused_for_good(changes: dict[str, object]) -> None:
    assert await hand_over(body(**changes)) == (422, "invalid_request")


async def test_no_answer_says_what_was_sent() -> None:
    for changes in ({}, {"code": f"{CODE}!"}, {"to": f"{ADDRESS} "}, {"expires_at": NOW.isoformat()}):
        answer = await ask("POST", PATH, json=body(**changes), headers=token())
        assert ADDRESS not in answer.text
        assert CODE not in answer.text


@pytest.mark.parametrize(
    ("ring", "status"), [(f"k2:{NEW_KEY},{{old}}", 503), (f"k2:{NEW_KEY}", 401)], ids=("kept", "taken out")
)
async def test_a_caller_with_the_old_key_is_known_until_that_is_taken_out(ring: str, status: int) -> None:
    keys = KeyRing.parse(ring.format(old=SETTINGS["NOTIFIER_KEYS"]))
    rotated = replace(WITHOUT_SERVERS, notifier_keys=keys)
    answer = await ask("POST", PATH, rotated, json=body(), headers=token())
    assert answer.status_code == status


CHOICES = {"business_id": "b-1", "contact_id": "co-1", "roles": None, "channels": ["email"]}
CHANGE = {"business_id": "b-1", "customer_id": "cu-1", "contact_id": "co-1", "locale": "ja"}
LINK = {"business_id": "b-1", "token": "x"}


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/internal/preferences", CHOICES, 503),
        ("/internal/preferences/changes", CHANGE, 503),
        ("/internal/unsubscriptions", LINK, 404),
    ],
)
async def test_the_pages_alone_hand_choices_over(path: str, fields: dict[str, object], status: int) -> None:
    ours = await ask("POST", path, json=fields, headers=token(caller="portal-read"))
    assert ours.status_code == status
    for headers in (token(), token(caller="portal-read", audience="billing"), {}):
        assert (await ask("POST", path, json=fields, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/internal/preferences", CHOICES | {"channels": ["post"]}),
        ("/internal/preferences/changes", CHANGE | {"locale": "?"}),
        ("/internal/preferences/changes", CHANGE | {"off": [{"group": "codes", "channel": "email"}]}),
        ("/internal/unsubscriptions", {"business_id": "b/1", "token": "x"}),
    ],
)
async def test_a_choice_that_nobody_can_make_is_refused(path: str, fields: dict[str, object]) -> None:
    answer = await ask("POST", path, json=fields, headers=token(caller="portal-read"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
