"""A database of the notifier's, senders that do as told, and a clock that is moved by hand."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TypeVar

from chassis.database import Database
from chassis.encryption import FieldCipher
from chassis.events_in import react
from chassis.events_out import EventStore
from chassis.settings import KeyRing, Secret, load
from code_samples import NOW, SETTINGS
from local_stack.servers.databases import DatabaseUrls
from msgspec.structs import replace
from notifier.context import Context
from notifier.delivery_queue import DeliveryQueue
from notifier.domain.delivery import Sms
from notifier.errors import SignInCodeExpired
from notifier.handlers.accept_code import AcceptCode, accept_code
from notifier.reactions import IDENTITY
from notifier.settings import Settings
from servicehub_events import Envelope
from sqlalchemy import text

CIPHER = FieldCipher(KeyRing("f1", {"f1": secrets.token_bytes(32)}))


@dataclass
class FakeMail:
    """Takes every mail, after raising what it was told to.

    A mail to an address in `hold` waits there for that event, and sets `held` when it begins to.
    """

    held: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[tuple[str, EmailMessage]] = field(default_factory=list[tuple[str, EmailMessage]])
    errors: list[Exception] = field(default_factory=list[Exception])
    hold: Mapping[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    async def send(self, mail: EmailMessage, to: str) -> str | None:
        if to in self.hold:
            release = self.hold[to]
            self.held.set()
            await release.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((to, mail))
        return None


@dataclass
class FakeSms:
    """Takes every text message, after raising what it was told to."""

    sent: list[Sms] = field(default_factory=list[Sms])
    errors: list[Exception] = field(default_factory=list[Exception])

    async def send(self, sms: Sms) -> str | None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(sms)
        return "SM1"

    async def close(self) -> None: ...


W = TypeVar("W", bound="World")


@dataclass
class World:
    """A database as its two roles see it, fake senders, and a clock that is moved by hand."""

    database: Database
    web: Database
    mail: FakeMail = field(default_factory=FakeMail)
    sms: FakeSms = field(default_factory=FakeSms)
    now: datetime = NOW

    def context(self, at_once: int = 16, database: Database | None = None) -> Context:
        return Context(
            settings=replace(load(Settings, SETTINGS), deliveries_at_once=at_once),
            database=database or self.database,
            events=EventStore(),
            clock=self.clock,
            mail=self.mail,
            sms=self.sms,
            cipher=CIPHER,
            jitter=lambda: 1.0,
        )

    def queue(self, at_once: int = 16) -> DeliveryQueue:
        return DeliveryQueue(self.context(at_once))

    async def hand_over(self, *codes: AcceptCode) -> None:
        """What happens to codes that auth-otp wants to be sent."""
        for code in codes:
            with suppress(SignInCodeExpired):  # auth-otp drops it then
                await accept_code(self.context(database=self.web), code)

    async def react(self, *envelopes: Envelope) -> None:
        """What the consumer does with businesses, customers and preferences."""
        ctx = self.context()
        async with ctx.all_tenants() as tx:
            await react(IDENTITY, ctx, tx, envelopes)

    def clock(self) -> datetime:
        return self.now

    async def deliver(self, later: float = 0) -> int:
        """Let `later` seconds pass, then deliver all that is due; how many deliveries were claimed."""
        self.now += timedelta(seconds=later)
        queue = self.queue()
        claimed = await queue.step()
        await queue.idle()
        return claimed

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        async with self.database.transaction() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def outcomes(self) -> list[tuple[object, ...]]:
        """Type and error of every event published, in order."""
        return await self.rows(
            "SELECT (SELECT h ->> 1 FROM jsonb_array_elements(headers) AS h WHERE h ->> 0 = 'ce_type'),"
            " convert_from(value, 'UTF8')::jsonb ->> 'error' FROM outbox ORDER BY position"
        )


@asynccontextmanager
async def opened(kind: type[W], urls: DatabaseUrls) -> AsyncGenerator[W]:
    """A world on a database."""
    worker, web = Database(Secret(urls.worker)), Database(Secret(urls.web))
    yield kind(worker, web)
    await worker.close()
    await web.close()
