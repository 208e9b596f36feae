"""The list of appointments and the page of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from servicehub_events import Appointment, AppointmentJob, Cancellation, Invoice

from portal_read.domain.request_form import RequestForm
from portal_read.domain.requests import offered
from portal_read.pages.appointment_item import appointment_item
from portal_read.pages.appointment_time import AppointmentMove
from portal_read.pages.attached_files import attached_files
from portal_read.pages.context import PageContext
from portal_read.pages.invoice_item import title_of
from portal_read.pages.language import Language, language_of
from portal_read.pages.recurrence import repeats
from portal_read.pages.request_item import StandingRequest
from portal_read.pages.request_pages import ask_panel
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
    requests: Sequence[StandingRequest] = (),
    form: RequestForm | None = None,
) -> str:
    """`invoices` are those of this appointment that the contact may see, `later` what comes after it.

    `requests` are those to change it, the newest first, and `form` is the one to ask for that.
    """
    language = language_of(ctx)
    item = appointment_item(ctx, language, appointment)
    return page(
        ctx,
        "appointment.html",
        language.words.gettext("{service}, {day}", service=item.service, day=item.time.list_day),
        here="appointments",
        appointment=item,
        asking=ask_panel(ctx, language, appointment, requests, form),
        write_url=_write_url(ctx, appointment),
        facts=_facts(language, appointment),
        items=appointment.service.items,
        done=appointment.completed.summary if appointment.completed else None,
        instructions=appointment.instructions,
        files=attached_files(ctx, language, appointment),
        history=_history(ctx, language, appointment, item.move),
        invoices=[_link(ctx, language, invoice) for invoice in invoices],
        later=[appointment_item(ctx, language, appointment) for appointment in later[:3]],
    )


def _write_url(ctx: PageContext, appointment: Appointment) -> str | None:
    """Where to write about it, if the business takes messages."""
    if not offered(ctx.business, ("message",)):
        return None
    query = urlencode({"ask": "message", "about": f"visit:{appointment.appointment_id}"})
    return f"{ctx.root}/requests?{query}"


def _facts(language: Language, appointment: Appointment) -> list[Fact]:
    say, zone = language.words.gettext, ZoneInfo(appointment.window.time_zone)
    facts: list[Fact] = []
    if appointment.service.description:
        facts.append(Fact(say("What we do"), appointment.service.description))
    if appointment.series:
        facts.append(Fact(say("Repeats"), repeats(language, appointment.series.rule)))
    if appointment.job and (part := _part_of(language, appointment.job)):
        facts.append(part)
    if appointment.purchase_order:
        facts.append(Fact(say("Purchase order"), appointment.purchase_order))
    if zone.key != language.format.zone.key:
        facts.append(
            Fact(say("Times are in"), say("{place} time", place=language.format.place_of_zone(zone)))
        )
    return facts


def _part_of(language: Language, job: AppointmentJob) -> Fact | None:
    """Kitchen refit, visit 2 of 3; as much of it as the event says."""
    say, place = language.words.gettext, None
    if job.visit_number and job.visit_count:
        place = say("visit {n} of {all}", n=str(job.visit_number), all=str(job.visit_count))
    elif job.visit_number:
        place = say("visit {n}", n=str(job.visit_number))
    elif job.visit_count:
        place = language.words.ngettext("{n} visit in all", "{n} visits in all", job.visit_count)
    if job.name and place:
        return Fact(say("Part of"), say("{job}, {place}", job=job.name, place=place))
    if place:
        return Fact(say("Part of a job"), place)
    return Fact(say("Part of"), job.name) if job.name else None


def _history(
    ctx: PageContext, language: Language, appointment: Appointment, move: AppointmentMove | None
) -> list[HistoryEntry]:
    """Newest first: the state says what it holds, older moves are not known here."""
    zone, say = ZoneInfo(appointment.window.time_zone), language.words.gettext
    entries: list[HistoryEntry] = []
    if cancellation := appointment.cancellation:
        text = _cancelled(ctx, language, cancellation)
        entries.append(HistoryEntry("void", text, language.format.stamp(cancellation.at, zone)))
    if appointment.completed:
        entries.append(HistoryEntry("ok", say("Done"), language.format.stamp(appointment.completed.at, zone)))
    if move:
        entries.append(HistoryEntry("sync", say("Time"), move.at, move.was, move.now))
    return entries


def _cancelled(ctx: PageContext, language: Language, cancellation: Cancellation) -> str:
    """By whom, as far as the word is one of ours, and why."""
    say = language.words.gettext
    match cancellation.by:
        case "business":
            text = say("Cancelled by {business}", business=ctx.business.name)
        case "customer":
            text = say("Cancelled at your request")
        case "weather":
            text = say("Cancelled because of the weather")
        case _:
            text = say("Cancelled")
    return say("{what}: {why}", what=text, why=cancellation.reason) if cancellation.reason else text


def _link(ctx: PageContext, language: Language, invoice: Invoice) -> InvoiceLink:
    return InvoiceLink(ctx.invoice_url(invoice.invoice_id), invoice.number, title_of(language, invoice))
