"""One world for the tests of every service. Who knows one service's tests knows all."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Generic, Literal, Self, TypeVar

import httpx
import msgspec
from chassis.clock import system_clock
from chassis.context import ServiceContext
from chassis.database import Database, Transaction
from chassis.events_in import Reactions, react
from chassis.identity import SessionSigner, SessionToken, cookie_name
from chassis.process import ServiceDefinition, web_app
from chassis.settings import KeyRing, Secret, ServiceSettings, load
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from servicehub_events import Envelope, Event, decode
from sqlalchemy import text
from starlette.types import ASGIApp

from portal_testing.browser import PLATFORM_HOST, browser_at
from portal_testing.clock import FakeClock
from portal_testing.envelopes import envelope_of
from portal_testing.identity.samples import token
from portal_testing.stack import Servers
from portal_testing.stack.command import portal

S = TypeVar("S", bound=ServiceSettings)
C = TypeVar("C", bound=ServiceContext[Any])
V = TypeVar("V")
_LIST_OUTBOX = "SELECT topic, key, headers, value FROM outbox ORDER BY position"


class _Record(msgspec.Struct, frozen=True):
    topic: str
    key: bytes
    headers: list[tuple[str, str]]
    value: bytes


class World(Generic[S, C]):
    """A service on a database of its own, as its web process and as its worker, with a clock moved by hand.

    A service's own world names its `service` and `reactions`, and builds its contexts over fakes.
    """

    service: ServiceDefinition[S, C]
    reactions: Reactions[C] = MappingProxyType({})

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        self.servers, self.urls = servers, urls
        self.clock = FakeClock(system_clock())
        self.signer = SessionSigner(KeyRing.parse(servers.secrets.session_keys().private))
        self.settings = msgspec.structs.replace(
            load(self.service.settings, self.environment("api")), **settings
        )
        self._version = 0
        self._ending = AsyncExitStack()
        self._apps: dict[int, ASGIApp] = {}
        self.web, self.worker = self.context("api"), self.context("worker")

    @classmethod
    @asynccontextmanager
    async def fresh(cls, servers: Servers, **settings: object) -> AsyncGenerator[Self]:
        """A world on a new database, with some settings changed."""
        urls = await servers.fresh_database(cls.service.package)
        async with aclosing(cls(servers, urls, **settings)) as world:
            await world.begin()
            yield world

    async def begin(self) -> None:
        """What is there before a test of the service begins; nothing, unless it says otherwise."""

    async def aclose(self) -> None:
        """End every process."""
        await self._ending.aclose()

    def environment(self, process: Process) -> dict[str, str]:
        """The variables of a process of this service, on this database."""
        variables = self.servers.environment(self.service.package, process, self.urls, http_port=1)
        return {**variables, "PUBLIC_ORIGIN": f"https://{PLATFORM_HOST}"}

    async def portal(self, *words: str) -> tuple[int, str, str]:
        """The command in the worker's pod: exit code, output and errors."""
        return await portal(self.environment("worker"), *words)

    def build(self, settings: S) -> C:
        """A context as this service's processes have it."""
        return self.service.build(settings)

    def context(self, process: Literal["api", "worker"], **settings: object) -> C:
        """One more process, with some settings changed. It ends with the world."""
        url = Secret(self.urls.web if process == "api" else self.urls.worker)
        ctx = self.build(msgspec.structs.replace(self.settings, **{"database_url": url, **settings}))
        self._ending.push_async_callback(ctx.close)
        return ctx

    def browser(self, source: str = "", *, at: C | None = None, host: str = "") -> httpx.AsyncClient:
        """A browser of its own, at an address of its own.

        `at` names another web process than `web`, `host` another host than the platform's.
        """
        ctx = at or self.web
        if id(ctx) not in self._apps:
            self._apps[id(ctx)] = web_app(self.service, ctx)
        return browser_at(self._apps[id(ctx)], source, host or PLATFORM_HOST)

    def token(self, **changes: object) -> SessionToken:
        """The session of the contract's sample contact, for a day from now."""
        issued, expires = (int((self.clock.now + timedelta(days=days)).timestamp()) for days in (0, 1))
        return msgspec.structs.replace(token(), **{"issued_at": issued, "expires_at": expires, **changes})

    def cookie(self, **changes: object) -> str:
        """The `Cookie` header of a browser with that session."""
        session = self.token(**changes)
        return f"{cookie_name(session.business_id)}={self.signer.sign(session)}"

    def envelope(self, event: Event, version: int | None = None) -> Envelope:
        """The event as its publisher sends it now, by default newer than all before."""
        self._version = max(self._version + 1, version or 0)
        return envelope_of(event, version or self._version, time=self.clock.now)

    async def apply(self, *events: Event | Envelope, version: int | None = None) -> None:
        """The worker applies a batch as its consumer does. An envelope is applied as it is."""
        batch = [e if isinstance(e, Envelope) else self.envelope(e, version) for e in events]
        async with self.worker.all_tenants() as tx:
            await self.react(tx, batch)

    async def react(self, tx: Transaction, batch: Sequence[Envelope]) -> None:
        """What the consumer calls for a batch."""
        await react(self.reactions, self.worker, tx, batch)

    async def published(self) -> list[Envelope]:
        """All that waits in the outbox, in order, as a reader decodes it."""
        async with self.worker.all_tenants() as tx:
            records = await tx.all(_LIST_OUTBOX, _Record)
        return [
            decode(
                topic=record.topic,
                key=record.key,
                headers=[(name, value.encode()) for name, value in record.headers],
                value=record.value,
            )
            for record in records
        ]

    async def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the worker reads with a statement."""
        async with self.worker.all_tenants() as tx:
            return [tuple(row) for row in await tx.connection.execute(text(sql))]

    async def value(self, sql: str, kind: type[V]) -> V | None:
        """The first column of the first row that the worker reads, as a `kind`."""
        async with self.worker.all_tenants() as tx:
            return await tx.value(sql, kind)

    async def run(self, *statements: str) -> None:
        """Change what is stored, as the worker may."""
        async with self.worker.all_tenants() as tx:
            for statement in statements:
                await tx.run(statement)

    @asynccontextmanager
    async def as_owner(self) -> AsyncGenerator[Transaction]:
        """A transaction of the database's owner, who may change tables."""
        owner = Database(Secret(self.urls.owner), pool_size=1)
        try:
            async with owner.transaction() as tx:
                yield tx
        finally:
            await owner.close()
