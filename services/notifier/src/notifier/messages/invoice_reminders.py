"""Invoices that are due soon or overdue, as an email and a text. Pure: same input, same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from notifier.domain.facts import InvoiceFacts
from notifier.domain.kinds import ReminderKind
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow, label_of
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class AskedInvoice:
    """An invoice, as it is now; `left` is still to pay, in minor units."""

    invoice_id: str
    facts: InvoiceFacts
    left: int

    @property
    def number(self) -> str:
        """Its number."""
        return one_line(self.facts.number)


@dataclass(frozen=True, slots=True)
class InvoiceReminder:
    """What is asked for, one invoice at least, on the day `today` of the business.

    `last` is the second message about what is overdue. `can_pay`: its reader may pay, and can do it online.
    """

    invoices: Sequence[AskedInvoice]
    last: bool
    can_pay: bool
    today: date

    @property
    def total(self) -> tuple[int, str] | None:
        """What is to pay in all, and its currency; None where there are several."""
        currencies = {invoice.facts.currency for invoice in self.invoices}
        if len(currencies) > 1:
            return None
        return sum(invoice.left for invoice in self.invoices), currencies.pop()


@dataclass(frozen=True, slots=True)
class AskingWords:
    """Finished words; `amount` is what is to pay in all, empty where that has several currencies."""

    count: int
    number: str
    amount: str
    in_part: bool
    day: str
    subject_day: str
    short_day: str
    was_due: str
    today: str
    last: bool
    can_pay: bool


def invoice_reminder_email(kind: ReminderKind, style: MessageStyle, news: InvoiceReminder) -> EmailText:
    """The email, laid out as that of a payment."""
    words = _words(style, news)
    url, action = _way_on(style, news)
    brand = style.brand
    button = render(style.locale, "layout", "button.txt", action=action, amount=words.amount).strip()
    values = {**asdict(words), "phone": brand.phone, "email": brand.email}
    return email_like_a_payment(
        kind, style, values, rows=list(_rows(kind, style, news, words)), url=url, button=button
    )


def invoice_reminder_sms(kind: ReminderKind, style: MessageStyle, news: InvoiceReminder) -> str:
    """The text message."""
    return sms_like_a_payment(kind, style, asdict(_words(style, news)))


def _words(style: MessageStyle, news: InvoiceReminder) -> AskingWords:
    show, first, total = style.formatter, news.invoices[0], news.total
    due = first.facts.due_on
    return AskingWords(
        count=len(news.invoices),
        number=first.number,
        amount=show.money(*total) if total else "",
        in_part=len(news.invoices) == 1 and first.left < first.facts.total,
        day=show.short_with_weekday(due) if show.japanese else show.with_weekday(due),
        subject_day=show.month_day(due) if show.japanese else show.with_weekday(due),
        short_day=show.short(due) if show.japanese else show.short_with_weekday(due),
        was_due=_day(style, due, news.today),
        today=show.short(news.today),
        last=news.last,
        can_pay=news.can_pay,
    )


def _day(style: MessageStyle, day: date, today: date) -> str:
    """With its year where that is another than today's."""
    return style.formatter.month_day(day) if day.year == today.year else style.formatter.full(day)


def _way_on(style: MessageStyle, news: InvoiceReminder) -> tuple[str, str]:
    """Where the button leads, and what it says: an amount where that, and no other, can be paid there."""
    if len(news.invoices) > 1:
        return style.link("invoices"), "pay" if news.can_pay and news.total else "invoices"
    (invoice,) = news.invoices
    link = None
    if not invoice.facts.deposit:
        link = style.pay_link(invoice.invoice_id, invoice.left, invoice.facts.currency)
    return (link, "pay") if link else (style.link("invoices", invoice.invoice_id), "invoice")


def _rows(
    kind: ReminderKind, style: MessageStyle, news: InvoiceReminder, words: AskingWords
) -> Iterator[FactRow]:
    show, overdue = style.formatter, kind == "invoice_overdue"
    if len(news.invoices) == 1:
        (invoice,) = news.invoices
        total = show.money(invoice.facts.total, invoice.facts.currency)
        amount = words.amount
        if words.in_part:
            amount = _row(style, "of", amount=amount, total=total)
        yield FactRow(label_of(style, "amount"), amount)
        due_day = show.full_with_weekday(invoice.facts.due_on)
        yield FactRow(label_of(style, "was_due" if overdue else "due"), due_day)
        yield FactRow(label_of(style, "invoice"), words.number)
        return
    for invoice in news.invoices[:_ROWS]:
        amount, day = show.money(invoice.left, invoice.facts.currency), show.full(invoice.facts.due_on)
        value = _row(style, "overdue" if overdue else "due", amount=amount, day=day)
        yield FactRow(_row(style, "label", number=invoice.number), value)
    if len(news.invoices) > _ROWS:
        left = render(style.locale, "layout", "and_more.txt", n=len(news.invoices) - _ROWS).strip()
        yield FactRow(label_of(style, "more"), left)
    if words.amount:
        yield FactRow(label_of(style, "open"), words.amount)


def _row(style: MessageStyle, which: str, **values: str) -> str:
    return render(style.locale, "layout", "invoice_row.txt", which=which, **values).strip()
