"""Sign-in on real servers, as a customer's browser, ServiceHub and the notifier see it."""

import itertools
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import msgspec
from auth_otp.bootstrap import api
from auth_otp.reactions import Reactions
from auth_otp.sending import CodeSending
from auth_otp.settings import Settings
from chassis.clock import new_id, system_clock
from chassis.database.database import Database
from chassis.encryption import BlindIndex, FieldCipher, unseal
from chassis.events_in.dead_letters import RawRecord
from chassis.events_in.records import Received
from chassis.events_out.event_store import EventStore
from chassis.settings.base import Secret, load
from chassis.settings.keys import KeyRing
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
from sqlalchemy import text

BUSINESS, OTHER_BUSINESS = "b-1", "b-2"
EMAIL = "hanako@example.com"
SLUGS = {BUSINESS: "sample-business", OTHER_BUSINESS: "other-business"}
_sources = itertools.count(1)


@dataclass
class World:
    """One database, one Valkey, one or more web processes, and a worker that works when told to."""

    settings: Settings
    urls: DatabaseUrls
    apps: list[httpx.ASGITransport]
    web: Database
    worker: Database
    reactions: Reactions
    sending: CodeSending
    seal_keys: KeyRing
    versions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def browser(self, source: str = "", *, app: int = 0) -> httpx.AsyncClient:
        """A browser of its own, at an address of its own."""
        number = next(_sources)
        headers = {"X-Forwarded-For": source or f"198.51.{number // 250}.{number % 250 + 1}"}
        return httpx.AsyncClient(transport=self.apps[app], base_url="https://portal.test", headers=headers)

    async def told(self, *events: Event, version: int | None = None) -> None:
        """Apply events as the consumer does."""
        nowhere = RawRecord(None, (), b"")
        received = [Received("", 0, 0, self.envelope(event, version), nowhere) for event in events]
        async with self.worker.transaction() as connection:
            await self.reactions.apply(connection, received)

    def envelope(self, event: Event, version: int | None = None) -> Envelope:
        """The event as its publisher sends it, by default newer than any before."""
        return Envelope(
            event=event,
            id=new_id(),
            source=topic_of(type(event)).source,
            time=system_clock(),
            sequence=next(self.versions) if version is None else version,
        )

    async def send_codes(self) -> list[dict[str, str]]:
        """Let the worker work; what the notifier can read of it: `to`, `code` and the event's own fields."""
        async with self.worker.transaction() as connection:
            while await self.sending.take(connection):
                pass
            rows = (
                await connection.execute(
                    text("DELETE FROM outbox WHERE lane = 'codes' RETURNING position, value, headers")
                )
            ).all()
        return [self._read(bytes(row.value), row.headers) for row in sorted(rows)]

    def _read(self, value: bytes, headers: list[list[str]]) -> dict[str, str]:
        event: dict[str, str] = json.loads(value)
        return {**event, **self.opened(event["sealed"]), "sequence": dict(headers)["ce_sequence"]}

    def opened(self, sealed: str) -> dict[str, str]:
        """What the notifier finds in a sealed code."""
        found: dict[str, str] = json.loads(unseal(self.seal_keys, sealed))
        return found

    async def code_for(
        self, browser: httpx.AsyncClient, address: str = EMAIL, slug: str = "sample-business"
    ) -> str:
        """Ask for a code and read it."""
        answer = await browser.post(f"/auth/{slug}/codes", data={"address": address})
        assert answer.status_code == 303, answer.text
        (sent,) = await self.send_codes()
        return sent["code"]

    async def enter(self, browser: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
        """Enter a code."""
        return await browser.post("/auth/sample-business/sessions", data={"code": code, **more})

    async def session_events(self) -> list[Session]:
        """Every session event, oldest first, as it was published."""
        async with self.worker.transaction() as connection:
            rows = await connection.execute(
                text("SELECT type, data::text FROM events ORDER BY occurred_at, stream, version")
            )
            found = [decode_event(kind, data.encode()) for kind, data in rows]
        return [event for event in found if isinstance(event, Session)]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.worker.transaction() as connection:
            return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


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


def seen(answer: httpx.Response) -> Mapping[str, object]:
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
    urls = await servers.fresh_database("auth_otp")
    environment = servers.environment("auth_otp", "api", urls, http_port=8101)
    environment["REDIS_URL"] = servers.fresh_redis_url()
    told = msgspec.structs.replace(load(Settings, environment), **settings)
    apps = [api(told), api(told)]
    web, worker = Database(Secret(urls.web)), Database(Secret(urls.worker))
    cipher, index = FieldCipher(told.field_keys), BlindIndex(told.index_keys)
    world = World(
        settings=told,
        urls=urls,
        apps=[httpx.ASGITransport(app, raise_app_exceptions=False) for app in apps],
        web=web,
        worker=worker,
        reactions=Reactions(cipher, index, EventStore(), system_clock),
        sending=CodeSending(told, new_id),
        seal_keys=KeyRing.parse(servers.secrets.seal_keys().private),
    )
    async with apps[0].router.lifespan_context(apps[0]), apps[1].router.lifespan_context(apps[1]):
        await world.told(business(), business(OTHER_BUSINESS), customer())
        yield world
        await web.close()
        await worker.close()


def settings_with(world: World, **changes: object) -> Settings:
    """The same settings but for some."""
    return msgspec.structs.replace(world.settings, **changes)


@asynccontextmanager
async def browser_of(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser at a web process with settings of its own."""
    app = api(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://portal.test") as browser,
    ):
        yield browser
