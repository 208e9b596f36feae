"""Where a refused form is led, and what JSON is told: each refusal where it can happen."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from auth_otp import errors
from auth_otp.http.routes import REFUSALS, ROUTES
from chassis.refusals import NotFound, NotSignedIn, Refusal, Unavailable
from chassis.web import Route, add_route, cookies, create_app
from starlette.requests import Request
from starlette.responses import Response

from .test_settings import settings_of

SETTINGS = settings_of()
FLASH = cookies.flash(SETTINGS.cookie_signing_keys)
CODES, SESSIONS, CHOICE, SWITCH, DEVICE = (
    "/auth/hikari/codes",
    "/auth/hikari/sessions",
    "/auth/hikari/choice",
    "/auth/hikari/switch",
    "/auth/hikari/devices/s1/sign-out",
)


def refusing(refusal: Refusal) -> Callable[[None, Request], Awaitable[Response]]:
    async def handler(_: None, request: Request) -> Response:
        request.state.typed = "a@example.com"
        raise refusal

    return handler


def browser(refusal: Refusal) -> httpx.AsyncClient:
    """A browser at the routes as they are, but that each refuses."""
    app = create_app("auth-otp", SETTINGS, checks={}, refusals=REFUSALS, flash=FLASH)
    for route in ROUTES:
        add_route(app, Route(route.method, route.path, refusing(refusal), route.page), None)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SETTINGS.public_origin)


@pytest.mark.parametrize(
    ("path", "refusal", "page"),
    [
        (CODES, errors.PortalOff(), "/"),
        (CODES, errors.AddressMissing(), "/sign-in"),
        (CODES, errors.AddressInvalid(), "/sign-in"),
        (CODES, errors.TooManyRequests(seconds=9), "/sign-in"),
        (CODES, errors.ResendTooSoon(seconds=9), "/sign-in"),
        (SESSIONS, errors.PortalOff(), "/"),
        (SESSIONS, errors.TooManyRequests(seconds=9), "/code"),
        (SESSIONS, errors.NoChallenge(), "/sign-in"),
        (SESSIONS, errors.CodeMalformed(), "/code"),
        (SESSIONS, errors.CodeWrong(tries_left=3), "/code"),
        (SESSIONS, errors.CodeDead(), "/sign-in"),
        (SESSIONS, errors.CodeExpired(), "/sign-in"),
        (CHOICE, errors.PortalOff(), "/"),
        (CHOICE, errors.ChoiceExpired(), "/sign-in"),
        (CHOICE, errors.ChoiceUnknown(), "/choose"),
        (CHOICE, errors.CodeExpired(), "/sign-in"),
        (SWITCH, NotSignedIn(), "/sign-in"),
        (DEVICE, NotSignedIn(), "/sign-in"),
    ],
)
async def test_a_refused_form_is_led_to_the_page_where_it_can_go_on(
    path: str, refusal: Refusal, page: str
) -> None:
    async with browser(refusal) as client:
        answer = await client.post(path, data={"any": "thing"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/portal/hikari{page}")
    flash = FLASH.read(dict(answer.cookies))
    params = {name: str(value) for name, value in refusal.params.items()}
    assert flash == {"code": refusal.code, "params": params, "typed": "a@example.com"}


@pytest.mark.parametrize(
    ("refusal", "status", "retry_after"),
    [
        (errors.PortalOff(), 403, None),
        (errors.AddressMissing(), 422, None),
        (errors.AddressInvalid(), 422, None),
        (errors.TooManyRequests(seconds=9), 429, "9"),
        (errors.ResendTooSoon(seconds=60), 429, "60"),
        (errors.NoChallenge(), 409, None),
        (errors.CodeMalformed(), 422, None),
        (errors.CodeWrong(tries_left=3), 403, None),
        (errors.CodeDead(), 403, None),
        (errors.CodeExpired(), 410, None),
        (errors.CodeOutgrown(digits=8), 409, None),
        (errors.ChoiceExpired(), 410, None),
        (errors.ChoiceUnknown(), 422, None),
        (NotSignedIn(), 401, None),
        (NotFound(), 404, None),
        (Unavailable(), 503, "5"),
    ],
)
async def test_json_is_told_status_and_code(refusal: Refusal, status: int, retry_after: str | None) -> None:
    async with browser(refusal) as client:
        answer = await client.post(SESSIONS, json={})
    assert (answer.status_code, answer.json()["code"]) == (status, refusal.code)
    assert answer.headers.get("retry-after") == retry_after


async def test_a_form_learns_in_its_own_language_that_nothing_is_lost_while_stores_are_away() -> None:
    async with browser(Unavailable()) as client:
        answers = [await client.post(path, data={}) for path in (CODES, SESSIONS, CHOICE, SWITCH, DEVICE)]
    assert {answer.status_code for answer in answers} == {503}
    assert all('lang="ja"' in answer.text for answer in answers)
