"""The facts below the first sentence of a payment's message, and where its button leads. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from notifier.domain.invoice_standing import open_amount
from notifier.domain.kinds import PaymentKind
from notifier.domain.payment_facts import PaymentFacts
from notifier.messages.brand import one_line
from notifier.messages.notifications import method_text
from notifier.messages.payment_words import PaymentNews, PaymentWords, listed, words_of
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


class FactRow(NamedTuple):
    """A fact: its label, its value, whether it is struck out, and what it was before."""

    label: str
    value: str
    gone: bool = False
    former: str = ""


Action = Literal["instructions", "pay", "invoice", "invoices", "payment", "call", "write"]


class WayOn(NamedTuple):
    """Where the button leads, and what it says."""

    url: str
    action: Action


def way_on(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> WayOn:
    """What to do next: pay, read on, or talk to the business."""
    result, brand = style.link("result", news.payment_id), style.brand
    match kind:
        case "voucher_issued" | "voucher_reminder":
            return WayOn(news.payment.instructions_url or result, "instructions")
        case "voucher_lapsed" | "payment_failed":
            return WayOn(_pay_page(style, news), "pay")
        case "payment_cleared" if news.payment.clearing == "released" and open_amount(
            news.payment, news.invoices
        ):
            return WayOn(_pay_page(style, news), "pay")
        case "voucher_called_off":
            action: Action = "invoice" if len(news.concerned) == 1 else "invoices"
            return WayOn(_invoice_page(style, news), action)
        case "refund_failed" if brand.phone_link:
            return WayOn(f"tel:{brand.phone_link}", "call")
        case "refund_failed" if brand.email:
            return WayOn(f"mailto:{brand.email}", "write")
        case _:
            return WayOn(result, "payment")


def rows_of(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> Sequence[FactRow]:
    """The facts, most needed first; none without a value."""
    return labelled(style, _facts(kind, style, news))


def labelled(style: MessageStyle, rows: Iterable[FactRow], words: str = "label.txt") -> Sequence[FactRow]:
    """Those that have a value, each with its label in words of this template."""
    return [row._replace(label=label_of(style, row.label, words)) for row in rows if row.value]


def label_of(style: MessageStyle, label: str, words: str = "label.txt") -> str:
    """A label in words."""
    return render(style.locale, "layout", words, label=label).strip()


def _facts(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> Iterator[FactRow]:
    payment, show, words = news.payment, style.formatter, words_of(kind, style, news)
    paid_on = show.full_with_weekday(payment.at.astimezone(show.zone).date())
    match kind:
        case "voucher_issued" | "voucher_reminder":
            yield FactRow("amount", words.amount)
            yield FactRow("tip", words.tip)
            yield FactRow("pay_by", words.deadline)
        case "voucher_lapsed" | "payment_failed":
            yield FactRow("open", words.open)
        case "voucher_called_off":
            yield FactRow("amount", words.amount, gone=True)
            yield FactRow("pay_by", words.deadline, gone=True)
        case "payment_being_checked" if payment.taken:
            yield FactRow("taken", words.amount)
            yield FactRow("asked", show.money(payment.charged, payment.currency))
        case "refund_made" | "refund_failed":
            yield from _refund_facts(style, news, words)
            if kind == "refund_made":
                yield from _refund_paper(news)
        case "dispute_opened" | "dispute_won" | "dispute_lost":
            yield FactRow("amount", words.amount)
            yield FactRow("tip", words.tip)
            yield FactRow("paid_on", paid_on)
            yield FactRow("paid_by", _method(style, payment))
        case _:
            yield FactRow("amount", words.amount)
            yield FactRow("tip", words.tip)
            yield FactRow("paid_by", _method(style, payment))
    numbers = [one_line(invoice.number) for invoice in news.concerned]
    yield FactRow("invoice" if len(numbers) == 1 else "invoices", listed(style, numbers))


def _refund_facts(style: MessageStyle, news: PaymentNews, words: PaymentWords) -> Iterator[FactRow]:
    payment, show = news.payment, style.formatter
    refund = payment.refund(news.reversal_id)
    yield FactRow("refund", words.amount)
    yield FactRow("tip", words.tip)
    yield FactRow("back_to", _card(style, payment))
    if refund:
        yield FactRow("refunded_on", show.full_with_weekday(refund.at.astimezone(show.zone).date()))
    if refund and payment.refunded not in (0, refund.amount):
        yield FactRow("paid_in_total", show.money(payment.charged, payment.currency))
        yield FactRow("refunded_in_total", show.money(payment.refunded, payment.currency))


def _refund_paper(news: PaymentNews) -> Iterator[FactRow]:
    """The paper of the refund, which waits on the page that the button leads to."""
    refund = news.payment.refund(news.reversal_id)
    if refund:
        yield FactRow("credit_note", one_line(refund.credit_note))
        yield FactRow("refund_number", one_line(refund.note))


def _card(style: MessageStyle, payment: PaymentFacts) -> str:
    """What money goes back to; empty where that is nothing with a name."""
    is_card = payment.method is not None and payment.method.type == "card"
    return method_text(style, payment.method) if is_card else ""


def _method(style: MessageStyle, payment: PaymentFacts) -> str:
    return method_text(style, payment.method) if payment.method else ""


def _pay_page(style: MessageStyle, news: PaymentNews) -> str:
    """The pay link of the one invoice, if what the button says is all that is due on it; else its page."""
    amount = open_amount(news.payment, news.invoices)
    for invoice in news.concerned if len(news.concerned) == 1 else ():
        whole = invoice.left == amount and not invoice.in_parts
        if whole and (url := style.pay_link(invoice.invoice_id, amount, news.payment.currency)):
            return url
    return _invoice_page(style, news)


def _invoice_page(style: MessageStyle, news: PaymentNews) -> str:
    """That of the one invoice, or of all."""
    ids = [invoice.invoice_id for invoice in news.concerned]
    return style.link("invoices", ids[0]) if len(ids) == 1 else style.link("invoices")
