"""The due panel: the one raised thing on a page, what is to be paid now and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_item import is_overdue, title_of
from portal_read.pages.language import Language
from portal_read.pages.pay_forms import PayButton, pay_button, why_not_online


@dataclass(frozen=True, slots=True)
class DueLine:
    url: str
    label: str
    note: str
    when: str
    late: bool
    amount: str


@dataclass(frozen=True, slots=True)
class DuePanel:
    """`amounts` has one sum per currency, none when nothing is due now.

    `buttons` has one each where the contact can pay here, else none.
    """

    amounts: Sequence[str]
    buttons: Sequence[PayButton]
    lines: Sequence[DueLine]
    why_not_online: str | None
    overdue: str | None
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
    groups = by_currency(payable)
    return DuePanel(
        amounts=_sums(language, [(v.invoice.currency, v.money.due_now(language.today)) for v in payable]),
        buttons=_buttons(ctx, language, groups),
        lines=[due_line(ctx, language, v) for v in payable],
        why_not_online=why_not_online(ctx, language, payable) if len(groups) == 1 else None,
        overdue=_overdue(language, payable),
        processing=_processing(language, views),
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


def _sums(language: Language, amounts: Sequence[tuple[str, int]]) -> list[str]:
    sums: dict[str, int] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, 0) + amount
    return [language.format.money(amount, currency) for currency, amount in sums.items()]


def due_line(ctx: PageContext, language: Language, view: InvoiceView) -> DueLine:
    """What is due of one invoice now, and what that is for."""
    say, show, invoice = language.words.gettext, language.format, view.invoice
    deposit = view.money.wants_deposit(language.today)
    label = (
        say("Deposit, invoice {number}", number=invoice.number)
        if deposit
        else say("Invoice {number}", number=invoice.number)
    )
    note = title_of(language, invoice)
    if view.money.received:
        note = say(
            "{item}, the rest after {amount} paid",
            item=note,
            amount=show.money(view.money.received, invoice.currency),
        )
    late = is_overdue(view, language.today) or view.money.deposit_overdue(language.today)
    day = show.in_year(_due_on(view, language), language.today)
    return DueLine(
        ctx.invoice_url(invoice.invoice_id),
        label,
        note,
        say("Overdue since {date}", date=day) if late else say("Due {date}", date=day),
        late,
        show.money(view.money.due_now(language.today), invoice.currency),
    )


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


def _processing(language: Language, views: Sequence[InvoiceView]) -> str | None:
    """How much of what is owed is on its way; that something is, where its amount is not known here yet."""
    waiting = [
        v for v in views if v.money.amount_due > 0 and v.money.state in ("processing", "being_checked")
    ]
    if not waiting:
        return None
    amounts = [(v.invoice.currency, v.money.processing + v.money.under_review) for v in waiting]
    if not all(amount for _, amount in amounts):
        return language.words.gettext("A payment is being processed. Please don’t pay again.")
    sums = _sums(language, amounts)
    return language.words.gettext(
        "{amount} is being processed. Please don’t pay it again.", amount=language.format.names(sums)
    )


def _last_payment(language: Language, views: Sequence[InvoiceView]) -> str | None:
    zone, show = language.format.zone, language.format
    paid = [
        (payment.occurred_at.astimezone(zone).date(), payment.amount, payment.currency)
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
