"""A billing service on a real database, with a processor in memory and a clock that stands still."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from billing import attempts, queries
from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.commands import Payer, StartCheckout
from billing.context import Context
from billing.domain.choices import Choice
from billing.handlers.starting import ToPay, ToSee, start_checkout
from billing.reactions import learn
from billing.settings import Settings
from chassis.clock import new_id
from chassis.crypto import FieldCipher
from chassis.db import Database
from chassis.dead_letters import RawRecord
from chassis.reading import Received
from chassis.settings import Secret, load
from chassis.store import EventStore
from local_stack.servers.databases import DatabaseUrls
from servicehub_events import (
    Business,
    CustomerRegistered,
    Envelope,
    Event,
    Invoice,
    InvoiceIssued,
    Payment,
    PortalEnabled,
    as_event,
    topic_of,
)
from servicehub_events.testing import samples
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .fake_processor import FakeProcessor

CUSTOMER = as_event(CustomerRegistered, samples.customer())
CONTACT = CUSTOMER.contacts[0].contact_id
BUSINESS = as_event(PortalEnabled, samples.business(), stripe_account="acct_1")
WEBHOOK_SECRET = "whsec_" + secrets.token_hex(20)


def key() -> str:
    """A key ring of one random key."""
    return "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


SETTINGS = {
    "PORTAL_PROFILE": "local",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/billing",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "DEAD_LETTER_KEYS": key(),
    "STRIPE_SECRET_KEY": "sk_test_" + secrets.token_hex(20),
    "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    "SESSION_PUBLIC_KEYS": key(),
    "FLASH_KEYS": key(),
    "FIELD_KEYS": key(),
}
"""The environment of a billing process without servers."""


def received(event: Event, sequence: int = 1) -> Received:
    """An event as a consumer hears it."""
    topic = topic_of(type(event))
    envelope = Envelope(
        event=event, id=new_id(), source=topic.source, time=samples.session().issued_at, sequence=sequence
    )
    return Received(topic.name, 0, 0, envelope, RawRecord(envelope.key, (), b""))


def invoice(invoice_id: str, **changes: object) -> Invoice:
    """An open invoice of the customer; its total is that of the sample."""
    return as_event(InvoiceIssued, samples.invoice(), invoice_id=invoice_id, recorded_payments=(), **changes)


@dataclass
class World:
    """`web` and `worker` are the same service in the two roles it runs in."""

    urls: DatabaseUrls
    processor: FakeProcessor = field(default_factory=FakeProcessor)

    def __post_init__(self) -> None:
        self.now = self.processor.now
        self.web, self.worker = self._context(self.urls.web), self._context(self.urls.worker)

    async def close(self) -> None:
        """Give the connections back."""
        await self.web.database.close()
        await self.worker.database.close()

    async def hear(self, *events: Received) -> None:
        """The worker learns what others told."""
        async with self.worker.database.transaction() as connection:
            await learn(connection, events)

    async def know(self, *invoices: Invoice, business: Business = BUSINESS) -> None:
        """A business, its customer and these invoices."""
        await self.hear(received(business), received(CUSTOMER), *(received(one) for one in invoices))

    async def pay(self, *invoices: str, choice: Choice | None = None) -> ToPay | ToSee:
        """A payer's click. Raises what refuses it."""
        payer = Payer(BUSINESS, CUSTOMER.customer_id, CONTACT)
        command = StartCheckout(payer, sorted(invoices), choice or Choice("balance"), "en")
        return await start_checkout(self.web, command)

    async def payments(self, *invoices: str) -> Sequence[Payment]:
        """All payments on these invoices, as they are now."""
        async with self.worker.database.transaction() as connection:
            return await queries.payments_of(connection, BUSINESS.business_id, list(invoices))

    async def attempt(self, payment_id: str) -> attempts.Attempt:
        """The attempt of a payment."""
        async with self.worker.database.transaction() as connection:
            found = await attempts.find(connection, BUSINESS.business_id, payment_id)
        assert found is not None
        return found

    async def held(self) -> list[tuple[str, str]]:
        """Invoices and the payments that hold them."""
        return await self.rows("SELECT invoice_id, payment_id FROM claims WHERE held ORDER BY 1, 2")

    async def events(self) -> list[str]:
        """The types of all events, in the order of payments and versions."""
        found = await self.rows("SELECT type FROM events ORDER BY stream, version")
        return [str(kind).split(".")[1] for (kind,) in found]

    async def rows(self, query: str) -> list[tuple[str, ...]]:
        """Rows as the worker sees them."""
        async with self.worker.database.transaction() as connection:
            return [tuple(row) for row in await _run(connection, query)]

    def later(self, **spans: float) -> None:
        """Time passes."""
        self.now += timedelta(**spans)
        self.processor.now = self.now

    def _context(self, url: str) -> Context:
        settings = load(Settings, SETTINGS)
        return Context(
            settings=settings,
            database=Database(Secret(url), pool_size=5),
            store=EventStore(),
            processor=self.processor,
            notices=StripeWebhooks(settings.stripe_webhook_secrets),
            cipher=FieldCipher(settings.field_keys),
            clock=lambda: self.now,
            new_id=new_id,
        )


async def _run(connection: AsyncConnection, query: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await connection.execute(text(query))]
