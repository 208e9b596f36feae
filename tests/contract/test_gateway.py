"""One origin, five services: what the gateway routes and what the services answer are the same paths."""

import pytest
from chassis.settings import load
from fastapi import FastAPI
from local_stack.environment import SERVICES
from local_stack.servers.gateway import FRONT, ROUTES
from local_stack.servers.gateway import Route as Routed
from starlette.routing import Route

from tests.contract.support.services_without_servers import ORIGIN, LocalStack, local_stack, settings_of

OWN = ("/health/", "/metrics", "/internal/")
"""Paths for operators and other services, which no gateway may route."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    return local_stack(tmp_path_factory.mktemp("secrets"))


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_process_can_read_its_settings_from_what_the_local_stack_tells_it(
    service: str, stack: LocalStack
) -> None:
    for process in ("api", "worker", "migrate"):
        assert load(settings_of(service), stack.environment(service, process)).public_origin == ORIGIN


@pytest.mark.parametrize("service", list(SERVICES))
def test_a_service_is_told_only_what_it_reads(service: str, stack: LocalStack) -> None:
    fields = {field.upper() for field in settings_of(service).__struct_fields__}
    secret = {
        name
        for name in stack.environment(service)
        if name.endswith(("_KEYS", "_KEY", "_TOKEN", "_PEPPERS", "_URL"))
    }
    assert secret <= fields


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_public_route_of_a_service_is_routed_to_it_and_to_no_other(
    service: str, stack: LocalStack
) -> None:
    for path in _paths(stack.app(service)):
        if path.startswith(OWN):
            assert not [route for route in ROUTES if _covers(route.prefix, path)]
        else:
            routes = (*ROUTES, FRONT) if path == FRONT.prefix else ROUTES
            assert [route.service for route in routes if _covers(route.prefix, path)] == [service], path


@pytest.mark.parametrize("route", ROUTES, ids=[route.prefix for route in ROUTES])
def test_every_path_that_is_routed_is_answered_by_its_service(route: Routed, stack: LocalStack) -> None:
    assert [path for path in _paths(stack.app(route.service)) if _covers(route.prefix, path)]


def test_codes_are_handed_over_inside_alone(stack: LocalStack) -> None:
    path = "/internal/sign-in-codes"
    assert path in _paths(stack.app("notifier"))
    assert not [route for route in ROUTES if _covers(route.prefix, path)]


def _paths(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, Route)]


def _covers(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
