"""Notifications as emails: invoice, receipt. Pure: the same input gives the same bytes."""

from collections.abc import Sequence
from datetime import date

from chassis.words.display import card_brand
from servicehub_events import Method

from notifier.domain.facts import InvoiceFacts, PaymentFacts
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


def invoice_email(style: MessageStyle, invoice_id: str, invoice: InvoiceFacts, today: date) -> EmailText:
    """An invoice was issued. The button pays what is due on the day `today` of the business, if it can."""
    money, day = style.formatter.money, style.formatter.full_with_weekday
    page, due_now = style.link("invoices", invoice_id), invoice.due_now(today)
    pay_link = style.pay_link(invoice_id, due_now, invoice.currency) if due_now else None
    deposit = None
    if invoice.deposit and invoice.deposit_due_on:
        deposit = {"amount": money(invoice.deposit, invoice.currency), "day": day(invoice.deposit_due_on)}
    return email_of(
        "invoice_issued",
        style,
        url=pay_link or page,
        page=page,
        pay=money(due_now, invoice.currency) if pay_link else None,
        number=one_line(invoice.number),
        total=money(invoice.total, invoice.currency),
        due=money(invoice.amount_due, invoice.currency) if invoice.amount_due else None,
        due_day=day(invoice.due_on),
        deposit=deposit,
    )


def receipt_email(
    style: MessageStyle, payment_id: str, payment: PaymentFacts, numbers: Sequence[str]
) -> EmailText:
    """Money was received, for the invoices of these numbers. The day is that of the business."""
    return email_of(
        "receipt",
        style,
        url=style.link("result", payment_id),
        amount=style.formatter.money(payment.charged, payment.currency),
        tip=style.formatter.money(payment.tip, payment.currency) if payment.tip else "",
        day=style.formatter.full_with_weekday(payment.at.astimezone(style.formatter.zone).date()),
        paid_by=method_text(style, payment.method),
        numbers=[one_line(number) for number in numbers],
    )


def method_text(style: MessageStyle, method: Method | None) -> str:
    """By what it was paid: Visa ending in 4242."""
    method = method or Method(type="other")
    network = card_brand(method.brand)
    text = render(
        style.locale, "receipt", "method.txt", method=method.type, network=network, last4=method.last4
    )
    return text.strip()


def email_of(kind: str, style: MessageStyle, **values: object) -> EmailText:
    """An email from the templates of its kind."""
    values |= {"brand": style.brand, "settings_url": style.settings_url, "stop_url": style.stop_url}
    return EmailText(
        subject=one_line(render(style.locale, kind, "subject.txt", **values), longest=160),
        text=render(style.locale, kind, "body.txt", **values).strip() + "\n",
        html=render(style.locale, kind, "body.html", **values) + "\n",
    )
