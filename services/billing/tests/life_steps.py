"""What may happen to invoices, one function each: by ServiceHub, payer, business, bank and bad luck.

Where a step is impossible as things stand, nothing happens.
"""

from collections.abc import Callable, Coroutine, Mapping
from random import Random
from typing import Any, Final

from billing import errors
from billing.domain.amounts import AmountChoice, Pay
from msgspec.structs import replace
from servicehub_events import (
    CreditNote,
    CustomerErased,
    Deposit,
    Invoice,
    InvoiceErased,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceVoided,
    InvoiceWrittenOff,
    Line,
    PartialPayment,
    RecordedPayment,
    RecordedRefund,
    TaxGroup,
    Withholding,
    as_event,
)
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CUSTOMER
from .counters import ACCOUNT, OTHER
from .invoice_life import Life, Page

NAMES: Final = ("in-1", "in-2", "in-3")
AMOUNTS: Final = (40, 50, 99, 1_000, 5_000, 17_560, 40_000)
DAY: Final = samples.invoice().issued_on
CHANGES: Final[tuple[Mapping[str, object], ...]] = (
    {"memo": "Thank you."},
    {"number": "2026-0099"},
    {"deposit": Deposit(amount=100, due_on=DAY)},
    {"deposit": None},
    {"partial_payment": None},
    {"currency": "USD"},
    {"currency": "JPY"},
    {"withholdings": (Withholding(base=500, rate="10", amount=50),)},
)


# ServiceHub
async def issue(life: Life, dice: Random) -> None:
    if len(life.invoices) < len(NAMES):
        await life.tell(issued(NAMES[len(life.invoices)], dice.choice(AMOUNTS)))


async def reprice(life: Life, dice: Random) -> None:
    await life.tell(_revised(priced(_invoice(life, dice), dice.choice(AMOUNTS))))


async def revise(life: Life, dice: Random) -> None:
    await life.tell(_revised(replace(_invoice(life, dice), **dice.choice(CHANGES))))


async def void(life: Life, dice: Random) -> None:
    await life.tell(as_event(InvoiceVoided, _invoice(life, dice), status="void"))


async def write_off(life: Life, dice: Random) -> None:
    await life.tell(as_event(InvoiceWrittenOff, _invoice(life, dice), status="uncollectible"))


async def record_cash(life: Life, dice: Random) -> None:
    invoice = _invoice(life, dice)
    number = len(invoice.recorded_payments) + 1
    amount = dice.choice(AMOUNTS)
    back = (RecordedRefund(id=f"rr-{number}", amount=min(amount, 40), refunded_on=DAY),)
    entry = RecordedPayment(
        id=f"r-{number}",
        method="cash",
        amount=amount,
        received_on=DAY,
        refunds=back if dice.random() < 0.2 else (),
    )
    await _record(life, invoice, entry)


async def echo(life: Life, dice: Random) -> None:
    """ServiceHub writes a payment of the portal beside its cash: the same money, and not twice as much."""
    received = [payment for payment in (await life.published()).values() if payment.is_received()]
    if not received:
        return
    payment = dice.choice(received)
    part = dice.choice(payment.allocations)
    invoice = life.invoices[part.invoice_id]
    refunds = tuple(
        RecordedRefund(id=one.refund_id, amount=one.amount, refunded_on=DAY, portal_refund_id=one.refund_id)
        for one in payment.refunds
    )
    entry = RecordedPayment(
        id=f"r-{len(invoice.recorded_payments) + 1}",
        method="other",
        amount=part.amount,
        received_on=DAY,
        portal_payment_id=payment.payment_id,
        refunds=refunds,
    )
    await _record(life, invoice, entry)


async def credit(life: Life, dice: Random) -> None:
    invoice, amount = _invoice(life, dice), dice.choice((40, 1_000))
    if amount > invoice.total - sum(note.total for note in invoice.credit_notes):
        return
    number = len(invoice.credit_notes) + 1
    note = CreditNote(
        id=f"cn-{number}",
        number=f"CN-{number}",
        issued_on=DAY,
        lines=_lines(amount),
        tax_groups=(TaxGroup(rate="0", net=amount, tax=0),),
        total=amount,
    )
    await life.tell(_revised(replace(invoice, credit_notes=(*invoice.credit_notes, note))))


