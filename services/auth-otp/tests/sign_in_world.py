"""Sign-in on real servers, as a customer's browser, ServiceHub and the notifier see it."""

import itertools
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import httpx
import msgspec
from auth_otp.context import Context
from auth_otp.domain.sending import SendCode
from auth_otp.handlers.send_codes import send_waiting
from auth_otp.reactions import IDENTITY
from auth_otp.service import SERVICE, build
from auth_otp.settings import Settings
from chassis.clock import new_id, system_clock
from chassis.events_in import react
from chassis.process import web_app
from chassis.settings import Secret, load
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing import Servers
from servicehub_events import (
    BrandingRevised,
    Contact,
    CustomerRevised,
    Envelope,
    Event,
    Session,
    as_event,
    decode_event,
    topic_of,
)
from servicehub_events_tools.testing import samples

from .fake_ports import FakeCourier

BUSINESS, OTHER_BUSINESS = "b-1", "b-2"
EMAIL = "hanako@example.com"
SLUGS = {BUSINESS: "sample-business", OTHER_BUSINESS: "other-business"}
_sources = itertools.count(1)
_LIST_EVENTS = "SELECT type, data::text AS data FROM events ORDER BY occurred_at, stream, version"
V = TypeVar("V")


class _EventRow(msgspec.Struct, frozen=True):
    type: str
    data: str


@dataclass
class World:
    """One database, one Valkey, one or more web processes, and a worker that works when told to."""

    settings: Settings
    urls: DatabaseUrls
    apps: list[httpx.ASGITransport]
    web: Context
    worker: Context
    courier: FakeCourier
    versions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def browser(self, source: str = "", *, app: int = 0) -> httpx.AsyncClient:
        """A browser of its own, at an address of its own."""
        number = next(_sources)
        headers = {"X-Forwarded-For": source or f"198.51.{number // 250}.{number % 250 + 1}"}
        return httpx.AsyncClient(transport=self.apps[app], base_url="https://portal.test", headers=headers)

    async def apply(self, *events: Event, version: int | None = None) -> None:
        """Apply events as the consumer does."""
        async with self.worker.all_tenants() as tx:
            await react(IDENTITY, self.worker, tx, [self.envelope(event, version) for event in events])

    def envelope(self, event: Event, version: int | None = None) -> Envelope:
        """The event as its publisher sends it, by default newer than any before."""
        return Envelope(
            event=event,
            id=new_id(),
            source=topic_of(type(event)).source,
            time=system_clock(),
            sequence=next(self.versions) if version is None else version,
        )

    async def send_codes(self) -> list[SendCode]:
        """Let the worker work; what is sent."""
        while await send_waiting(self.worker):
            pass
        return self.courier.drain()

    async def code_for(
        self, browser: httpx.AsyncClient, address: str = EMAIL, slug: str = "sample-business"
    ) -> str:
        """Ask for a code and read it."""
        answer = await browser.post(f"/auth/{slug}/codes", data={"address": address})
        assert answer.status_code == 303, answer.text
        (sent,) = await self.send_codes()
        return sent.code

    async def enter(self, browser: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
        """Enter a code."""
        return await browser.post("/auth/sample-business/sessions", data={"code": code, **more})

    async def session_events(self) -> list[Session]:
        """Every session event, oldest first, as it was published."""
        async with self.worker.all_tenants() as tx:
            rows = await tx.all(_LIST_EVENTS, _EventRow)
        events = [decode_event(row.type, row.data.encode()) for row in rows]
        return [event for event in events if isinstance(event, Session)]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        return await self.value(f"SELECT count(*) FROM {table}", int) or 0

    async def value(self, sql: str, kind: type[V]) -> V | None:
        """What the worker reads with a statement."""
        async with self.worker.all_tenants() as tx:
            return await tx.value(sql, kind)

    async def run(self, *statements: str) -> None:
        """Change what is stored, as the worker may."""
        async with self.worker.all_tenants() as tx:
            for statement in statements:
                await tx.run(statement)


def business(business_id: str = BUSINESS, **changes: object) -> BrandingRevised:
    """A portal that is on."""
    state = as_event(BrandingRevised, samples.business())
    same = {"business_id": business_id, "slug": SLUGS.get(business_id, ""), "former_slugs": ()}
    return as_event(BrandingRevised, state, **{**same, **changes})


def contact(contact_id: str = "co-1", email: str | None = EMAIL, phone: str | None = None) -> Contact:
    """Somebody who may sign in."""
    return Contact(contact_id=contact_id, name="Hanako", email=email, phone=phone)


def customer(*contacts: Contact, business_id: str = BUSINESS, **changes: object) -> CustomerRevised:
    """A customer with portal access."""
    same: dict[str, object] = {
        "business_id": business_id,
        "locale": None,
        "contacts": contacts or (contact(),),
    }
    return as_event(CustomerRevised, samples.customer(), **{**same, **changes})


def visible(answer: httpx.Response) -> Mapping[str, object]:
    """What an onlooker can tell answers apart by: all but the values of cookies, signed and random."""
    headers = [(name, value) for name, value in answer.headers.items() if name != "set-cookie"]
    cookies = [_shape(value) for value in answer.headers.get_list("set-cookie")]
    return {"status": answer.status_code, "headers": headers, "cookies": cookies, "body": answer.content}


def _shape(cookie: str) -> tuple[str, int, str]:
    name, _, rest = cookie.partition("=")
    value, _, attributes = rest.partition(";")
    return name, len(value), attributes


@asynccontextmanager
async def world_of(servers: Servers, **settings: object) -> AsyncGenerator[World]:
    """A world with two businesses, and one customer whose only contact is `EMAIL` at the first."""
    async with world_on(servers, await servers.fresh_database("auth_otp"), **settings) as world:
        await world.apply(business(), business(OTHER_BUSINESS), customer())
        yield world


@asynccontextmanager
async def world_on(servers: Servers, urls: DatabaseUrls, **settings: object) -> AsyncGenerator[World]:
    """A world on a database as it is."""
    environment = servers.environment("auth_otp", "api", urls, http_port=8101)
    environment["REDIS_URL"] = servers.fresh_redis_url()
    here = msgspec.structs.replace(load(Settings, environment), **settings)
    contexts = [build(here), build(here)]
    apps = [web_app(SERVICE, context) for context in contexts]
    courier = FakeCourier()
    worker = replace(build(msgspec.structs.replace(here, database_url=Secret(urls.worker))), courier=courier)
    world = World(
        settings=here,
        urls=urls,
        apps=[httpx.ASGITransport(app, raise_app_exceptions=False) for app in apps],
        web=contexts[0],
        worker=worker,
        courier=courier,
    )
    async with apps[0].router.lifespan_context(apps[0]), apps[1].router.lifespan_context(apps[1]):
        yield world
        await worker.close()


def settings_with(world: World, **changes: object) -> Settings:
    """The same settings but for some."""
    return msgspec.structs.replace(world.settings, **changes)


def worker_with(world: World, **changes: object) -> Context:
    """The same worker, started again with other settings."""
    return replace(world.worker, settings=msgspec.structs.replace(world.worker.settings, **changes))


@asynccontextmanager
async def browser_of(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser at a web process with settings of its own."""
    app = web_app(SERVICE, build(settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://portal.test") as browser,
    ):
        yield browser
