"""A database of the notifier's, senders that do as told, and a clock that is moved by hand."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from chassis.clock import new_id
from chassis.database.database import Database
from chassis.encryption import FieldCipher
from chassis.events_in.records import Received
from chassis.settings.keys import KeyRing
from code_samples import NOW, PRIVATE
from notifier.code_writer import CodeWriter
from notifier.delivery import Courier
from notifier.delivery_loop import DeliveryLoop
from notifier.domain import SIGN_IN_CODE
from notifier.news.writer import KINDS, NewsWriter
from notifier.people import People
from notifier.ports import Sms
from notifier.reactions import CodeRequests, learn
from sqlalchemy import text

ORIGIN = "https://portal.example.com"
PEOPLE = People(FieldCipher(KeyRing("f1", {"f1": secrets.token_bytes(32)})))


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


@dataclass
class World:
    """A database, fake senders, and a clock that is moved by hand."""

    database: Database
    mail: FakeMail = field(default_factory=FakeMail)
    sms: FakeSms = field(default_factory=FakeSms)
    now: datetime = NOW

    def loop(self, at_once: int = 16) -> DeliveryLoop:
        courier = Courier(
            database=self.database,
            writers={
                SIGN_IN_CODE: CodeWriter(PRIVATE, ORIGIN, "portal.example.com", self.clock),
                **dict.fromkeys(KINDS, NewsWriter(self.database, PEOPLE, ORIGIN, self.clock)),
            },
            mail=self.mail,
            sms=self.sms,
            sender="no-reply@example.com",
            clock=self.clock,
            new_id=new_id,
            jitter=lambda: 1.0,
        )
        return DeliveryLoop(courier, self.database, self.clock, at_once=at_once)

    async def hear(self, *events: Received) -> None:
        async with self.database.transaction() as connection:
            await CodeRequests(PRIVATE, self.clock).apply(connection, events)

    async def learn(self, *events: Received) -> None:
        """Businesses, customers and preferences."""
        async with self.database.transaction() as connection:
            await learn(PEOPLE, connection, events)

    def clock(self) -> datetime:
        return self.now

    async def deliver(self, later: float = 0) -> int:
        """Let `later` seconds pass, then deliver all that is due; gives back how many jobs were claimed."""
        self.now += timedelta(seconds=later)
        loop = self.loop()
        claimed = await loop.step()
        await loop.idle()
        return claimed

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        async with self.database.transaction() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def outcomes(self) -> list[tuple[object, ...]]:
        """Type and error of every event told, in order."""
        return await self.rows(
            "SELECT (SELECT h ->> 1 FROM jsonb_array_elements(headers) AS h WHERE h ->> 0 = 'ce_type'),"
            " convert_from(value, 'UTF8')::jsonb ->> 'error' FROM outbox ORDER BY position"
        )
