"""Billing at the sandbox, as the life of some invoices needs it: what people do, and what must hold then.

What Stripe took is read from the sandbox's own books, never from what billing knows of it.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import msgspec
from billing import errors
from billing.adapters.stripe_cards import StripeCards
from billing.context import Context
from billing.domain.amounts import AmountChoice
from billing.handlers import check_accounts, reconcile
from billing.handlers.operate import ClearByHand, clear_by_hand, list_checked
from billing.handlers.receive_webhooks import handle_waiting
from billing.handlers.settle import settle
from billing.handlers.start_checkout import StartCheckout, ToPay, start_online
from chassis.clock import system_clock
from chassis.events_out import Origin
from chassis.identity import Viewer
from portal_testing.stack import Servers
from portal_testing.stack.stripe_sandbox import Refused
from servicehub_events import Business, Envelope, Invoice, Payment, PortalEnabled, as_event, invoice_money
from stand_in_stripe.objects import Json, plain
from stand_in_stripe.timekeeper import end_what_is_due

from .billing_world import BUSINESS, CONTACT, CUSTOMER, World
from .counters import ACCOUNT, OTHER, AtTheSandbox, at_the_sandbox, open_accounts
from .naive_money import Naive, Taking, naive_money

T = TypeVar("T")
ACCOUNTS: Final = (ACCOUNT, OTHER)
ENDED: Final = ("captured", "failed", "expired")


class Bench:
    """A database and a sandbox that many lives use, one after the other, and the loop that speaks to them."""

    def __init__(self, servers: Servers) -> None:
        self._runner = asyncio.Runner()
        self._ending = AsyncExitStack()
        self.world: World = self.run(self._ending.enter_async_context(World.fresh(servers)))
        self.stripe: AtTheSandbox = self.run(
            self._ending.enter_async_context(at_the_sandbox(clock=self.world.clock))
        )

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    def close(self) -> None:
        self.run(self._ending.aclose())
        self._runner.close()

    async def empty(self) -> None:
        """Nobody has asked for anything, and nobody has paid."""
        async with self.world.as_owner() as tx:
            names = await tx.all(
                "SELECT tablename FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
                _Table,
            )
            await tx.run(f"TRUNCATE {', '.join(name.tablename for name in names)}")
        sandbox = self.stripe.sandbox
        sandbox.books.db.execute("DELETE FROM objects")
        sandbox.faults.clear()
        open_accounts(sandbox)
        for ctx in (self.world.web, self.world.worker):
            ctx.standings.clear()


class _Table(msgspec.Struct, frozen=True):
    tablename: str


@dataclass(frozen=True)
class Page:
    """A Checkout Session in Stripe's books, with what was taken on it."""

    payment_id: str
    account: str
    session: Json
    charge: Json | None
    waits: bool

    @property
    def reference(self) -> str:
        return str(self.session["id"])