async def erase(life: Life, dice: Random) -> None:
    ids = {"business_id": BUSINESS.business_id, "customer_id": CUSTOMER.customer_id}
    invoices = [InvoiceErased(**ids, invoice_id=name) for name in life.invoices]
    await life.world.apply(*([CustomerErased(**ids)] if dice.random() < 0.5 else []), *invoices)
    life.erased = True


async def handle_surplus(life: Life, dice: Random) -> None:
    await life.tell_business(surplus_handling=dice.choice(("refund", "credit")))


async def change_account(life: Life, dice: Random) -> None:
    await life.tell_business(stripe_account=dice.choice((ACCOUNT, OTHER)))


# The payer
async def click(life: Life, dice: Random) -> None:
    pays: tuple[Pay, ...] = ("balance", "due", "deposit", "amount")
    pay = dice.choice(pays)
    choice = AmountChoice(pay, dice.choice(AMOUNTS) if pay == "amount" else None)
    await _click(life, dice, choice, instead=dice.random() < 0.5)


async def pay(life: Life, dice: Random) -> None:
    """The usual way: a click, the page, and back, or not."""
    await _click(life, dice, AmountChoice("balance"), instead=False)
    await at_the_page(life, dice)
    heard = dice.choice(("nothing", "return", "webhooks"))
    if heard == "return":
        await come_back(life, dice)
    elif heard == "webhooks":
        await all_webhooks(life, dice)


async def at_the_page(life: Life, dice: Random) -> None:
    page = _page(life, dice, lambda page: page.session["status"] == "open")
    if page is None:
        return
    controls, name = life.stripe.controls, page.reference
    how = dice.choice(("card", "card", "konbini", "konbini", "paypay", "declined", "more", "time", "kept"))
    match how:
        case "card":
            await life.attempt(how, controls.pay(name, save=True))
        case "declined":
            await life.attempt(how, controls.pay(name, card="4000000000000002"))
        case "more":
            await life.attempt(how, controls.pay(name, total=page.session["amount_total"] + 60))
        case "time":
            await life.attempt(how, controls.expire(name))
        case "kept":
            await life.attempt(how, controls.pay(name, kept=_kept_card(life, page)))
        case _:
            await life.attempt(how, controls.pay(name, method=how))
    if how == "paypay":
        await life.attempt("approve", controls.approve(name, approved=dice.random() < 0.7))


async def at_the_till(life: Life, dice: Random) -> None:
    if page := _page(life, dice, lambda page: page.waits):
        controls = life.stripe.controls
        how = dice.choice((controls.settle, controls.settle, controls.hold, controls.lapse))
        await life.attempt("at the till", how(page.reference))


async def come_back(life: Life, dice: Random) -> None:
    if payments := list(await life.published()):
        await life.come_back(dice.choice(payments))


# The business and the payer's bank
async def refund(life: Life, dice: Random) -> None:
    if page := _page(life, dice, lambda page: page.charge is not None):
        status = dice.choice(("succeeded", "pending", "requires_action"))
        part = dice.choice((None, 10, 50))
        await life.attempt("refund", life.stripe.controls.refund(page.reference, part, status=status))


async def end_refund(life: Life, dice: Random) -> None:
    if refunds := life.stripe.sandbox.books.newest(None, "refund"):
        controls = life.stripe.controls
        end = dice.choice((controls.settle_refund, controls.fail_refund))
        await life.attempt("end of a refund", end(dice.choice(refunds).object["id"]))


async def dispute(life: Life, dice: Random) -> None:
    page = _page(life, dice, lambda page: page.charge is not None)
    if page is None or page.charge is None:
        return
    controls, name = life.stripe.controls, page.reference
    how = dice.choice(("inquiry", "chargeback", "escalated", "won", "lost", "prevented"))
    match how:
        case "inquiry" | "chargeback":
            part = dice.choice((None, 10, 50))  # of what the payer has not got back yet
            await life.attempt(how, controls.dispute(name, part, warning=how == "inquiry"))
        case "escalated":
            await life.attempt(how, controls.escalate_dispute(name))
        case "prevented":
            await life.attempt(how, controls.prevent_dispute(name))
        case _:
            await life.attempt(how, controls.close_dispute(name, won=how == "won"))


async def disconnect(life: Life, dice: Random) -> None:
    account = dice.choice((ACCOUNT, OTHER))
    await life.attempt("disconnected", life.stripe.controls.disconnect(account))
    life.was_cut_off = True


