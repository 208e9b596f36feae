"""One origin, five services: what the gateway routes and what the services answer are the same paths."""

from importlib import import_module

import pytest
from chassis.process import web_app
from chassis.settings import ServiceSettings, load
from fastapi import FastAPI
from local_stack.environment import SERVICES, Addresses
from local_stack.secrets_file import SecretsFile
from local_stack.servers.databases import database_urls
from local_stack.servers.gateway import ROUTES
from starlette.routing import Route

OWN = ("/health/", "/metrics", "/internal/")
"""Paths for operators and other services, which no gateway may route."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> tuple[Addresses, SecretsFile]:
    made = SecretsFile(tmp_path_factory.mktemp("secrets") / "secrets.json")
    packages = [package for package, _ in SERVICES.values()]
    addresses = Addresses(
        public_origin="http://localhost:8080",
        kafka_bootstrap="127.0.0.1:9092",
        redis_url="redis://127.0.0.1:6379/0",
        smtp_url="smtp://127.0.0.1:1025",
        mailbox_url="http://localhost:8025",
        simulator_url="http://localhost:8090",
        stripe_url="http://localhost:12111",
        databases={p: database_urls("postgresql://x:y@127.0.0.1:5432/postgres", p, made) for p in packages},
        api_ports=dict.fromkeys(SERVICES, 8101),
        worker_ports=dict.fromkeys(SERVICES, 8201),
    )
    return addresses, made


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_process_can_read_its_settings_from_what_the_local_stack_tells_it(
    service: str, stack: tuple[Addresses, SecretsFile]
) -> None:
    package, variables = SERVICES[service]
    settings = _settings_of(package)
    for process in ("api", "worker", "migrate"):
        told = variables(*stack, process)
        assert load(settings, told).public_origin == "http://localhost:8080"


@pytest.mark.parametrize("service", list(SERVICES))
def test_a_service_is_told_only_what_it_reads(service: str, stack: tuple[Addresses, SecretsFile]) -> None:
    package, variables = SERVICES[service]
    fields = {field.upper() for field in _settings_of(package).__struct_fields__}
    secret = {
        name
        for name in variables(*stack, "api")
        if name.endswith(("_KEYS", "_KEY", "_TOKEN", "_PEPPERS", "_URL"))
    }
    assert secret <= fields


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_public_route_of_a_service_is_routed_to_it_and_to_no_other(
    service: str, stack: tuple[Addresses, SecretsFile]
) -> None:
    package, variables = SERVICES[service]
    paths = _paths(_app(package, variables(*stack, "api")))
    for path in paths:
        if path.startswith(OWN):
            assert not [route for route in ROUTES if _covers(route.prefix, path)]
        else:
            assert [route.service for route in ROUTES if _covers(route.prefix, path)] == [service], path


def test_codes_are_handed_over_inside_alone(stack: tuple[Addresses, SecretsFile]) -> None:
    package, variables = SERVICES["notifier"]
    path = "/internal/sign-in-codes"
    assert path in _paths(_app(package, variables(*stack, "api")))
    assert not [route for route in ROUTES if _covers(route.prefix, path)]


def _settings_of(package: str) -> type[ServiceSettings]:
    return import_module(f"{package}.settings").Settings


def _app(package: str, environment: dict[str, str]) -> object:
    settings = load(_settings_of(package), environment)
    service = import_module(f"{package}.service").SERVICE
    return web_app(service, service.build(settings))


def _paths(app: object) -> list[str]:
    routes = app.routes if isinstance(app, FastAPI) else getattr(app, "routes", [])
    return [route.path for route in routes if isinstance(route, Route)]


def _covers(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
