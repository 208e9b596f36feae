"""The servers of a test run, and fresh databases on them."""

import asyncio
import itertools
import sys
from dataclasses import replace
from pathlib import Path

from local_stack.environment import SERVICES, Addresses, Process
from local_stack.secrets_file import SecretsFile
from local_stack.servers.databases import DatabaseUrls, clone_database, create_database, database_urls
from local_stack.state import State

VALKEY_DATABASES = 4096


class MigrationFailed(Exception):
    """`python -m <package> migrate` failed; the text is its output."""


class Servers:
    """PostgreSQL, Valkey and Kafka with all topics."""

    def __init__(self, data: Path, state: State) -> None:
        self.addresses: Addresses = state.addresses
        self.superuser_url = state.superuser_url
        """PostgreSQL's administrator."""
        self.kafka_bootstrap = state.addresses.kafka_bootstrap
        self.redis_url = state.addresses.redis_url
        self.secrets = SecretsFile(data / "secrets.json")
        self._migrated: dict[str, DatabaseUrls] = {}
        self._numbers = itertools.count(1)

    async def fresh_database(self, package: str) -> DatabaseUrls:
        """Return a new migrated database of `package` (such as `auth_otp`), empty but for its schema.

        The migration runs once per test run; each database is a copy of its result, in about 50 ms.
        """
        await self._migrate_once(package)
        return await self._copy(package, template=package)

    async def empty_database(self, package: str) -> DatabaseUrls:
        """Return a new database without a schema, to be brought to some older revision."""
        await create_database(self.superuser_url, package, self.secrets)  # makes the roles
        return await self._copy(package, template="template0")

    def fresh_redis_url(self) -> str:
        """Return the address of a database that no other test uses."""
        base, _, _ = self.redis_url.rpartition("/")
        return f"{base}/{next(self._numbers) % VALKEY_DATABASES}"

    def environment(
        self, package: str, process: Process, database: DatabaseUrls, *, http_port: int, health_port: int = 0
    ) -> dict[str, str]:
        """Return all variables for one process of a service, to start it or to read its settings from."""
        service, variables = _service(package)
        addresses = replace(
            self.addresses,
            databases={package: database},
            api_ports={**self.addresses.api_ports, service: http_port},
            worker_ports={service: health_port or http_port},
        )
        return variables(addresses, self.secrets, process)

    async def _copy(self, package: str, *, template: str) -> DatabaseUrls:
        name = f"{package}_{next(self._numbers)}"
        await clone_database(self.superuser_url, package, template, name)
        return database_urls(self.superuser_url, package, self.secrets, name)

    async def _migrate_once(self, package: str) -> None:
        if package in self._migrated:
            return
        urls = database_urls(self.superuser_url, package, self.secrets)
        await create_database(self.superuser_url, package, self.secrets)
        await _run_migrations(package, self.environment(package, "migrate", urls, http_port=1))
        self._migrated[package] = urls


def _service(package: str):  # noqa: ANN202 # the type is that of SERVICES' values
    for service, (name, variables) in SERVICES.items():
        if name == package:
            return service, variables
    raise ValueError(
        f"{package} is not a service; there are {', '.join(name for name, _ in SERVICES.values())}"
    )


async def _run_migrations(package: str, environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", package, "migrate"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise MigrationFailed(f"python -m {package} migrate failed:\n{output.decode(errors='replace')}")
