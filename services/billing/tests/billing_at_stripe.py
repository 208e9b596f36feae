"""Billing with Stripe's adapter in place of the processor in memory, and the sandbox behind it."""

from dataclasses import dataclass, replace

from billing.context import Context
from billing.domain.amounts import AmountChoice, OwedInvoice
from billing.handlers import check_accounts, reconcile
from billing.handlers.receive_webhooks import handle_waiting
from billing.handlers.settle import read_payment
from billing.handlers.start_checkout import StartCheckout, ToPay, start_checkout
from billing.store.invoices import list_owed
from chassis.identity import Viewer
from servicehub_events import Business, Payment, PortalEnabled, as_event

from .billing_world import BUSINESS, CONTACT, CUSTOMER, World
from .counters import ACCOUNT, AtTheSandbox

AT_STRIPE: Business = as_event(PortalEnabled, BUSINESS, stripe_account=ACCOUNT)


@dataclass
class AtStripe:
    """Billing's two processes, with Stripe's adapter in place of the processor in memory."""

    world: World
    stripe: AtTheSandbox

    @property
    def worker(self) -> Context:
        return replace(self.world.worker, processor=self.stripe.processor)

    async def started(self, invoice_id: str = "in-1", tip: int = 0) -> Payment:
        payer = Viewer("signed_in", CUSTOMER.customer_id, CONTACT, roles=None)
        command = StartCheckout(AT_STRIPE, payer, [invoice_id], AmountChoice("balance"), "en", tip=tip)
        outcome = await start_checkout(replace(self.world.web, processor=self.stripe.processor), command)
        assert isinstance(outcome, ToPay)
        return outcome.payment

    async def owed(self, *invoices: str) -> list[OwedInvoice]:
        """These invoices with their money, as billing counts it."""
        async with self.worker.tenant(AT_STRIPE.business_id) as tx:
            return await list_owed(tx, CUSTOMER.customer_id, invoices)

    async def page_of(self, payment: Payment) -> str:
        return (await self.world.session(payment.payment_id)).reference or ""

    async def work(self, **later: float) -> None:
        """Time passes; the reconciler asks, and what it found is handled."""
        self.world.clock.pass_time(**later)
        for step in (
            check_accounts.check_due_accounts,
            reconcile.list_account_events,
            handle_waiting,
            reconcile.check_due_sessions,
        ):
            while await step(self.worker):
                pass

    async def may_be_charged(self) -> bool:
        """What a page is told before it shows a way to pay."""
        return await check_accounts.can_charge(
            replace(self.world.web, processor=self.stripe.processor), AT_STRIPE
        )

    async def state(self, payment: Payment) -> Payment:
        return await read_payment(self.worker, await self.world.session(payment.payment_id))
