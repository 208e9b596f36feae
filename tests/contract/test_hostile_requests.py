"""Whatever is sent to any route of any service is its sender's mistake to it, and leaves no traceback."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from chassis.web import service_token
from fastapi import FastAPI
from local_stack.environment import SERVICEHUB, SERVICES
from portal_testing.browser import browser_at
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.contract.support.hostile_requests import cut_off, hostile_requests
from tests.contract.support.services_without_servers import LocalStack, definition_of, local_stack

ROUTES = [
    (service, route.method, route.path) for service in SERVICES for route in definition_of(service).routes
]
IDS = {"{slug}": "hikari", "{file}": "theme-0123456789abcdef.css", "{rest:path}": "x"}
NO_SERVER = 503
"""What is answered here when all is right: no database answers."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    return local_stack(tmp_path_factory.mktemp("secrets"))


@pytest.fixture(scope="module")
def apps(stack: LocalStack) -> dict[str, FastAPI]:
    return {service: stack.app(service) for service in SERVICES}


def filled(path: str) -> str:
    """The path with ids in it."""
    parts = [IDS.get(part, "b1" if part.startswith("{") else part) for part in path.split("/")]
    return "/".join(parts)


def admitted(stack: LocalStack, service: str, path: str) -> dict[str, bytes]:
    """The headers of one who may ask: what is behind the key is tried too."""
    if not path.startswith("/internal/"):
        key = stack.secrets.integration_key(SERVICEHUB).key
        return {"authorization": f"Bearer {key}".encode()}
    ring = getattr(stack.settings(service), f"{SERVICES[service][0]}_keys")
    caller = "auth-otp" if service == "notifier" else "portal-read"
    token = service_token.authorization(ring, caller=caller, audience=service, now=datetime.now(UTC))
    return {"authorization": token.encode()}


def failures(logs: Sequence[EventDict]) -> Iterator[EventDict]:
    """What was logged with frames, or as an error of ours."""
    for line in logs:
        if line["event"] == "http.failed" or line.get("exc_info"):
            yield line


@pytest.mark.parametrize(("service", "method", "path"), ROUTES)
async def test_no_request_is_answered_500_or_leaves_a_traceback(
    stack: LocalStack, apps: dict[str, FastAPI], service: str, method: str, path: str
) -> None:
    headers = admitted(stack, service, path)
    async with browser_at(apps[service]) as client:
        for request in hostile_requests(method, path, filled(path), headers):
            with capture_logs() as logs:
                answer = await request.send(client)
            assert answer.status_code < 500 or answer.status_code == NO_SERVER, (request, answer.text)
            assert list(failures(logs)) == [], request
            assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("service", "method", "path"), [route for route in ROUTES if route[1] in ("POST", "PUT")]
)
async def test_a_post_that_is_cut_off_leaves_no_traceback(
    stack: LocalStack, apps: dict[str, FastAPI], service: str, method: str, path: str
) -> None:
    with capture_logs() as logs:
        status = await cut_off(apps[service], method, filled(path), admitted(stack, service, path))
    assert list(failures(logs)) == []
    assert status is None or status < 500 or status == NO_SERVER
