"""Whatever is sent to any route of any service is its sender's mistake to it, and leaves no traceback."""

import pytest
from fastapi import FastAPI
from local_stack.environment import SERVICEHUB, SERVICES
from portal_testing.browser import browser_at
from structlog.testing import capture_logs

from tests.contract.support.hostile_requests import admitted, cut_off, failures, hostile_requests
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


def may_ask(stack: LocalStack, service: str, path: str) -> dict[str, bytes]:
    """The headers of one who may ask."""
    return admitted(service, path, stack.settings(service), stack.secrets.integration_key(SERVICEHUB).key)


@pytest.mark.parametrize(("service", "method", "path"), ROUTES)
async def test_no_request_is_answered_500_or_leaves_a_traceback(
    stack: LocalStack, apps: dict[str, FastAPI], service: str, method: str, path: str
) -> None:
    headers = may_ask(stack, service, path)
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
        status = await cut_off(apps[service], method, filled(path), may_ask(stack, service, path))
    assert list(failures(logs)) == []
    assert status is None or status < 500 or status == NO_SERVER
