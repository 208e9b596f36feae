"""The receipt, as an email. Pure: the same input gives the same bytes."""

from collections.abc import Sequence

from chassis.words.display import card_brand
from servicehub_events import Method

from notifier.domain.payment_facts import PaymentFacts
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


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
