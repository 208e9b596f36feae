"""Notifications as emails: appointment, invoice, receipt. Pure: the same input gives the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chassis.words.display import card_brand
from chassis.words.formats import Formatter, locale_of, whole
from servicehub_events import Business, Method

from notifier.domain.facts import AppointmentFacts, InvoiceFacts, PaymentFacts
from notifier.messages.brand import Brand, brand_of, one_line
from notifier.messages.email import EmailText
from notifier.messages.templates import render


@dataclass(frozen=True, slots=True)
class MessageStyle:
    """In whose name an email is written, how things are written in it, and where its links lead."""

    brand: Brand
    locale: str
    formatter: Formatter
    root: str

    @classmethod
    def of(cls, business: Business, locale: str, public_origin: str) -> Self:
        """`locale` is one of ours; links go to the portal of the business and carry no token."""
        return cls(
            brand=brand_of(business, public_origin),
            locale=locale,
            formatter=Formatter(locale_of(locale, business.country), ZoneInfo(business.time_zone)),
            root=f"{public_origin}/portal/{business.slug}",
        )

    def link(self, *path: str) -> str:
        """The address of a page of the portal."""
        return "/".join((self.root, *(quote(part, safe="") for part in path)))


def appointment_email(
    kind: str, style: MessageStyle, appointment_id: str, appointment: AppointmentFacts
) -> EmailText:
    """An appointment was made, moved or called off; times are those of its own zone."""
    zone, formatter = ZoneInfo(appointment.time_zone), style.formatter

    def day(start: datetime) -> str:
        return formatter.full_with_weekday(start.astimezone(zone).date())

    def window(start: datetime, end: datetime) -> str:
        return whole(formatter.window(start, end, zone))

    former = None
    if kind == "visit_changed" and appointment.former_start and appointment.former_end:
        start, end = appointment.former_start, appointment.former_end
        former = {"day": day(start), "window": window(start, end)}
    return _email(
        kind,
        style,
        url=style.link("appointments", appointment_id),
        short_day=formatter.short_with_weekday(appointment.start.astimezone(zone).date()),
        day=day(appointment.start),
        window=window(appointment.start, appointment.end),
        former=former,
        service=one_line(appointment.service),
        site=one_line(appointment.site) if appointment.site else None,
    )


def invoice_email(style: MessageStyle, invoice_id: str, invoice: InvoiceFacts) -> EmailText:
    """An invoice was issued."""
    money, day = style.formatter.money, style.formatter.full_with_weekday
    deposit = None
    if invoice.deposit and invoice.deposit_due_on:
        deposit = {"amount": money(invoice.deposit, invoice.currency), "day": day(invoice.deposit_due_on)}
    return _email(
        "invoice_issued",
        style,
        url=style.link("invoices", invoice_id),
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
    method = payment.method or Method(type="other")
    network = card_brand(method.brand)
    paid_by = render(
        style.locale, "receipt", "method.txt", method=method.type, network=network, last4=method.last4
    )
    return _email(
        "receipt",
        style,
        url=style.link("result", payment_id),
        amount=style.formatter.money(payment.amount, payment.currency),
        day=style.formatter.full_with_weekday(payment.at.astimezone(style.formatter.zone).date()),
        paid_by=paid_by.strip(),
        numbers=[one_line(number) for number in numbers],
    )


def _email(kind: str, style: MessageStyle, **values: object) -> EmailText:
    values["brand"] = style.brand
    return EmailText(
        subject=one_line(render(style.locale, kind, "subject.txt", **values), longest=160),
        text=render(style.locale, kind, "body.txt", **values).strip() + "\n",
        html=render(style.locale, kind, "body.html", **values) + "\n",
    )
