"""Notifications as emails: appointment, receipt. Pure: the same input gives the same bytes."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from chassis.words.display import card_brand
from chassis.words.formats import whole
from chassis.words.visit_time import VisitTime
from servicehub_events import Method

from notifier.domain.facts import AppointmentFacts, PaymentFacts
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


def appointment_email(
    kind: str, style: MessageStyle, appointment_id: str, appointment: AppointmentFacts
) -> EmailText:
    """An appointment was made, moved or called off; times are those of its own zone."""
    zone, formatter = ZoneInfo(appointment.time_zone), style.formatter
    time = VisitTime(appointment.start, appointment.end, zone, appointment.arrival, appointment.whole_days)
    short_day = formatter.short_with_weekday(time.first_day)
    if time.day_count > 1:
        short_day = formatter.days(time.first_day, time.last_day)
    return email_of(
        kind,
        style,
        url=style.link("appointments", appointment_id),
        short_day=short_day,
        when=_when(style, time),
        former=_former(style, appointment, zone) if kind == "visit_changed" else None,
        pending=appointment.confirmation == "pending",
        service=one_line(appointment.service),
        site=one_line(appointment.site) if appointment.site else None,
    )


def visit_in_words(style: MessageStyle, visit: AppointmentFacts) -> str:
    """When a visit is: its days and times, in its own zone."""
    zone = ZoneInfo(visit.time_zone)
    return _when(style, VisitTime(visit.start, visit.end, zone, visit.arrival, visit.whole_days))


def _former(style: MessageStyle, appointment: AppointmentFacts, zone: ZoneInfo) -> str | None:
    start, end = appointment.former_start, appointment.former_end
    if not (start and end):
        return None
    return _when(
        style, VisitTime(start, end, zone, appointment.former_arrival, appointment.former_whole_days)
    )


def _when(style: MessageStyle, time: VisitTime) -> str:
    """Days and times, as one text; no time of day where none is promised."""
    show, arrival = style.formatter, time.arrival
    days = show.full_with_weekday(time.first_day)
    if time.day_count > 1:
        days = show.days(time.first_day, time.last_day, year=True)
    at_once = arrival is not None and arrival.start == arrival.end
    text = render(
        style.locale,
        "layout",
        "when.txt",
        days=days,
        whole_days=time.whole_days,
        arrival_at=show.time(arrival.start, time.zone) if arrival and at_once else None,
        arrival=show.start_and_end(arrival.start, arrival.end, time.zone) if arrival else None,
        several=(show.time(time.start, time.zone), show.time(time.end, time.zone))
        if time.day_count > 1
        else None,
        window=whole(show.window(time.start, time.end, time.zone)),
    )
    return text.strip()


def receipt_email(
    style: MessageStyle, payment_id: str, payment: PaymentFacts, numbers: Sequence[str]
) -> EmailText:
    """Money was received, for the invoices of these numbers. The day is that of the business."""
    return email_of(
        "receipt",
        style,
        url=style.link("result", payment_id),
        amount=style.formatter.money(payment.amount, payment.currency),
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
