"""The due panel: the one raised thing on a page, what is to be paid now and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from servicehub_events import Payment

from portal_read.pages.autopay_tag import autopay_tag
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_item import is_overdue, voucher_of
from portal_read.pages.language import Language
from portal_read.pages.pay_forms import PayButton, pay_button, why_not_online
from portal_read.pages.site_labels import site_label, tells_sites_apart
from portal_read.pages.titles import title_of

_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class DueLine:
    """What is due of one invoice: the work and its place, which part of it, by when."""

    url: str
    label: str
    site: str | None
    notes: Sequence[str]
    when: str
    late: bool
    amount: str


@dataclass(frozen=True, slots=True)
class WaitingVoucher:
    """Money that the customer still has to carry to a konbini: how much, until when, and how."""

    amount: str
    by: str
    what_for: str
    url: str


@dataclass(frozen=True, slots=True)
class FurtherLines:
    """The lines that are not shown, in one."""

    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class DuePanel:
    """`amounts` has one sum per currency, none when nothing is due now.

    `buttons` has one each where the contact can pay here, else none; several can be chosen among at
    `choose_url`.
    """

    amounts: Sequence[str]
    buttons: Sequence[PayButton]
    lines: Sequence[DueLine]
    further: FurtherLines | None
    choose_url: str | None
    why_not_online: str | None
    overdue: str | None
    first_due: str | None
    vouchers: Sequence[WaitingVoucher]
    processing: str | None
    last_payment: str | None
    as_of: str | None
    as_of_iso: str | None


def due_panel(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> DuePanel:
    """Counts what may be paid now: a deposit while it is missing, else the whole rest.

    Money on its way is left out of the sum at once, so that nobody pays it twice.
    """
    payable = sorted(
        (v for v in views if v.money.payable > 0), key=lambda v: (_due_on(v, language), v.invoice.number)
    )
    groups, vouchers = by_currency(payable), _vouchers_of(language, views)
    return DuePanel(
        amounts=sums_due(language, payable),
        buttons=_buttons(ctx, language, groups),
        lines=due_lines(ctx, language, payable[:_LINES]),
        further=further_lines(language, payable[_LINES:]),
        choose_url=f"{ctx.root}/invoices" if ctx.may_pay and len(payable) > 1 else None,
        why_not_online=why_not_online(ctx, language, payable) if len(groups) == 1 else None,
        overdue=_overdue(language, payable),
        first_due=_first_due(language, payable),
        vouchers=[_voucher(ctx, language, payment, views) for payment in vouchers],
        processing=_processing(language, views, vouchers),
        last_payment=_last_payment(language, views),
        as_of=language.format.time(ctx.as_of) if ctx.as_of else None,
        as_of_iso=ctx.as_of.isoformat() if ctx.as_of else None,
    )


def _due_on(view: InvoiceView, language: Language) -> date:
    by = view.money.deposit_due_on if view.money.wants_deposit(language.today) else None
    return by or view.invoice.due_on


def by_currency(views: Sequence[InvoiceView]) -> Sequence[Sequence[InvoiceView]]:
    """One payment is in one currency."""
    groups: dict[str, list[InvoiceView]] = {}
    for view in views:
        groups.setdefault(view.invoice.currency, []).append(view)
    return list(groups.values())


def _buttons(
    ctx: PageContext, language: Language, groups: Sequence[Sequence[InvoiceView]]
) -> list[PayButton]:
    if not ctx.may_pay:
        return []
    buttons = (pay_button(ctx, language, group, alone=len(groups) == 1) for group in groups)
    return [button for button in buttons if button]


def sums_due(language: Language, views: Sequence[InvoiceView]) -> list[str]:
    """What is due now of these, one sum per currency."""
    return _sums(language, [(view.invoice.currency, view.money.due_now(language.today)) for view in views])


def _sums(language: Language, amounts: Sequence[tuple[str, int]]) -> list[str]:
    sums: dict[str, int] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, 0) + amount
    return [language.format.money(amount, currency) for currency, amount in sums.items()]


def due_lines(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> list[DueLine]:
    """Lines that stand together: each names its place where there are several."""
    several = tells_sites_apart(ctx, (view.invoice.site for view in views))
    return [_due_line(ctx, language, view, several=several) for view in views]


def _due_line(ctx: PageContext, language: Language, view: InvoiceView, *, several: bool) -> DueLine:
    """What is due of one invoice now, and what that is for."""
    say, invoice = language.words.gettext, view.invoice
    late = is_overdue(view, language.today) or view.money.deposit_overdue(language.today)
    day = language.format.in_year(_due_on(view, language), language.today)
    return DueLine(
        url=ctx.invoice_url(invoice.invoice_id),
        label=title_of(language, invoice),
        site=site_label(ctx, invoice.site) if several else None,
        notes=_notes(ctx, language, view),
        when=say("Overdue since {date}", date=day) if late else say("Due {date}", date=day),
        late=late,
        amount=language.format.money(view.money.due_now(language.today), invoice.currency),
    )


def _notes(ctx: PageContext, language: Language, view: InvoiceView) -> list[str]:
    """The number, which part of it where it is not the whole, and what autopay does about it."""
    say, invoice, received = language.words.gettext, view.invoice, view.money.received
    deposit = view.money.wants_deposit(language.today)
    number = (
        say("Deposit, invoice {number}", number=invoice.number)
        if deposit
        else say("Invoice {number}", number=invoice.number)
    )
    autopay = autopay_tag(ctx, language, view)
    notes = [number, autopay.word] if autopay else [number]
    if not received:
        return notes
    paid = language.format.money(received, invoice.currency)
    return [*notes, say("the rest after {amount} paid", amount=paid)]


def further_lines(language: Language, views: Sequence[InvoiceView]) -> FurtherLines | None:
    """How many more, until when, and how much they are together."""
    if not views:
        return None
    last = max(_due_on(view, language) for view in views)
    sums = sums_due(language, views)
    text = language.words.ngettext(
        "{n} more, due by {date}",
        "{n} more, due by {date}",
        len(views),
        date=language.format.in_year(last, language.today),
    )
    return FurtherLines(text, language.format.names(sums))


def _overdue(language: Language, payable: Sequence[InvoiceView]) -> str | None:
    """The late part and since when, of several the oldest, as markup; several currencies are joined."""
    late = [view for view in payable if is_overdue(view, language.today)]
    if not late:
        return None
    amounts = _sums(language, [(view.invoice.currency, view.money.payable) for view in late])
    amount = language.format.names(amounts)
    since = language.format.in_year(min(view.invoice.due_on for view in late), language.today)
    rich = language.words.rich
    if len(late) > 1:
        return rich("<b>{amount} of it is overdue,</b> the oldest since {date}.", amount=amount, date=since)
    if len(payable) > 1:
        return rich("<b>{amount} of it is overdue</b> since {date}.", amount=amount, date=since)
    return rich("<b>It is overdue</b> since {date}.", date=since)


def _first_due(language: Language, payable: Sequence[InvoiceView]) -> str | None:
    """By when, where nothing is late; of several the first."""
    late = any(is_overdue(v, language.today) or v.money.deposit_overdue(language.today) for v in payable)
    if late or not payable:
        return None
    day = language.format.in_year(_due_on(payable[0], language), language.today)
    if len(payable) == 1:
        return language.words.gettext("Due {date}.", date=day)
    return language.words.gettext("The first of it is due {date}.", date=day)


def _vouchers_of(language: Language, views: Sequence[InvoiceView]) -> list[Payment]:
    """Those that can still be paid, the most urgent first."""
    payments = {payment.payment_id: payment for view in views for payment in view.payments}
    waiting = [
        (payment.expires_at, key, payment)
        for key, payment in payments.items()
        if voucher_of([payment]) and payment.expires_at and payment.expires_at > language.now
    ]
    return [payment for _, _, payment in sorted(waiting, key=lambda voucher: voucher[:2])]


def _voucher(
    ctx: PageContext, language: Language, payment: Payment, views: Sequence[InvoiceView]
) -> WaitingVoucher:
    paid = {share.invoice_id for share in payment.allocations}
    titles = [title_of(language, view.invoice) for view in views if view.invoice.invoice_id in paid]
    return WaitingVoucher(
        amount=language.format.money(payment.charged, payment.currency),
        by=language.format.stamp(payment.expires_at) if payment.expires_at else "",
        what_for=language.format.names(titles[:_LINES]),
        url=ctx.result_url(payment.payment_id),
    )


def _processing(language: Language, views: Sequence[InvoiceView], vouchers: Sequence[Payment]) -> str | None:
    """How much of what is owed is on its way; that something is, where its amount is not known here yet."""
    by_voucher = Counter[str]()
    for payment in vouchers:
        by_voucher.update({share.invoice_id: share.amount for share in payment.allocations})
    waiting = [
        v for v in views if v.money.amount_due > 0 and v.money.state in ("processing", "being_checked")
    ]
    amounts = [
        (v.invoice.currency, v.money.processing + v.money.under_review - by_voucher[v.invoice.invoice_id])
        for v in waiting
        if v.money.processing + v.money.under_review > by_voucher[v.invoice.invoice_id]
        or v.invoice.invoice_id not in by_voucher
    ]
    if not amounts:
        return None
    if not all(amount for _, amount in amounts):
        return language.words.gettext("A payment is being processed. Please don’t pay again.")
    sums = _sums(language, amounts)
    return language.words.gettext(
        "{amount} is being processed. Please don’t pay it again.", amount=language.format.names(sums)
    )


def _last_payment(language: Language, views: Sequence[InvoiceView]) -> str | None:
    zone, show = language.format.zone, language.format
    paid = [
        (payment.occurred_at.astimezone(zone).date(), payment.charged, payment.currency)
        for payment in {p.payment_id: p for view in views for p in view.payments}.values()
        if payment.status == "captured" and payment.review is None
    ]
    paid += [
        (entry.received_on, entry.amount, view.invoice.currency)
        for view in views
        for entry in view.invoice.recorded_payments
        if entry.portal_payment_id is None
    ]
    if not paid:
        return None
    day, amount, currency = max(paid)
    return language.words.gettext(
        "Thank you. Your last payment was {amount} on {date}.",
        amount=show.money(amount, currency),
        date=show.in_year(day, language.today),
    )
