"""The page of one visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from servicehub_events import Appointment, AppointmentJob, Cancellation, Invoice

from portal_read.domain.request_form import RequestForm
from portal_read.pages.appointment_item import appointment_item, appointment_items, staff_change
from portal_read.pages.appointment_time import AppointmentMove, place_of_clock
from portal_read.pages.attached_files import attached_files
from portal_read.pages.calendar_links import calendar_links
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.recurrence import repeats
from portal_read.pages.request_item import StandingRequest
from portal_read.pages.request_pages import ask_panel, book_url, write_url
from portal_read.pages.shell import page
from portal_read.pages.titles import title_of


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class AppointmentStep:
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
        calendar=calendar_links(ctx, language, appointment, item),
        asking=ask_panel(ctx, language, appointment, requests, form),
        write_url=write_url(ctx, f"visit:{appointment.appointment_id}"),
        book_url=book_url(ctx, appointment) if appointment.completed else None,
        facts=_facts(language, appointment),
        items=appointment.service.items,
        done=appointment.completed.summary if appointment.completed else None,
        instructions=appointment.instructions,
        files=attached_files(ctx, language, appointment),
        steps=_steps(ctx, language, appointment, item.move),
        invoices=[_link(ctx, language, invoice) for invoice in invoices],
        later=appointment_items(ctx, language, later[:3]),
    )


def _facts(language: Language, appointment: Appointment) -> list[Fact]:
    say = language.words.gettext
    facts: list[Fact] = []
    if appointment.service.description:
        facts.append(Fact(say("What we do"), appointment.service.description))
    if appointment.series:
        facts.append(Fact(say("Repeats"), repeats(language, appointment.series.rule)))
    if appointment.job and (part := _part_of(language, appointment.job)):
        facts.append(part)
    if appointment.purchase_order:
        facts.append(Fact(say("Purchase order"), appointment.purchase_order))
    if place := place_of_clock(language, appointment):
        facts.append(Fact(say("Times are in"), say("{place} time", place=place)))
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


def _steps(
    ctx: PageContext, language: Language, appointment: Appointment, move: AppointmentMove | None
) -> list[AppointmentStep]:
    """Newest first: the state says what it holds, older moves are not known here."""
    zone, say = ZoneInfo(appointment.window.time_zone), language.words.gettext
    steps: list[AppointmentStep] = []
    if cancellation := appointment.cancellation:
        text = _cancelled(ctx, language, cancellation)
        steps.append(AppointmentStep("void", text, language.format.stamp(cancellation.at, zone)))
    if appointment.completed:
        steps.append(
            AppointmentStep("ok", say("Done"), language.format.stamp(appointment.completed.at, zone))
        )
    if move:
        steps.append(AppointmentStep("sync", say("Time"), move.at, move.was, move.now))
    if person := staff_change(ctx, language, appointment):
        steps.append(AppointmentStep("sync", say("Who comes"), "", person.was, person.now))
    return steps


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
