"""After the payment page: on its way, paid, being checked, not charged. One layout, so that nothing jumps."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicehub_events import Message, Payment

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.html import web_link
from portal_read.pages.invoice_item import title_of
from portal_read.pages.language import Language, language_of
from portal_read.pages.methods import method_name
from portal_read.pages.paper_offers import paper_offers
from portal_read.pages.payment_outcome import CAN_PAY_AGAIN, PaymentOutcome, payment_outcome
from portal_read.pages.shell import page
from portal_read.pages.tips import tip_in

_REFRESH_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """What of the payment goes to one invoice; no `amount` while the payment itself is not known here."""

    url: str
    number: str
    title: str
    note: str
    amount: str | None


@dataclass(frozen=True, slots=True)
class Go:
    """The page's one filled button."""

    url: str
    label: str
    outside: bool = False


def result(
    ctx: PageContext,
    payment: Payment | None,
    invoices: Sequence[InvoiceView],
    came_back: bool,
    messages: Sequence[Message] = (),
) -> str:
    """`invoices` are those the payment is for, `messages` those about it.

    `payment` is None while it is unknown here; then, and while it is only begun, `came_back` says whether
    this browser has just paid it.
    """
    language = language_of(ctx)
    outcome = payment_outcome(ctx, language, payment, came_back, messages)
    return page(
        ctx,
        "result.html",
        outcome.heading,
        here="invoices",
        refresh=_REFRESH_SECONDS if outcome.state == "confirming" else None,
        outcome=outcome,
        amount=amount_of(language, payment, outcome) if payment else None,
        tip=tip_in(language, payment) if payment else "",
        detail=_detail(language, payment) if payment and outcome.state == "paid" else (),
        parts_paid=[_part(ctx, language, view, payment) for view in invoices],
        papers=paper_offers(ctx, language, payment, invoices),
        go=_go(ctx, language, outcome, payment, invoices),
    )


def amount_of(language: Language, payment: Payment, outcome: PaymentOutcome) -> str:
    """What was really taken, while that is being checked; else what the payment counts."""
    if outcome.state == "checked" and payment.taken:
        return language.format.money(payment.taken.amount, payment.taken.currency)
    return language.format.money(payment.charged, payment.currency)


def _detail(language: Language, payment: Payment) -> Sequence[str]:
    """November 20, 2026, 10:44 AM · Visa ending 4242."""
    when = language.format.full_stamp(payment.occurred_at)
    return [text for text in (when, method_name(language.words, payment.method)) if text]


def _part(ctx: PageContext, language: Language, view: InvoiceView, payment: Payment | None) -> Part:
    invoice, show = view.invoice, language.format
    share = sum(
        part.amount
        for part in (payment.allocations if payment else ())
        if part.invoice_id == invoice.invoice_id
    )
    return Part(
        url=ctx.invoice_url(invoice.invoice_id),
        number=invoice.number,
        title=title_of(language, invoice),
        note=_left(language, view),
        amount=show.money(share, payment.currency) if payment else None,
    )


def _left(language: Language, view: InvoiceView) -> str:
    """What is left of the invoice as things stand; nothing is said of it while money is on its way."""
    say, show, money = language.words.gettext, language.format, view.money
    if money.amount_due == 0:
        return say("nothing left to pay")
    if money.payable == 0:
        return ""
    amount = show.money(money.amount_due, money.currency)
    return say("left {amount}, due {date}", amount=amount, date=show.in_year(money.due_on, language.today))


def _go(
    ctx: PageContext,
    language: Language,
    outcome: PaymentOutcome,
    payment: Payment | None,
    invoices: Sequence[InvoiceView],
) -> Go | None:
    say = language.words.gettext
    voucher = web_link(payment.instructions_url) if payment and outcome.state == "voucher" else None
    if voucher:
        return Go(voucher, say("Show how to pay at the konbini"), outside=True)
    payable = [view.invoice.invoice_id for view in invoices if view.money.payable > 0]
    if outcome.state in CAN_PAY_AGAIN and ctx.may_pay and payable:
        goes_on = outcome.state in ("unfinished", "called_off")
        label = say("Continue to payment") if goes_on else say("Try again")
        return Go(ctx.pay_url(payable), label)
    if outcome.state in ("confirming", "processing"):
        return None  # nothing to do but to wait
    return Go(ctx.home, say("Go to my home page"))
