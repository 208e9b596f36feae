"""One service: `python -m <package> api | worker | migrate`, the same for all five."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

import structlog
import typer
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.types import ASGIApp

from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.observability import health, logs, telemetry
from chassis.observability.loop_health import LoopHealth, Stuck
from chassis.process.head_deadline import HeadDeadline
from chassis.process.loops import cancel_all
from chassis.process.revision_gate import RevisionGate, opened
from chassis.rotation import FindKeyedColumns
from chassis.settings import MigrateSettings, ServiceSettings, load
from chassis.web import Refusals, Route, SignedCookie, add_route, create_app

log = structlog.get_logger(__name__)

_CLOSE_SECONDS = 3.0
_TICK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 180
"""A gateway keeps an idle connection for up to 120 s (Caddy; Go 90, nginx 60). Closed earlier by us, it could
carry a form just then, which is answered with 502, as nobody may send it twice."""
_GC_THRESHOLD = 50_000
"""Objects made since the last collection; Python's own 700 are twenty events."""
S = TypeVar("S", bound=ServiceSettings)
M = TypeVar("M", bound=MigrateSettings)
C = TypeVar("C", bound=ServiceContext[Any])


class Loop(Protocol):
    """Something a process keeps running: a consumer, a relay, a sweep."""

    @property
    def health(self) -> LoopHealth: ...

    async def run(self) -> None: ...


Process = Literal["api", "worker"]
API: Final = frozenset[Process](["api"])
WORKER: Final = frozenset[Process](["worker"])

Loops = Mapping[str, Callable[[C], Loop]]
"""How each loop is made, by the name that readiness calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition(Generic[S, C]):
    """A service as its `service` module composes it: a context from its settings, and tables over it.

    `loops` run in the worker, `web_loops` beside the requests of the web process. `keyed_columns` are written
    with keys; `rewrite_old_keys` writes some rows anew whose columns hang together, and says how many.
    `asks`: the settings that say where another server is, beside PostgreSQL and Kafka, and which of its
    processes ask there. Policies let these through and nothing else.
    """

    package: str
    settings: type[S]
    build: Callable[[S], C]
    routes: Sequence[Route[C]] = ()
    refusals: Refusals = field(default_factory=dict[Any, Any])
    flash: Callable[[C], SignedCookie] | None = None
    loops: Loops[C]
    asks: Mapping[str, frozenset[Process]] = field(default_factory=dict[str, frozenset["Process"]])
    web_loops: Loops[C] = field(default_factory=dict[Any, Any])
    keyed_columns: FindKeyedColumns | None = None
    rewrite_old_keys: Callable[[C, Transaction], Awaitable[int]] | None = None


def main(service: ServiceDefinition[S, C]) -> None:
    """The command line of a service."""
    cli = typer.Typer(
        no_args_is_help=True,
        help=f"The {service.package} service.",
        context_settings={"help_option_names": ["-h", "--help"]},
        add_completion=False,
    )

    @cli.command()
    def api() -> None:
        """Serve HTTP on HTTP_HOST:HTTP_PORT."""
        settings = _start(service.package, service.settings)
        app = web_app(service, service.build(settings))
        freeze_start()
        asyncio.run(Server(server_config(app, settings.http_host, settings.http_port)).serve())

    @cli.command()
    def worker() -> None:
        """Run the relay and the consumers; health on WORKER_HEALTH_PORT."""
        settings = _start(service.package, service.settings)
        tune_gc()
        asyncio.run(_work(service, settings))

    @cli.command()
    def migrate() -> None:
        """Bring the database to this build's newest revision, as its owner; a newer one is left as it is."""
        from chassis.database import migrations  # Alembic takes 10 MB that no serving process needs

        settings = _start(service.package, MigrateSettings)
        try:
            found = migrations.upgrade(service.package, settings.database_url)
        except migrations.UnknownRevision as error:
            raise SystemExit(f"Nothing was migrated: {error}") from error
        log.info("migrate.done", revision=found.present, says=found.words)

    _ = (api, worker, migrate)
    cli()