class Life:
    """One business, one customer, some invoices; from the first step to the last."""

    def __init__(self, bench: Bench) -> None:
        self.world, self.stripe = bench.world, bench.stripe
        self.business: Business = as_event(PortalEnabled, BUSINESS, stripe_account=ACCOUNT)
        self.invoices: dict[str, Invoice] = {}
        self.erased = False
        self.was_cut_off = False
        self.happened: list[str] = []
        self.unposted: list[bytes] = []
        self.posted: list[bytes] = []
        self._listened = 0

    async def begin(self) -> None:
        await self.world.apply(self.business, CUSTOMER)
        await self.pass_time(seconds=1)

    @property
    def web(self) -> Context:
        return self._at_stripe(self.world.web)

    @property
    def worker(self) -> Context:
        return self._at_stripe(self.world.worker)

    def _at_stripe(self, ctx: Context) -> Context:
        return replace(ctx, processor=self.stripe.processor, vaults=StripeCards(self.stripe.processor))

    # What ServiceHub tells
    async def tell(self, invoice: Invoice) -> None:
        """Nobody tells of what is erased."""
        if self.erased:
            return
        self.invoices[invoice.invoice_id] = invoice
        await self.world.apply(invoice)

    async def tell_business(self, **changes: object) -> None:
        self.business = as_event(PortalEnabled, self.business, **changes)
        await self.world.apply(self.business)

    # What a payer does
    async def click(
        self,
        invoices: Sequence[str],
        choice: AmountChoice,
        *,
        instead: bool = False,
        keep: bool = False,
        tip: int = 0,
    ) -> Payment | errors.PaymentRefused:
        payer = Viewer("signed_in", CUSTOMER.customer_id, CONTACT, roles=None)
        command = StartCheckout(
            self.business, payer, sorted(invoices), choice, "en", instead=instead, keep=keep, tip=tip
        )
        try:
            outcome = await start_online(self.web, command)
        except errors.PaymentRefused as refused:
            self.happened.append(f"click: {refused.code}")
            return refused
        self.happened.append(f"click: {type(outcome).__name__}")
        assert not isinstance(outcome, ToPay) or self.page_of(outcome.payment.payment_id).session["url"]
        return outcome.payment

    async def come_back(self, payment_id: str) -> None:
        session = await self.world.session(payment_id)
        try:
            await settle(self.web, session, Origin(f"contact:{CONTACT}"))
        except (errors.ProcessorDeclined, errors.ProcessorUnreachable):
            return

    async def attempt(self, name: str, what: Awaitable[object]) -> None:
        """Somebody does something at Stripe, which may refuse it."""
        try:
            await what
        except Refused:
            name = f"{name}: refused"
        self.happened.append(name)

    async def connect(self) -> None:
        """Every account is connected, again; what could not be asked is asked again within days."""
        for account in ACCOUNTS:
            await self.stripe.controls.account(account, "JP", "jpy")

    # Time, webhooks and the worker
    async def pass_time(self, **spans: float) -> None:
        """The clock never stands behind that of the database, which stamps some rows."""
        clock = self.world.clock
        clock.pass_time(**spans)
        clock.now = max(clock.now, system_clock())
        end_what_is_due(self.stripe.sandbox)
        self.listen()

    def listen(self) -> None:
        """What Stripe would post by now; nothing for an account that ended its connection."""
        news = "SELECT position, body FROM objects WHERE kind = 'event' AND position > ? ORDER BY position"
        for position, body in self.stripe.sandbox.books.db.execute(news, (self._listened,)):
            event: Json = msgspec.json.decode(body)
            self._listened = position
            if event["_delivery"]["state"] != "dropped":
                self.unposted.append(msgspec.json.encode(plain(event)))

    async def post(self, bodies: Sequence[bytes]) -> None:
        """Webhooks arrive, in this order, and the worker handles them."""
        self.posted += bodies
        for body in bodies:
            await self.world.posted(body)
        await self.pass_time()
        while await handle_waiting(self.worker):
            pass

    async def post_all(self) -> None:
        """Everything that was not posted yet arrives, and whatever follows from it."""
        while True:
            self.listen()
            news, self.unposted = self.unposted, []
            await self.post(news)
            await self.work(seconds=1)
            self.listen()
            if not self.unposted:
                return

    async def work(self, **later: float) -> None:
        """Time passes, and the worker does all that is due then."""
        await self.pass_time(**later)
        for step in (
            check_accounts.check_due_accounts,
            reconcile.check_due_sessions,
            reconcile.list_account_events,
            handle_waiting,
            reconcile.check_due_sessions,
        ):
            while await step(self.worker):
                pass
            await self.pass_time()

    # What Stripe's books hold
    def pages(self) -> list[Page]:
        return [self._page(owned.account, owned.object) for owned in self._newest("checkout.session")]

    def page_of(self, payment_id: str) -> Page:
        (page,) = (page for page in self.pages() if page.payment_id == payment_id)
        return page

    def of_charge(self, kind: str, charge: Json) -> list[Json]:
        """Its refunds, or its disputes."""
        return [one.object for one in self._newest(kind) if one.object["charge"] == charge["id"]]

    def _newest(self, kind: str) -> list[Any]:
        return self.stripe.sandbox.books.newest(None, kind)

    def _page(self, account: str, session: Json) -> Page:
        books = self.stripe.sandbox.books
        intent = books.find("payment_intent", session["payment_intent"] or "")
        charge = books.find("charge", intent.object["latest_charge"] or "") if intent else None
        paid = charge.object if charge and charge.object["paid"] else None
        asked = intent is not None and intent.object["status"] == "requires_action"
        waits = asked and session["status"] == "complete"  # else the payer is still on the page
        return Page(session["client_reference_id"], account, session, paid, waits)

    def takings(self, payments: dict[str, Payment]) -> list[Taking]:
        """What Stripe's books hold of each payment that billing has begun."""
        pages = {page.payment_id: page for page in self.pages()}
        return [self._taking(payment, pages.get(name)) for name, payment in payments.items()]

    def _taking(self, payment: Payment, page: Page | None) -> Taking:
        taking = Taking(
            payment_id=payment.payment_id,
            currency=payment.currency,
            parts={part.invoice_id: part.amount for part in payment.allocations},
        )
        if page is None:
            return taking
        taking.waits = page.waits and payment.status == "processing" and payment.review is None
        taking.checked = payment.review is not None and payment.review.reason == "account"
        if page.charge is None:
            return taking
        asked = sum(item["amount_total"] for item in page.session["_line_items"])
        taking.paid = payment.clearing is None or payment.clearing.decision == "accepted"
        taking.checked = page.charge["amount"] != asked and payment.clearing is None
        self._count_back(taking, payment, page.charge)
        return taking

    def _count_back(self, taking: Taking, payment: Payment, charge: Json) -> None:
        refunds, disputes = self.of_charge("refund", charge), self.of_charge("dispute", charge)
        waiting = [one for one in refunds if one["status"] in ("pending", "requires_action")]
        gone = [one for one in refunds if one["status"] == "succeeded"]
        lost = [one for one in disputes if _is_lost(one)]
        taking.disputed = any(one["status"] in ("needs_response", "under_review") for one in disputes)
        sums = [sum(one["amount"] for one in listed) for listed in (gone, waiting, lost)]
        if len(taking.parts) == 1 and not payment.tip:
            (name,) = taking.parts
            taking.refunded, taking.refunding, taking.lost = ({name: amount} for amount in sums)
            return
        split = [payment.refunds, payment.refunds_on_their_way()]
        taking.refunded, taking.refunding = (_by_invoice(listed) for listed in split)
        taking.lost = _by_invoice([one for one in payment.disputes if one.status == "lost"])
        if payment.status == "captured" and payment.review is None:
            split_sums = [taking.refunded, taking.refunding, taking.lost]
            tips = _of_tip(payment)
            assert [sum(parts.values()) + tip for parts, tip in zip(split_sums, tips, strict=True)] == sums

    async def published(self) -> dict[str, Payment]:
        """Each payment as whoever reads the log knows it; versions have no gap and say something new."""
        states: dict[str, Payment] = {}
        for envelope in await self.world.published():
            event = envelope.event
            if isinstance(event, Payment):
                _is_news(envelope, states.get(event.payment_id))
                states[event.payment_id] = event
        return states

    # What must hold
    async def check_claims(self) -> None:
        """No invoice can be paid on two pages that billing wants to be paid on."""
        payments = await self.published()
        wanted: dict[str, str] = {}
        for page in self.pages():
            payment = payments[page.payment_id]
            if not (page.session["status"] == "open" or page.waits):
                continue
            if payment.status not in ("started", "processing"):
                continue
            for part in payment.allocations:
                other = wanted.setdefault(part.invoice_id, page.payment_id)
                assert other == page.payment_id, f"{part.invoice_id} can be paid on two pages"

    async def check_money(self) -> None:
        """All is told: what pages say of each invoice is what Stripe's books and the rules say."""
        payments = await self.published()
        takings = self.takings(payments)
        for taking in takings:
            self._check_payment(payments[taking.payment_id], taking)
        if self.erased:
            return
        for invoice in self.invoices.values():
            money = invoice_money(invoice, payments.values())
            told = Naive(
                received=money.received,
                amount_due=money.amount_due,
                credit=money.credit,
                refunded=money.refunded,
                refunding=money.refunding,
                lost=money.lost,
                may_be_paid=money.payable > 0,
                headline=money.state,
            )
            assert told == naive_money(invoice, takings), invoice.invoice_id

    def _check_payment(self, payment: Payment, taking: Taking) -> None:
        page = next((page for page in self.pages() if page.payment_id == payment.payment_id), None)
        if taking.paid:
            assert payment.status == "captured", f"Stripe has money that billing calls {payment.status}"
            if page and page.charge and payment.taken is None and payment.review is None:
                for_invoices = page.charge["amount"] - _tip_in(page.session)
                assert payment.amount == for_invoices, "a tip is money of no invoice"
        else:
            assert payment.status != "captured", "billing counts money that Stripe does not have"
        if page and page.session["status"] == "open":
            assert payment.status == "started", f"a page can be paid on, and the payment is {payment.status}"
        if page and page.waits:
            called_off = payment.failure is not None and payment.failure.code == "called_off"
            assert payment.status == "processing" or called_off or payment.review

    async def clear_all(self) -> None:
        """An operator decides about whatever waits for one, as Stripe's books say."""
        for payment in await list_checked(self.worker):
            page = self.page_of(payment.payment_id)
            decision = "accepted" if page.charge else "released"
            command = ClearByHand(payment.payment_id, decision, "day shift", "looked")
            with suppress(errors.ClearingRefused):  # it was asked once more, and needs nobody
                await clear_by_hand(self.worker, command)

    async def check_ended(self) -> None:
        """Nothing is stuck: every payment has ended, or waits for an operator who is told of it."""
        checked = {payment.payment_id for payment in await list_checked(self.worker)}
        for payment in (await self.published()).values():
            assert payment.status in ENDED or payment.payment_id in checked, payment
        held = {payment_id for _, payment_id in await self.world.held()}
        assert held <= checked
        open_ones = await self.world.rows(
            "SELECT payment_id FROM checkout_sessions WHERE next_check_at IS NOT NULL"
        )
        assert open_ones == []
        waiting = await self.world.rows("SELECT event_id, kind FROM webhooks WHERE handled_at IS NULL")
        assert waiting == [] or self.was_cut_off


