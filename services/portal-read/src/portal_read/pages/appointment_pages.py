"""The list of appointments and the page of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from servicehub_events import Appointment, Invoice

from portal_read.pages.appointment_item import AppointmentMove, appointment_item
from portal_read.pages.context import PageContext
from portal_read.pages.invoice_item import title_of
from portal_read.pages.language import Language, language_of
from portal_read.pages.recurrence import repeats
from portal_read.pages.shell import page


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that happened to the appointment; `was` → `now` when it was moved."""

    icon: str
    text: str
    when: str
    was: str | None = None
    now: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLink:
    url: str
    number: str
    title: str


def appointments(
    ctx: PageContext,
    upcoming: Sequence[Appointment],
    past: Sequence[Appointment],
    more: bool = False,
    later_than: Appointment | None = None,
) -> str:
    """`upcoming` soonest first, `past` newest first; `more` when there are older ones than the last.

    Those are asked for with `?before=<its start>&id=<its id>`, coming ones that end after `later_than` with
    `?after=<its end>&id=<its id>`.
    """
    language = language_of(ctx)
    return page(
        ctx,
        "appointments.html",
        language.words.gettext("Visits"),
        here="appointments",
        upcoming=[appointment_item(ctx, language, appointment) for appointment in upcoming],
        past=[appointment_item(ctx, language, appointment) for appointment in past],
        older_url=_older_url(ctx, past[-1]) if past and more else None,
        later_url=_later_url(ctx, later_than) if later_than else None,
    )


def _later_url(ctx: PageContext, last: Appointment) -> str:
    query = urlencode({"after": last.window.end.isoformat(), "id": last.appointment_id})
    return f"{ctx.root}/appointments?{query}"


def _older_url(ctx: PageContext, last: Appointment) -> str:
    query = urlencode({"before": last.window.start.isoformat(), "id": last.appointment_id})
    return f"{ctx.root}/appointments?{query}"


def appointment(
    ctx: PageContext,
    appointment: Appointment,
    invoices: Sequence[Invoice] = (),
    later: Sequence[Appointment] = (),
) -> str:
    """`invoices` are those of this appointment that the contact may see, `later` what comes after it."""
    language = language_of(ctx)
    item = appointment_item(ctx, language, appointment)
    return page(
        ctx,
        "appointment.html",
        language.words.gettext("{service}, {day}", service=item.service, day=item.list_day),
        here="appointments",
        appointment=item,
        facts=_facts(language, appointment),
        items=appointment.service.items,
        done=appointment.completed.summary if appointment.completed else None,
        instructions=appointment.instructions,
        history=_history(language, appointment, item.move),
        invoices=[_link(ctx, language, invoice) for invoice in invoices],
        later=[appointment_item(ctx, language, appointment) for appointment in later[:3]],
    )


def _facts(language: Language, appointment: Appointment) -> list[Fact]:
    say, zone = language.words.gettext, ZoneInfo(appointment.window.time_zone)
    facts: list[Fact] = []
    if appointment.service.description:
        facts.append(Fact(say("What we do"), appointment.service.description))
    if appointment.series:
        facts.append(Fact(say("Repeats"), repeats(language, appointment.series.rule)))
    if zone.key != language.format.zone.key:
        facts.append(
            Fact(say("Times are in"), say("{place} time", place=language.format.place_of_zone(zone)))
        )
    return facts


def _history(
    language: Language, appointment: Appointment, move: AppointmentMove | None
) -> list[HistoryEntry]:
    """Newest first: the state says what it holds, older moves are not known here."""
    zone, say = ZoneInfo(appointment.window.time_zone), language.words.gettext
    entries: list[HistoryEntry] = []
    if appointment.cancellation:
        reason = appointment.cancellation.reason
        text = say("Cancelled: {reason}", reason=reason) if reason else say("Cancelled")
        entries.append(HistoryEntry("void", text, language.format.stamp(appointment.cancellation.at, zone)))
    if appointment.completed:
        entries.append(HistoryEntry("ok", say("Done"), language.format.stamp(appointment.completed.at, zone)))
    if move:
        entries.append(HistoryEntry("sync", say("Time"), move.at, move.was, move.now))
    return entries


def _link(ctx: PageContext, language: Language, invoice: Invoice) -> InvoiceLink:
    return InvoiceLink(ctx.invoice_url(invoice.invoice_id), invoice.number, title_of(language, invoice))