async def connect(life: Life, _dice: Random) -> None:
    await life.connect()


async def lose_an_answer(life: Life, dice: Random) -> None:
    await life.stripe.controls.fault("checkout.sessions.create", dice.choice(("500", "commit-then-500")))


# How billing hears of it
async def some_webhooks(life: Life, dice: Random) -> None:
    """Some of those that were not posted yet, in any order, and one once more."""
    life.listen()
    dice.shuffle(life.unposted)
    many = dice.randint(1, 6)
    news, life.unposted = life.unposted[:many], life.unposted[many:]
    again = [dice.choice(life.posted)] if life.posted else []
    await life.post([*news, *again])


async def lose_webhooks(life: Life, _dice: Random) -> None:
    life.listen()
    life.unposted.clear()


async def all_webhooks(life: Life, _dice: Random) -> None:
    await life.post_all()


async def work(life: Life, dice: Random) -> None:
    await life.work(seconds=dice.choice((1, 31)))


async def hours(life: Life, _dice: Random) -> None:
    """No webhook, and the reconciler alone: then all is known, of every account that can be seen."""
    for later in (0.05, 1.1, 1.1):
        await life.work(hours=later)
    if not life.was_cut_off:
        await life.check_money()


_OFTEN = (
    pay,
    pay,
    pay,
    click,
    at_the_page,
    at_the_till,
    some_webhooks,
    refund,
    dispute,
    reprice,
    record_cash,
)
_SOMETIMES = (issue, come_back, all_webhooks, hours, end_refund, work, revise, credit, void, connect, echo)
_SELDOM = (lose_webhooks, change_account, handle_surplus, disconnect, lose_an_answer, write_off, erase)
STEPS: Final[tuple[Callable[[Life, Random], Coroutine[Any, Any, None]], ...]] = (
    *_OFTEN * 3,
    *_SOMETIMES * 2,
    *_SELDOM,
)
"""The oftener there, the likelier."""


def issued(name: str, total: int) -> Invoice:
    """An invoice that may be paid in parts, without tax."""
    plain = as_event(
        InvoiceIssued,
        samples.invoice(),
        invoice_id=name,
        recorded_payments=(),
        deposit=None,
        partial_payment=PartialPayment(allowed=True, minimum=50),
    )
    return priced(plain, total)


def priced(invoice: Invoice, total: int) -> Invoice:
    """The same at another price."""
    groups = (TaxGroup(rate="0", net=total, tax=0),)
    return replace(invoice, lines=_lines(total), discounts=(), tax_groups=groups, total=total)


def _lines(total: int) -> tuple[Line, ...]:
    return (Line(description="Cleaning", quantity="1", unit_price=total, amount=total, tax_rate="0"),)


def _invoice(life: Life, dice: Random) -> Invoice:
    return dice.choice(list(life.invoices.values()))


def _revised(newer: Invoice) -> Invoice:
    """One that was withdrawn stays so."""
    return as_event(InvoiceRevised, newer) if newer.status == "open" else newer


async def _record(life: Life, invoice: Invoice, entry: RecordedPayment) -> None:
    await life.tell(_revised(replace(invoice, recorded_payments=(*invoice.recorded_payments, entry))))


def _page(life: Life, dice: Random, fits: Callable[[Page], bool]) -> Page | None:
    """One of the newest that fit."""
    pages = [page for page in life.pages() if fits(page)]
    return dice.choice(pages[:3]) if pages else None


def _kept_card(life: Life, page: Page) -> str:
    methods = life.stripe.sandbox.books.newest(page.account, "payment_method")
    kept = [one.object["id"] for one in methods if one.object["customer"] == page.session["customer"]]
    return str(kept[0]) if kept else "pm_none"


async def _click(life: Life, dice: Random, choice: AmountChoice, *, instead: bool) -> None:
    if life.erased:
        return
    many = dice.choice((1, 1, 1, 2, 3))
    names = dice.sample(sorted(life.invoices), min(many, len(life.invoices)))
    keep, tip = dice.random() < 0.3, dice.choice((0, 0, 10, 50, 1_000))
    outcome: Any = await life.click(sorted(names), choice, instead=instead, keep=keep, tip=tip)
    assert not isinstance(outcome, errors.InProgress | errors.StillOpening)
    if isinstance(outcome, errors.NotOnline | errors.Unconfirmed):
        assert life.was_cut_off
