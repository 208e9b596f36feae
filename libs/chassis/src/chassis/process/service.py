"""One service: `python -m <package> api | worker | migrate`, the same for all five."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

import structlog
import typer
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from chassis.database.database import Database
from chassis.observability import health, logs, telemetry
from chassis.observability.loop_health import Progress, Stuck
from chassis.process import garbage
from chassis.process.draining import ended
from chassis.settings.base import CommonSettings, MigrateSettings, load

log = structlog.get_logger(__name__)

_CLOSE_SECONDS = 3.0
S = TypeVar("S", bound=CommonSettings)
M = TypeVar("M", bound=MigrateSettings)


class Loop(Protocol):
    """Something a worker keeps running: a consumer, a relay, a sweep."""

    @property
    def progress(self) -> Progress: ...

    async def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker process runs: its loops by name, and what to close when they have ended."""

    loops: dict[str, Loop]
    database: Database
    closing: Sequence[Callable[[], Awaitable[None]]] = field(default=())


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """A service as its `bootstrap` composes it."""

    package: str
    settings: type[S]
    api: Callable[[S], ASGIApp]
    worker: Callable[[S], Worker]


def main(service: Service[S]) -> None:
    """The command line of a service."""
    app = typer.Typer(no_args_is_help=True, help=f"The {service.package} service.", add_completion=False)

    @app.command()
    def api() -> None:
        """Serve HTTP on HTTP_HOST:HTTP_PORT."""
        settings = _start(service.package, service.settings)
        asyncio.run(_serve(service.api(settings), settings.http_host, settings.http_port))

    @app.command()
    def worker() -> None:
        """Run the relay and the consumers; health on WORKER_HEALTH_PORT."""
        settings = _start(service.package, service.settings)
        garbage.collect_seldom()
        asyncio.run(_work(service, settings))

    @app.command()
    def migrate() -> None:
        """Bring the database to this build's newest revision, as its owner."""
        from chassis.database import migrations  # Alembic takes 10 MB that no serving process needs

        settings = _start(service.package, MigrateSettings)
        migrations.upgrade(service.package, settings.database_url)
        log.info("migrate.done")

    _ = (api, worker, migrate)
    app()


def _start(package: str, kind: type[M]) -> M:
    settings = load(kind)
    logs.configure(package, settings.log_level)
    telemetry.configure(package, settings.otel_exporter_otlp_endpoint)
    return settings


class _HealthServer(uvicorn.Server):
    """Leaves the signals to the worker, which stops its loops first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _config(app: ASGIApp, host: str, port: int, *, lifespan: Literal["on", "off"] = "on") -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the trusted hop is counted by chassis.web.app, once
        server_header=False,
        lifespan=lifespan,
        timeout_graceful_shutdown=10,
    )


async def _serve(app: ASGIApp, host: str, port: int) -> None:
    await uvicorn.Server(_config(app, host, port)).serve()


async def _work(service: Service[S], settings: S) -> None:
    worker = service.worker(settings)
    checks: dict[str, health.Check] = {name: _check(loop) for name, loop in worker.loops.items()}
    checks["database"] = worker.database.ready
    app = Starlette(routes=health.routes(checks))
    server = _HealthServer(_config(app, settings.http_host, settings.worker_health_port, lifespan="off"))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await _until_stopped(worker, server, stop)
    finally:
        with contextlib.suppress(TimeoutError):  # of servers that are gone
            async with asyncio.timeout(_CLOSE_SECONDS):
                for close in worker.closing:
                    await close()
                await worker.database.close()


async def _until_stopped(worker: Worker, server: uvicorn.Server, stop: asyncio.Event) -> None:
    """Run every loop until told to stop; a loop that ends by itself ends the worker with its error."""
    tasks = [asyncio.create_task(loop.run(), name=name) for name, loop in worker.loops.items()]
    tasks.append(asyncio.create_task(server.serve(), name="health"))
    tasks.append(asyncio.create_task(_stopped(stop), name="stop"))
    done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if not await ended(running):
        log.error("worker.hangs", loops=[task.get_name() for task in running if not task.done()])
        os._exit(1)  # or the interpreter would wait for them in its turn
    for task in done:
        task.result()


async def _stopped(stop: asyncio.Event) -> None:
    await stop.wait()


def _check(loop: Loop) -> health.Check:
    async def check() -> bool | Stuck:
        return loop.progress.stuck or True

    return check
