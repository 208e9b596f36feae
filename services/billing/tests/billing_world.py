"""A billing service on a real database, with a processor in memory and a clock that stands still."""

import asyncio
import base64
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.context import Context
from billing.domain.amounts import AmountChoice
from billing.handlers import receive_webhooks, reconcile
from billing.handlers.settle import read_payment, settle
from billing.handlers.start_checkout import StartCheckout, ToPay, ToSee, start_checkout
from billing.reactions import DOCUMENTS, IDENTITY
from billing.settings import Settings
from billing.store.checkout_sessions import CheckoutSession, find_session
from billing.store.invoices import list_payments
from chassis.clock import new_id
from chassis.database import Database
from chassis.encryption import FieldCipher
from chassis.events_in import react
from chassis.events_out import EventStore, Origin
from chassis.identity import SessionVerifier, Viewer
from chassis.settings import Secret, load
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from local_stack.servers.databases import DatabaseUrls
from servicehub_events import (
    Business,
    CustomerRegistered,
    Envelope,
    Event,
    Invoice,
    InvoiceIssued,
    InvoiceRevised,
    Payment,
    PortalEnabled,
    as_event,
    topic_of,
)
from servicehub_events_tools.testing import samples
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .fake_processor import FakeProcessor, go_on
from .postings import WEBHOOK_SECRET, signature

CUSTOMER = as_event(CustomerRegistered, samples.customer())
CONTACT = CUSTOMER.contacts[0].contact_id
BUSINESS = as_event(PortalEnabled, samples.business(), stripe_account="acct_1")


SESSION_KEY = Ed25519PrivateKey.generate()


def ring(key: bytes) -> str:
    """A key ring of one key."""
    return "k1:" + base64.urlsafe_b64encode(key).decode()


def key() -> str:
    """A key ring of one random key."""
    return ring(secrets.token_bytes(32))


SETTINGS = {
    "PORTAL_PROFILE": "local",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/billing",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "DEAD_LETTER_KEYS": key(),
    "STRIPE_SECRET_KEY": "sk_test_" + secrets.token_hex(20),
    "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    "SESSION_PUBLIC_KEYS": ring(SESSION_KEY.public_key().public_bytes_raw()),
    "COOKIE_SIGNING_KEYS": key(),
    "FIELD_ENCRYPTION_KEYS": key(),
}
"""The environment of a billing process without servers."""


def envelope(event: Event, sequence: int = 1) -> Envelope:
    """An event as a consumer reads it."""
    return Envelope(
        event=event,
        id=new_id(),
        source=topic_of(type(event)).source,
        time=samples.session().issued_at,
        sequence=sequence,
    )


def invoice(invoice_id: str, **changes: object) -> Invoice:
    """An open invoice of the customer; its total is that of the sample."""
    return as_event(InvoiceIssued, samples.invoice(), invoice_id=invoice_id, recorded_payments=(), **changes)


@dataclass
class World:
    """`web` and `worker` are the same service in the two roles it runs in.

    Its clock stands still where the database's was when the test began: some rows are stamped by that one.
    """

    urls: DatabaseUrls
    processor: FakeProcessor = field(default_factory=FakeProcessor)

    def __post_init__(self) -> None:
        self.now = self.processor.now = datetime.now(UTC)
        self.web, self.worker = (
            self.context_on(Database(Secret(url))) for url in (self.urls.web, self.urls.worker)
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self.web.database.close()
        await self.worker.database.close()

    async def receive(self, *batch: Envelope) -> None:
        """The worker applies what others published."""
        async with self.worker.all_tenants() as tx:
            for table in (IDENTITY, DOCUMENTS):
                await react(table, self.worker, tx, batch)

    async def know(self, *invoices: Invoice, business: Business = BUSINESS) -> None:
        """A business, its customer and these invoices."""
        await self.receive(
            envelope(business), envelope(CUSTOMER), *(envelope(invoice) for invoice in invoices)
        )

    async def revise(self, newer: Invoice, version: int = 2) -> None:
        """An invoice changes."""
        await self.receive(envelope(as_event(InvoiceRevised, newer), version))

    async def started(self, *invoices: str) -> Payment:
        """A payment of the whole balance, its page open."""
        outcome = await self.pay(*invoices)
        assert isinstance(outcome, ToPay)
        return outcome.payment

    async def come_back(self, payment_id: str) -> Payment:
        """The payer's browser returns from the page: it is asked."""
        session = await self.session(payment_id)
        return await settle(self.web, session, Origin(f"contact:{CONTACT}"))

    async def posted(self, body: bytes) -> None:
        """The processor posts a webhook, signed now."""
        await receive_webhooks.store_webhook(self.web, body, signature(body, self.now))

    @asynccontextmanager
    async def restarted(self) -> AsyncGenerator["World"]:
        """The same database and processor after this process was killed."""
        self.processor.hook = go_on
        other = World(self.urls, self.processor)
        yield other
        await other.close()

    async def work(self, **later: float) -> None:
        """Time passes, and the worker does all that is due then."""
        self.later(**later)
        await self.handle()
        for step in (reconcile.check_due_sessions, reconcile.list_account_events):
            while await step(self.worker):
                pass
        await self.handle()

    async def handle(self, *, workers: int = 1) -> None:
        """So many workers handle all webhooks that wait; the database's clock went on meanwhile."""
        self.later(seconds=max(0.0, (datetime.now(UTC) - self.now).total_seconds()))
        while any(
            await asyncio.gather(*(receive_webhooks.handle_waiting(self.worker) for _ in range(workers)))
        ):
            pass

    async def pay(self, *invoices: str, choice: AmountChoice | None = None) -> ToPay | ToSee:
        """A payer's click. Raises what refuses it."""
        payer = Viewer("signed_in", CUSTOMER.customer_id, CONTACT, roles=None)
        command = StartCheckout(BUSINESS, payer, sorted(invoices), choice or AmountChoice("balance"), "en")
        return await start_checkout(self.web, command)

    async def payments(self, *invoice_ids: str) -> Sequence[Payment]:
        """All payments on these invoices, as they are now."""
        async with self.worker.tenant(BUSINESS.business_id) as tx:
            return await list_payments(tx, invoice_ids)

    async def state(self, payment_id: str) -> Payment:
        """A payment as it is now."""
        return await read_payment(self.worker, await self.session(payment_id))

    async def session(self, payment_id: str) -> CheckoutSession:
        """The checkout session of a payment."""
        async with self.worker.tenant(BUSINESS.business_id) as tx:
            session = await find_session(tx, payment_id)
        assert session is not None
        return session

    async def held(self) -> list[tuple[str, str]]:
        """Invoices and the payments that hold them."""
        found = await self.rows("SELECT invoice_id, payment_id FROM claims WHERE held ORDER BY 1, 2")
        return [(invoice_id, payment_id) for invoice_id, payment_id in found]

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

    def _seconds(self) -> float:
        return self.now.timestamp()

    def context_on(self, database: Database) -> Context:
        """The service on a database, in the role that this one knows."""
        settings = load(Settings, SETTINGS)
        return Context(
            settings=settings,
            database=database,
            events=EventStore(),
            processor=self.processor,
            webhooks=StripeWebhooks(settings.stripe_webhook_secrets),
            cipher=FieldCipher(settings.field_encryption_keys),
            verifier=SessionVerifier(settings.session_public_keys, now=self._seconds),
            clock=lambda: self.now,
            new_id=new_id,
        )


async def _run(connection: AsyncConnection, query: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await connection.execute(text(query))]
