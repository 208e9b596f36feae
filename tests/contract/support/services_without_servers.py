"""Every service as its web process has it, told by the local stack, with no server to reach."""

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from chassis.context import ServiceContext
from chassis.process import ServiceDefinition, web_app
from chassis.settings import ServiceSettings, load
from fastapi import FastAPI
from local_stack.environment import SERVICES, Addresses
from local_stack.secrets_file import SecretsFile
from local_stack.servers.databases import database_urls

ORIGIN = "http://localhost:8080"


class LocalStack(NamedTuple):
    """What every process is told, and where nothing is."""

    addresses: Addresses
    secrets: SecretsFile

    def environment(self, service: str, process: Any = "api") -> dict[str, str]:
        """The variables of a process."""
        return SERVICES[service][1](self.addresses, self.secrets, process)

    def settings(self, service: str) -> ServiceSettings:
        """What its web process is told."""
        return load(settings_of(service), self.environment(service))

    def app(self, service: str) -> FastAPI:
        """The app of its web process."""
        definition = definition_of(service)
        return web_app(definition, definition.build(self.settings(service)))


def local_stack(folder: Path) -> LocalStack:
    """A stack whose secrets are kept in a folder."""
    secrets = SecretsFile(folder / "secrets.json")
    packages = [package for package, _ in SERVICES.values()]
    nowhere = "postgresql://x:y@127.0.0.1:1/postgres"
    addresses = Addresses(
        public_origin=ORIGIN,
        kafka_bootstrap="127.0.0.1:1",
        redis_url="redis://127.0.0.1:1/0",
        smtp_url="smtp://127.0.0.1:1",
        mailbox_url="http://localhost:1",
        simulator_url="http://localhost:1",
        stripe_url="http://localhost:1",
        dns_resolver="127.0.0.1:1",
        dns_records="",
        databases={package: database_urls(nowhere, package, secrets) for package in packages},
        api_ports=dict.fromkeys(SERVICES, 1),
        worker_ports=dict.fromkeys(SERVICES, 1),
    )
    return LocalStack(addresses, secrets)


def settings_of(service: str) -> type[ServiceSettings]:
    """The class of a service's settings."""
    return import_module(f"{SERVICES[service][0]}.settings").Settings


def definition_of(service: str) -> ServiceDefinition[Any, ServiceContext[Any]]:
    """What a service consists of."""
    return import_module(f"{SERVICES[service][0]}.service").SERVICE
