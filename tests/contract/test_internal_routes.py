"""What one service asks of another is answered under a token of the caller alone, wherever it is asked."""

import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from chassis.settings import KeyRing
from chassis.web import service_token
from fastapi import FastAPI
from local_stack.environment import SERVICES
from portal_read.adapters.auth_otp import AuthOtp
from portal_read.adapters.billing import Billing
from portal_read.ports import ChoicesUnavailable
from portal_testing.browser import browser_at
from starlette.routing import Route
from structlog.testing import capture_logs

from tests.contract.support.services_without_servers import LocalStack, definition_of, local_stack

STRANGE = KeyRing("k1", {"k1": secrets.token_bytes(32)})
CALLER = "portal-read"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    return local_stack(tmp_path_factory.mktemp("secrets"))


def internal_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of each, as the app itself has them."""
    routes = [
        route for route in app.routes if isinstance(route, Route) and route.path.startswith("/internal")
    ]
    return [(method, route.path) for route in routes for method in sorted(route.methods or ())]


def tokens(ring: KeyRing, audience: str) -> dict[str, dict[str, str]]:
    """Headers by which nobody is known, each by what is wrong with it."""

    def token(
        keys: KeyRing = ring, caller: str = CALLER, audience: str = audience, age: timedelta = timedelta()
    ) -> dict[str, str]:
        now = datetime.now(UTC) - age
        value = service_token.authorization(keys, caller=caller, audience=audience, now=now)
        return {"Authorization": value}

    return {
        "none": {},
        "no token": {"Authorization": "Bearer x"},
        "another scheme": {"Authorization": token()["Authorization"].replace("Bearer", "Basic")},
        "a strange key": token(STRANGE),
        "a strange caller": token(caller="stranger"),
        "another audience": token(audience="stranger"),
        "an old one": token(age=timedelta(hours=1)),
        "a cookie": {"Cookie": token()["Authorization"]},
    }


def test_there_are_internal_routes_and_they_are_in_the_tables() -> None:
    paths = {route.path for service in SERVICES for route in definition_of(service).routes}
    assert len([path for path in paths if path.startswith("/internal/")]) >= 3


@pytest.mark.parametrize("service", list(SERVICES))
async def test_without_a_token_of_its_caller_an_internal_route_answers_401(
    service: str, stack: LocalStack
) -> None:
    app = stack.app(service)
    ring = getattr(stack.settings(service), f"{SERVICES[service][0]}_keys", STRANGE)
    async with browser_at(app) as client:
        for method, path in internal_routes(app):
            for name, headers in tokens(ring, service).items():
                with capture_logs() as logs:
                    answer = await client.request(
                        method, path.replace("{business_id}", "b1"), headers=headers
                    )
                assert answer.status_code == 401, (method, path, name, answer.text)
                assert answer.headers["www-authenticate"] == "Bearer"
                # So many lines of a kind a minute: the others are only counted.
                assert {line["event"] for line in logs} <= {"security.unknown_caller", "security.left_out"}


@pytest.mark.parametrize(("ours", "answer"), [(True, "503"), (False, "401")])
async def test_the_pages_are_known_to_auth_otp_by_their_ring(
    stack: LocalStack, ours: bool, answer: str
) -> None:
    ring = KeyRing.parse(stack.environment("portal-read")["AUTH_OTP_KEYS"]) if ours else STRANGE
    transport = httpx.ASGITransport(stack.app("auth-otp"))
    client = AuthOtp("http://auth-otp", ring, lambda: datetime.now(UTC), transport)
    with pytest.raises(ChoicesUnavailable, match=answer):
        await client.of("b1", "c1")
    await client.close()


@pytest.mark.parametrize(("ours", "status"), [(True, 503), (False, 401)])
async def test_the_pages_are_known_to_billing_by_their_ring(
    stack: LocalStack, ours: bool, status: int
) -> None:
    ring = KeyRing.parse(stack.environment("portal-read")["BILLING_KEYS"]) if ours else STRANGE
    answered: list[int] = []

    class Watched(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            answered.append(response.status_code)
            return response

    client = Billing("http://billing", ring, lambda: datetime.now(UTC), Watched(stack.app("billing")))
    client.enabled("b1")
    await client.settled()
    assert answered == [status]
    await client.close()
