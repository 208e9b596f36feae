"""Billing in the world of all services: a processor in memory, and what payers and the worker do."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.context import Context
from billing.domain.amounts import AmountChoice
from billing.handlers import check_accounts, receive_webhooks, reconcile, upkeep
from billing.handlers.erase_vaults import erase_due_vault
from billing.handlers.pay_automatically import pay_automatically
from billing.handlers.settle import read_payment, settle
from billing.handlers.start_checkout import StartCheckout, ToPay, ToSee, start_checkout
from billing.reactions import DOCUMENTS, IDENTITY
from billing.service import SERVICE
from billing.settings import Settings
from billing.store.checkout_sessions import CheckoutSession, find_session
from billing.store.invoices import list_payments
from chassis.clock import system_clock
from chassis.database import Database
from chassis.encryption import FieldCipher
from chassis.events_in import Reactions
from chassis.events_out import EventStore, Origin
from chassis.identity import SessionUses, SessionVerifier, Viewer
from chassis.identity.ended_sessions import EndedSessions
from chassis.web import Integrations, RequestLimit
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from portal_testing import world as testing
from portal_testing.identity.fake_session_ends import FakeSessionEnds
from portal_testing.stack import Servers
from servicehub_events import (
    Business,
    CustomerRegistered,
    Invoice,
    InvoiceIssued,
    InvoiceRevised,
    Payment,
    PortalEnabled,
    Tips,
    as_event,
)
from servicehub_events_tools.testing import samples

from .fake_charges import FakeCharges
from .fake_processor import FakeProcessor, go_on
from .fake_vaults import FakeVaults
from .postings import WEBHOOK_SECRET, signature

CUSTOMER = as_event(CustomerRegistered, samples.customer())
CONTACT = CUSTOMER.contacts[0].contact_id
BUSINESS = as_event(PortalEnabled, samples.business(), stripe_account="acct_1", tips=Tips())
REACTIONS: Reactions[Context] = {**IDENTITY, **DOCUMENTS}


def invoice(invoice_id: str, **changes: object) -> Invoice:
    """An open invoice of the customer; its total is that of the sample."""
    return as_event(InvoiceIssued, samples.invoice(), invoice_id=invoice_id, recorded_payments=(), **changes)


class World(testing.World[Settings, Context]):
    """Billing, at a processor in memory.

    Its clock stands still where the database's was when the test began: some rows are stamped by that one.
    """

    service = SERVICE
    reactions = REACTIONS

    def __init__(
        self, servers: Servers, urls: DatabaseUrls, processor: FakeProcessor | None = None, **settings: object
    ) -> None:
        self.processor = processor or FakeProcessor()
        self.vaults, self.session_ends = FakeVaults(), FakeSessionEnds()
        self.charges = FakeCharges(self.processor)
        super().__init__(servers, urls, **settings)
        self.processor.clock = self.clock

    async def begin(self) -> None:
        """The web process knows who signed out."""
        await self.web.ended_sessions.read()

    def environment(self, process: Process) -> dict[str, str]:
        """With the secret of the webhooks that tests post, and the pace of production."""
        ours = {"STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET, "RECONCILE_SECONDS": "30"}
        return {**super().environment(process), **ours}

    def build(self, settings: Settings) -> Context:
        """The service, with the processor in memory, and sign-in too."""
        ended_sessions = EndedSessions(
            settings.auth_otp_url,
            settings.auth_otp_keys,
            self.clock,
            caller="billing",
            transport=self.session_ends,
        )
        return Context(
            settings=settings,
            database=Database(settings.database_url),
            events=EventStore(),
            processor=self.processor,
            vaults=self.vaults,
            charges=self.charges,
            webhooks=StripeWebhooks(settings.stripe_webhook_secrets),
            cipher=FieldCipher(settings.field_encryption_keys),
            ended_sessions=ended_sessions,
            verifier=SessionVerifier(
                settings.session_public_keys,
                SessionUses(settings.cookie_signing_keys),
                self.clock.seconds,
                ended=ended_sessions,
            ),
            integrations=Integrations(
                settings.integration_keys, trusted_hops=settings.trusted_proxy_hops, clock=self.clock
            ),
            link_posts=RequestLimit(self.clock, settings.pay_link_posts_per_minute, timedelta(minutes=1)),
            clock=self.clock,
        )

    @asynccontextmanager
    async def restarted(self) -> AsyncGenerator["World"]:
        """The same database and processor after this process was killed."""
        self.processor.hook = go_on
        async with aclosing(World(self.servers, self.urls, self.processor)) as other:
            yield other

    async def know(self, *invoices: Invoice, business: Business = BUSINESS) -> None:
        """A business, its customer and these invoices."""
        await self.apply(business, CUSTOMER, *invoices)

    async def revise(self, newer: Invoice, version: int | None = None) -> None:
        """An invoice changes."""
        await self.apply(as_event(InvoiceRevised, newer), version=version)

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
        await receive_webhooks.store_webhook(self.web, body, signature(body, self.clock.now))

    async def work(self, **later: float) -> None:
        """Time passes, and the worker does all that is due then."""
        self.clock.pass_time(**later)
        await self.handle()
        for step in (
            reconcile.check_due_sessions,
            reconcile.list_account_events,
            check_accounts.check_due_accounts,
            erase_due_vault,
            pay_automatically,
        ):
            while await step(self.worker):
                pass
        await self.handle()

    async def keep_up(self, **later: float) -> None:
        """Time passes, and the worker keeps up and does what is due then."""
        self.clock.pass_time(**later)
        await upkeep.keep_up(self.worker)
        await self.work()

    async def handle(self, *, workers: int = 1) -> None:
        """So many workers handle all webhooks that wait; the database's clock went on meanwhile."""
        self.clock.now = max(self.clock.now, system_clock())
        while any(
            await asyncio.gather(*(receive_webhooks.handle_waiting(self.worker) for _ in range(workers)))
        ):
            pass

    async def pay(
        self,
        *invoices: str,
        choice: AmountChoice | None = None,
        business: Business = BUSINESS,
        instead: bool = False,
        tip: int = 0,
    ) -> ToPay | ToSee:
        """A payer's click. Raises what refuses it."""
        payer = Viewer("signed_in", CUSTOMER.customer_id, CONTACT, roles=None)
        choice = choice or AmountChoice("balance")
        command = StartCheckout(business, payer, sorted(invoices), choice, "en", instead=instead, tip=tip)
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
        rows = await self.rows("SELECT invoice_id, payment_id FROM claims WHERE held ORDER BY 1, 2")
        return [(str(invoice_id), str(payment_id)) for invoice_id, payment_id in rows]

    async def events(self) -> list[str]:
        """The types of all events, in the order of payments and versions."""
        rows = await self.rows("SELECT type FROM events ORDER BY stream, version")
        return [str(kind).split(".")[1] for (kind,) in rows]
