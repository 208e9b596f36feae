"""What the notifier is asked, and what its answers mean: on a transport that answers as told."""

import asyncio
import json
from collections.abc import Callable

import httpx
import msgspec
import pytest
from auth_otp.adapters.notifier import Notifier
from auth_otp.domain.addresses import Address
from auth_otp.domain.sending import Answer, SendCode
from chassis.observability import span
from chassis.web import service_token
from starlette.requests import Request

from .test_sending import NOW, REQUEST
from .test_settings import settings_of

KEYS = settings_of().notifier_keys
TRACE = "0af7651916cd43dd8448eb211c80319c"
CODE = SendCode(REQUEST, Address.known("hanako@example.com"), "012345", "ja")


async def hand_over(answer: Callable[[httpx.Request], httpx.Response]) -> Answer:
    notifier = Notifier("http://notifier-api", KEYS, lambda: NOW, httpx.MockTransport(answer))
    try:
        return await notifier.hand_over(CODE)
    finally:
        await notifier.close()


async def asked() -> httpx.Request:
    requests: list[httpx.Request] = []

    def accept(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(202)

    assert await hand_over(accept) == "accepted"
    (request,) = requests
    return request


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (202, "accepted"),
        (401, "unauthorised"),
        (410, "expired"),
        (422, "malformed"),
        *((status, "unavailable") for status in (302, 403, 404, 413, 429, 500, 502, 503, 504)),
    ],
)
async def test_only_what_the_notifier_itself_settles_is_settled(status: int, answer: Answer) -> None:
    assert await hand_over(lambda _: httpx.Response(status)) == answer


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("no"), httpx.ReadError("cut"), httpx.ReadTimeout("late")]
)
async def test_a_notifier_that_is_away_or_breaks_off_is_unavailable(error: Exception) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    assert await hand_over(fail) == "unavailable"


async def test_the_body_names_the_sending_and_holds_address_and_code() -> None:
    request = await asked()
    assert (request.method, request.url.path) == ("POST", "/internal/sign-in-codes")
    assert json.loads(request.content) == {
        "business_id": "b-1",
        "challenge_id": "c1",
        "send_number": 1,
        "channel": "email",
        "to": "hanako@example.com",
        "code": "012345",
        "locale": "ja",
        "expires_at": msgspec.to_builtins(REQUEST.expires_at),
        "requested_at": msgspec.to_builtins(REQUEST.requested_at),
        "guard_token": "",
        "guarded_until": None,
        "passkey_added_at": None,
    }


async def test_the_token_is_made_anew_for_the_notifier() -> None:
    request = await asked()
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    received = Request({"type": "http", "headers": headers})
    assert service_token.caller_of(received, KEYS, audience="notifier", now=NOW) == "auth-otp"


async def test_the_trace_of_the_request_is_carried_on() -> None:
    assert "traceparent" not in (await asked()).headers
    with span("request", parent=f"00-{TRACE}-b7ad6b7169203331-01"):
        assert TRACE in (await asked()).headers["traceparent"]


async def test_a_notifier_that_hangs_is_given_up() -> None:
    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    notifier = Notifier(f"http://{host}:{port}", KEYS, lambda: NOW, timeout=0.01)
    assert await notifier.hand_over(CODE) == "unavailable"
    await notifier.close()
    server.close()
    await server.wait_closed()