def freeze_start() -> None:
    """Never again look through what the start of the process has made: it took 20 ms now and then."""
    gc.collect()
    gc.freeze()


def tune_gc() -> None:
    """Freeze the start, and collect garbage less often.

    A batch of events dies as a whole and holds no cycles, so that looking through it found nothing and took a
    third of the projector's time.
    """
    freeze_start()
    gc.set_threshold(_GC_THRESHOLD, 10, 10)


def web_app(service: ServiceDefinition[S, C], ctx: C) -> FastAPI:
    """The web process's app: its routes, its refusals, and its loops beside them."""
    loops = [make(ctx) for make in service.web_loops.values()]
    gate = RevisionGate(service.package, ctx.database)
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        tasks.extend(asyncio.create_task(loop.run()) for loop in loops)

    async def stop() -> None:
        await cancel_all(tasks)
        await ctx.close()

    app = create_app(
        service.package,
        ctx.settings,
        checks={"database": ctx.ready, "migrations": gate.check},
        refusals=service.refusals,
        flash=service.flash(ctx) if service.flash else None,
        starting=[start],
        closing=[stop],
    )
    for route in service.routes:
        add_route(app, route, ctx)
    return app


def _start(package: str, kind: type[M]) -> M:
    settings = load(kind)
    logs.configure(package, settings.log_level)
    telemetry.configure(package, settings.otel_exporter_otlp_endpoint)
    return settings


class Server(uvicorn.Server):
    """Looks once a second what to do, for its Date; uvicorn's own looks ten times, whether it shall stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_to_stop = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._told_to_stop.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop:  # else it looks before it waits
            self._loop.call_soon_threadsafe(self._told_to_stop.set)


class _HealthServer(Server):
    """Leaves the signals to the worker, which stops its loops first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def server_config(
    app: ASGIApp, host: str, port: int, *, lifespan: Literal["on", "off"] = "on"
) -> uvicorn.Config:
    """How every process of the house serves HTTP."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=HeadDeadline,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the trusted hop is counted by chassis.web.requests, once
        server_header=False,
        lifespan=lifespan,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )


async def _work(service: ServiceDefinition[S, C], settings: S) -> None:
    ctx = service.build(settings)
    loops = {name: make(ctx) for name, make in service.loops.items()}
    checks: dict[str, health.Check] = {name: _check(loop) for name, loop in loops.items()}
    gate = RevisionGate(service.package, ctx.database)
    own = {"database": ctx.database.ready, "migrations": gate.check}
    app = Starlette(routes=health.routes({**checks, **own}))
    server = _HealthServer(
        server_config(app, settings.http_host, settings.worker_health_port, lifespan="off")
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await _until_stopped(loops, server, stop, gate)
    finally:
        with contextlib.suppress(TimeoutError):  # of servers that are gone
            async with asyncio.timeout(_CLOSE_SECONDS):
                await ctx.close()


async def _until_stopped(
    loops: Mapping[str, Loop], server: uvicorn.Server, stop: asyncio.Event, gate: RevisionGate
) -> None:
    """Run every loop until told to stop; a loop that ends by itself ends the worker with its error."""
    tasks = [asyncio.create_task(_once_migrated(gate, loop), name=name) for name, loop in loops.items()]
    tasks.append(asyncio.create_task(server.serve(), name="health"))
    tasks.append(asyncio.create_task(_stopped(stop), name="stop"))
    done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if not await cancel_all(running):
        log.error("worker.hangs", loops=[task.get_name() for task in running if not task.done()])
        os._exit(1)  # or the interpreter would wait for them in its turn
    for task in done:
        task.result()


async def _once_migrated(gate: RevisionGate, loop: Loop) -> None:
    await opened(gate.check)
    await loop.run()


async def _stopped(stop: asyncio.Event) -> None:
    await stop.wait()


def _check(loop: Loop) -> health.Check:
    async def check() -> bool | Stuck:
        return loop.health.stuck or True

    return check
