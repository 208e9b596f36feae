"""An invoice as the pages show it in a list: what for, how much, and its state in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from servicehub_events import Payment

from portal_read.pages.autopay_tag import autopay_tag
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language
from portal_read.pages.site_labels import site_label, tells_sites_apart
from portal_read.pages.tags import MONEY_TAGS, Tag, spoken
from portal_read.pages.titles import says_its_day, title_of
from portal_read.pages.vouchers import voucher_of

_OWED = frozenset({"due", "partly_paid"})


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """`amount` is what the reader wants to see first: what is left, or what was paid in the end.

    `site` is set where it tells invoices apart, `issued` where the title names no day.
    """

    id: str
    url: str
    number: str
    title: str
    site: str | None
    issued: str | None
    amount: str
    total: str
    of_total: bool
    unpaid: bool
    tags: Sequence[Tag]


def invoice_items(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> list[InvoiceItem]:
    """Rows that stand together: each names its place where there are several."""
    several = tells_sites_apart(ctx, (view.invoice.site for view in views))
    return [invoice_item(ctx, language, view, several=several) for view in views]


def invoice_item(
    ctx: PageContext, language: Language, view: InvoiceView, *, several: bool = False
) -> InvoiceItem:
    invoice, money = view.invoice, view.money
    issued = None if says_its_day(invoice) else language.format.in_year(invoice.issued_on, language.today)
    unpaid = money.amount_due > 0
    amount = money.amount_due if unpaid else _settled_amount(view)
    return InvoiceItem(
        id=invoice.invoice_id,
        url=ctx.invoice_url(invoice.invoice_id),
        number=invoice.number,
        title=title_of(language, invoice),
        site=site_label(ctx, invoice.site) if several else None,
        issued=issued,
        amount=language.format.money(amount, invoice.currency),
        total=language.format.money(invoice.total, invoice.currency),
        of_total=amount != invoice.total and money.state not in ("void", "uncollectible"),
        unpaid=unpaid,
        tags=_with_autopay(ctx, language, view, tags_of(language, view)),
    )


def _with_autopay(
    ctx: PageContext, language: Language, view: InvoiceView, tags: Sequence[Tag]
) -> Sequence[Tag]:
    """The state stays the last of them."""
    autopay = autopay_tag(ctx, language, view)
    return (autopay, *tags) if autopay else tags


def _settled_amount(view: InvoiceView) -> int:
    if view.money.state in ("void", "uncollectible"):
        return 0
    return max(0, min(view.money.received - view.money.refunded, view.money.asked))


def is_overdue(view: InvoiceView, today: date) -> bool:
    return view.money.payable > 0 and view.money.overdue(today)


def tags_of(language: Language, view: InvoiceView) -> Sequence[Tag]:
    """The state first; what is owed also says until when, what is part paid says so beside it."""
    state = view.money.state
    tag = spoken(MONEY_TAGS[state], language.words)
    if state in _OWED:
        urgent = _deadline(language, view)
        return (urgent, tag) if state == "partly_paid" else (urgent,)
    return (replace(tag, word=_detailed(language, view) or tag.word),)


def _deadline(language: Language, view: InvoiceView) -> Tag:
    say, show, invoice = language.words.gettext, language.format, view.invoice
    missing, due_on = view.money.deposit_due, show.in_year(invoice.due_on, language.today)
    if is_overdue(view, language.today):
        return Tag("alert", say("Overdue since {date}", date=due_on), "bad")
    if missing and invoice.deposit:
        amount, by = (
            show.money(missing, invoice.currency),
            show.in_year(invoice.deposit.due_on, language.today),
        )
        if view.money.deposit_overdue(language.today):
            return Tag(
                "alert", say("Deposit of {amount} overdue since {date}", amount=amount, date=by), "bad"
            )
        return Tag("clock", say("Deposit of {amount} due {date}", amount=amount, date=by), "warn")
    return Tag("clock", say("Due {date}", date=due_on), "warn")


def _detailed(language: Language, view: InvoiceView) -> str | None:
    say, show, money, currency = language.words.gettext, language.format, view.money, view.invoice.currency
    if money.state == "processing":
        return _processing(language, view.payments)
    if money.state == "paid" and (day := paid_on(language, view)):
        return say("Paid {date}", date=show.in_year(day, language.today))
    if money.state == "overpaid":
        return say("Paid, credit of {amount}", amount=show.money(money.credit, currency))
    if money.state == "partly_refunded":
        return say("Part refunded, {amount}", amount=show.money(money.given_back, currency))
    return None


def _processing(language: Language, payments: Sequence[Payment]) -> str | None:
    """A konbini voucher is for the payer to pay: it shows until when."""
    voucher = voucher_of(payments)
    if voucher is None or voucher.expires_at is None:
        return None
    return language.words.gettext(
        "Pay at the konbini by {date}", date=language.format.stamp(voucher.expires_at)
    )


def paid_on(language: Language, view: InvoiceView) -> date | None:
    """The day the last money arrived."""
    days = [entry.received_on for entry in view.invoice.recorded_payments if entry.portal_payment_id is None]
    days += [
        payment.occurred_at.astimezone(language.format.zone).date()
        for payment in view.payments
        if payment.status == "captured" and payment.review is None
    ]
    return max(days, default=None)
