"""Sign-in and its pages in one process over real servers: what a stranger sends, gets, and can time."""

import time
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import httpx
from auth_otp import service as sign_in
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.sending import Answer, SendCode
from auth_otp.domain.stored_addresses import challenge_place
from auth_otp.handlers.send_codes import send_waiting
from auth_otp.reactions import IDENTITY
from auth_otp.settings import Settings
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.settings import Secret
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from portal_read import context, service, settings
from portal_read.projection import names
from portal_read.projection.projector import Projector
from portal_read.projection.sealed_states import StateCipher
from portal_testing.stack import Servers
from portal_testing.world import World
from servicehub_events import BrandingRevised, Contact, CustomerRevised, Envelope, as_event
from servicehub_events_tools.testing import samples
from sqlalchemy import event

BUSINESS, SLUG = "b-1", samples.business().slug
_SPEND: Final = (
    "INSERT INTO failures (business_id, address_index, bucket, day, digits, count)"
    " VALUES (:business_id, :index, '', (now() AT TIME ZONE 'UTC')::date, 6, 4)"
)
_GUARD: Final = (
    "INSERT INTO guard_links"
    " (business_id, token_index, address_index, address_cipher, expires_at, guarded_until)"
    " VALUES (:business_id, :index, :index, :cipher, now() + interval '1 day', now() + interval '1 day')"
)


class Post:
    """A courier that takes every code and keeps it."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    async def hand_over(self, code: SendCode) -> Answer:
        """Take a code; what else there is to say to an address is let go."""
        self.codes += [code.code] if code.code else []
        return "accepted"


class SignIn(World[Settings, Context]):
    """auth-otp with a Valkey of its own."""

    service, reactions = sign_in.SERVICE, IDENTITY

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        self.post = Post()
        redis = Secret(servers.fresh_redis_url())
        super().__init__(servers, urls, **{"redis_url": redis, **settings})

    def build(self, settings: Settings) -> Context:
        """The service, whose codes go to the courier."""
        return replace(sign_in.build(settings), courier=self.post)


class Pages(World[settings.Settings, context.Context]):
    """portal-read, whose projector stands in place of reactions."""

    service = service.SERVICE

    def environment(self, process: Process) -> dict[str, str]:
        return {**super().environment(process), "SECURITY_CONTACT": "mailto:security@example.com"}

    def build(self, settings: settings.Settings) -> context.Context:
        """The service by its real parts: no page of sign-in calls anybody."""
        return service.build(settings)

    async def react(self, tx: Transaction, batch: Sequence[Envelope]) -> None:
        """Project a batch."""
        await Projector(names.FIRST, StateCipher.of(self.settings.field_encryption_keys)).apply(tx, batch)


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that was asked for: both answers without the address, the SQL behind them, and seconds."""

    answers: object
    statements: Sequence[str]
    post_seconds: float
    get_seconds: float


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Both services, with customers whose addresses are known."""

    sign_in: SignIn
    pages: Pages

    @classmethod
    @asynccontextmanager
    async def open(cls, servers: Servers, known: Iterable[str], **settings: object) -> AsyncGenerator[Self]:
        """With a customer for each of these addresses."""
        async with AsyncExitStack() as open_until:
            door = cls(
                await open_until.enter_async_context(SignIn.fresh(servers, **settings)),
                await open_until.enter_async_context(Pages.fresh(servers)),
            )
            business = as_event(
                BrandingRevised, samples.business(), business_id=BUSINESS, former_slugs=(), country="JP"
            )
            await door.sign_in.apply(business, *(_customer(number, one) for number, one in enumerate(known)))
            await door.pages.apply(business)
            yield door

    async def spend(self, addresses: Iterable[str]) -> None:
        """Let the wrong codes of the day be spent of these addresses."""
        await self._note(_SPEND, addresses)

    async def guard(self, addresses: Iterable[str]) -> None:
        """Let their holders have said that it was not them."""
        await self._note(_GUARD, addresses)

    async def ask(self, address: str) -> Asked:
        """Ask for a code in a new browser, and open the page that it leads to."""
        browser, pages = self.sign_in.browser(), self.pages.browser()
        with _statements(self.sign_in.web, self.pages.web) as statements:
            posted, post_seconds = await _timed(
                browser.post(f"/auth/{SLUG}/codes", data={"address": address})
            )
            pages.cookies.update(browser.cookies)
            got, get_seconds = await _timed(pages.get(posted.headers["location"]))
        answers = [_without(address, answer) for answer in (posted, got)]
        return Asked(answers, list(statements), post_seconds, get_seconds)

    async def post(self, browser: httpx.AsyncClient, form: str, **fields: str) -> httpx.Response:
        """Send a form of sign-in as a program does."""
        return await browser.post(f"/auth/{SLUG}/{form}", json=fields)

    async def drain(self) -> int:
        """Let the worker empty the queue; how many codes have left until now."""
        while await send_waiting(self.sign_in.worker):
            pass
        return len(self.sign_in.post.codes)

    async def _note(self, sql: str, addresses: Iterable[str]) -> None:
        keys, place = self.sign_in.web.addresses, challenge_place(BUSINESS)
        stored = [keys.stored(BUSINESS, Address.known(address), place) for address in addresses]
        rows = [{"business_id": BUSINESS, "index": one.index, "cipher": one.cipher} for one in stored]
        async with self.sign_in.worker.all_tenants() as tx:
            await tx.run_each(sql, rows)


def _customer(number: int, address: str) -> CustomerRevised:
    email, phone = (address, None) if "@" in address else (None, address)
    ids = {"business_id": BUSINESS, "customer_id": f"cu-{number}"}
    contact = Contact(contact_id="co-1", name="Hanako", email=email, phone=phone)
    return as_event(CustomerRevised, samples.customer(), **ids, locale=None, contacts=(contact,))


async def _timed(answering: Any) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = await answering
    return answer, time.perf_counter() - began


def _without(address: str, answer: httpx.Response) -> object:
    cookies = [_shape(value) for value in answer.headers.get_list("set-cookie")]
    headers = [pair for pair in answer.headers.multi_items() if pair[0] != "set-cookie"]
    return answer.status_code, headers, cookies, answer.text.replace(address, "THE ADDRESS")


def _shape(cookie: str) -> tuple[str, int, str]:
    name, _, rest = cookie.partition("=")
    value, _, attributes = rest.partition(";")
    return name, len(value), attributes


@contextmanager
def _statements(*contexts: ServiceContext[Any]) -> Generator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engines = [one.database.engine.sync_engine for one in contexts]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