def _is_news(envelope: Envelope, before: Payment | None) -> None:
    event = envelope.event
    assert isinstance(event, Payment)
    if before is None:
        assert (envelope.sequence, event.status) == (1, "started")
    else:
        assert event != before, "an event that says nothing new"
    received = sum(part.amount for part in event.allocations)
    assert received == event.amount
    back = sum(refund.amount for refund in (*event.refunds, *event.refunds_on_their_way()))
    assert back <= event.amount, "more is given back than was paid"
    gone, going, _ = _of_tip(event)
    assert gone + going <= event.charged - event.amount, "more of a tip is given back than was given"
    if gone + going:
        assert back == event.amount or event.refund_attempts, "a tip goes back after the invoices"


def _of_tip(payment: Payment) -> tuple[int, int, int]:
    """What of the tip was given back, is on its way back, and was lost."""
    if payment.tip is None:
        return 0, 0, 0
    lost = sum(one.tip or 0 for one in payment.disputes if one.status == "lost")
    sums = {"succeeded": 0, "pending": 0, "requires_action": 0, "failed": 0, "canceled": 0}
    for refund in payment.tip.refunds:
        sums[refund.status] += refund.amount
    return sums["succeeded"], sums["pending"] + sums["requires_action"], lost


def _tip_in(session: Json) -> int:
    """What Stripe's page asked for beside the invoices."""
    return sum(item["amount_total"] for item in session["_line_items"] if item["description"] == "Tip")


def _is_lost(dispute: Json) -> bool:
    moved = [moved["amount"] for moved in dispute["balance_transactions"]]
    return dispute["status"] in ("lost", "prevented") and sum(moved) < 0


def _by_invoice(taken: Iterable[Any]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for one in taken:
        for share in one.allocations:
            parts[share.invoice_id] = parts.get(share.invoice_id, 0) + share.amount
    return parts
