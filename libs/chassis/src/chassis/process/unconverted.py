"""The composition that services have which are not yet a `ServiceDefinition`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import typer
import uvicorn
from starlette.types import ASGIApp

from chassis.database import Database
from chassis.process.service import Loop, _config, _start, _work, tune_gc  # pyright: ignore[reportPrivateUsage]
from chassis.settings import MigrateSettings, ServiceSettings

S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker process runs: its loops by name, and what to close when they have ended."""

    loops: dict[str, Loop]
    database: Database
    closing: Sequence[Callable[[], Awaitable[None]]] = field(default=())

    async def open(self) -> None: ...

    async def close(self) -> None:
        for close in self.closing:
            await close()
        await self.database.close()


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """A service as its `bootstrap` composes it."""

    package: str
    settings: type[S]
    api: Callable[[S], ASGIApp]
    worker: Callable[[S], Worker]

    def build(self, settings: S) -> Worker:
        """The worker in the place of a context, for commands."""
        return self.worker(settings)


@dataclass(frozen=True, slots=True)
class _AsDefinition:
    build: Callable[[Any], Worker]
    loops: dict[str, Callable[[Worker], Loop]]


def _returning(loop: Loop) -> Callable[[Worker], Loop]:
    return lambda _: loop


def main(service: Service[S]) -> None:
    """The command line of a service."""
    app = typer.Typer(no_args_is_help=True, help=f"The {service.package} service.", add_completion=False)

    @app.command()
    def api() -> None:
        """Serve HTTP on HTTP_HOST:HTTP_PORT."""
        settings = _start(service.package, service.settings)
        config = _config(service.api(settings), settings.http_host, settings.http_port)
        asyncio.run(uvicorn.Server(config).serve())

    @app.command()
    def worker() -> None:
        """Run the relay and the consumers; health on WORKER_HEALTH_PORT."""
        settings = _start(service.package, service.settings)
        tune_gc()
        made = service.worker(settings)
        loops = {name: _returning(loop) for name, loop in made.loops.items()}
        definition: Any = _AsDefinition(lambda _: made, loops)
        asyncio.run(_work(definition, settings))

    @app.command()
    def migrate() -> None:
        """Bring the database to this build's newest revision, as its owner."""
        from chassis.database import migrations

        settings = _start(service.package, MigrateSettings)
        migrations.upgrade(service.package, settings.database_url)

    _ = (api, worker, migrate)
    app()
