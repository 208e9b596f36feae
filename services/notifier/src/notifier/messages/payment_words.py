"""What a payment's messages are filled with: amounts, days, invoices, where money goes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.words.display import card_brand
from servicehub_events import Method, Taken

from notifier.domain.invoice_standing import InvoiceStanding, open_amount, reason_to_call_off
from notifier.domain.kinds import PaymentKind
from notifier.domain.payment_facts import PaymentFacts
from notifier.domain.payment_kinds import KONBINI_ZONE
from notifier.messages.brand import one_line
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_ONE_DAY = timedelta(days=1)
_FEW = 3  # as many numbers as a sentence bears


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """A payment, the refund or dispute that a message is about, and its invoices, at the moment `now`."""

    payment_id: str
    payment: PaymentFacts
    reversal_id: str
    invoices: Sequence[InvoiceStanding]
    now: datetime

    @property
    def concerned(self) -> Sequence[InvoiceStanding]:
        """The invoices that the message is about."""
        refund = self.payment.refund(self.reversal_id)
        about = refund or self.payment.find_dispute(self.reversal_id) or self.payment
        ids = about.invoice_ids
        return [invoice for invoice in self.invoices if invoice.invoice_id in ids]


@dataclass(frozen=True, slots=True)
class PaymentWords:
    """Finished words; `invoices` reads within a sentence, `few` in a subject. `open` is still to pay.

    `tip` is what of the amount was tip, empty where none was.
    """

    amount: str
    tip: str
    open: str
    invoices: str
    few: str
    count: int
    back_to: str
    to_card: bool
    captured: bool
    settled: bool
    reason: str
    decision: str
    deadline: str
    last_day: str
    last_time: str
    is_tomorrow: bool
    explained: bool


def words_of(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> PaymentWords:
    """All of them, whether the kind needs them or not."""
    payment, invoices, show = news.payment, news.concerned, style.formatter
    last = payment.expires_at.astimezone(KONBINI_ZONE) if payment.expires_at else None
    today = news.now.astimezone(KONBINI_ZONE).date()
    return PaymentWords(
        amount=_amount(kind, style, news),
        tip=_tip(kind, style, news),
        open=show.money(open_amount(payment, news.invoices), payment.currency),
        invoices=_invoices(style, invoices, _FEW),
        few=_invoices(style, invoices, 1),
        count=max(1, len(invoices)),
        back_to=card_in_words(style, payment.method),
        to_card=payment.method is not None and payment.method.type == "card",
        captured=payment.status == "captured",
        settled=all(invoice.left <= payment.shares.get(invoice.invoice_id, 0) for invoice in invoices),
        reason=reason_to_call_off(news.invoices),
        decision=payment.clearing or "",
        deadline=_deadline(style, last) if last else "",
        last_day=show.month_day(last.date()) if last else "",
        last_time=show.time(last, KONBINI_ZONE) if last else "",
        is_tomorrow=last is not None and last.date() == today + _ONE_DAY,
        explained=payment.instructions_url is not None,
    )


def _amount(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> str:
    payment = news.payment
    refund, money = payment.refund(news.reversal_id), style.formatter.money
    if refund:
        return money(refund.amount, payment.currency)
    dispute = payment.find_dispute(news.reversal_id)
    if kind.startswith("dispute_") and dispute:
        return money(dispute.amount, payment.currency)
    really = payment.taken or Taken(amount=payment.charged, currency=payment.currency)
    return money(really.amount, really.currency)


def _tip(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> str:
    payment = news.payment
    dispute = payment.find_dispute(news.reversal_id) if kind.startswith("dispute_") else None
    tip = (payment.refund(news.reversal_id) or dispute or payment).tip
    return style.formatter.money(tip, payment.currency) if tip else ""


def _invoices(style: MessageStyle, invoices: Sequence[InvoiceStanding], limit: int) -> str:
    """invoice 1042; invoices 1042 and 1047; 5 invoices."""
    numbers = [one_line(invoice.number) for invoice in invoices]
    count = len(numbers)
    shown = listed(style, numbers) if count <= limit else ""
    return render(style.locale, "layout", "invoices.txt", count=count, numbers=shown).strip()


def listed(style: MessageStyle, numbers: list[str]) -> str:
    """1042 and 1047; 1042、1047."""
    return "、".join(numbers) if style.formatter.japanese else style.formatter.names(numbers)


def card_in_words(style: MessageStyle, method: Method | None) -> str:
    """Within a sentence: your Visa ending in 4242; you."""
    values = {
        "card": method is not None and method.type == "card",
        "network": card_brand(method.brand) if method else None,
        "last4": method.last4 if method else None,
    }
    return render(style.locale, "layout", "back_to.txt", **values).strip()


def _deadline(style: MessageStyle, last: datetime) -> str:
    """A day and a time in Japan, which is named where the business has another time."""
    show = style.formatter
    day = show.short_with_weekday(last.date()) if show.japanese else show.with_weekday(last.date())
    elsewhere = last.astimezone(show.zone).utcoffset() != last.utcoffset()
    time = show.time(last, KONBINI_ZONE)
    return render(style.locale, "layout", "deadline.txt", day=day, time=time, elsewhere=elsewhere).strip()
