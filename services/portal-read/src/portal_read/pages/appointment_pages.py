"""The list of visits and the page of one visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from servicehub_events import Appointment, Invoice

from portal_read.pages.appointment_item import Change, visit_view
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
class Event:
    """Something that happened to the visit; `was` → `now` when it was moved."""

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
    ctx: PageContext, upcoming: Sequence[Appointment], past: Sequence[Appointment], more: bool = False
) -> str:
    """`upcoming` soonest first, `past` newest first; `more` when there are older ones than the last.

    Those are asked for with `?before=<its start>&id=<its id>`.
    """
    language = language_of(ctx)
    return page(
        ctx,
        "appointments.html",
        language.words.gettext("Visits"),
        here="visits",
        upcoming=[visit_view(ctx, language, visit) for visit in upcoming],
        past=[visit_view(ctx, language, visit) for visit in past],
        older_url=_older_url(ctx, past[-1]) if past and more else None,
    )


def _older_url(ctx: PageContext, last: Appointment) -> str:
    query = urlencode({"before": last.window.start.isoformat(), "id": last.appointment_id})
    return f"{ctx.root}/appointments?{query}"


def appointment(
    ctx: PageContext,
    appointment: Appointment,
    invoices: Sequence[Invoice] = (),
    later: Sequence[Appointment] = (),
) -> str:
    """`invoices` are those of this visit that the contact may see, `later` what comes after it."""
    language = language_of(ctx)
    visit = visit_view(ctx, language, appointment)
    return page(
        ctx,
        "appointment.html",
        language.words.gettext("{service}, {day}", service=visit.service, day=visit.list_day),
        here="visits",
        visit=visit,
        facts=_facts(language, appointment),
        items=appointment.service.items,
        done=appointment.completed.summary if appointment.completed else None,
        instructions=appointment.instructions,
        events=_events(language, appointment, visit.changed),
        invoices=[_link(ctx, language, invoice) for invoice in invoices],
        later=[visit_view(ctx, language, each) for each in later[:3]],
    )


def _facts(language: Language, visit: Appointment) -> list[Fact]:
    say, zone = language.words.gettext, ZoneInfo(visit.window.time_zone)
    facts: list[Fact] = []
    if visit.service.description:
        facts.append(Fact(say("What we do"), visit.service.description))
    if visit.series:
        facts.append(Fact(say("Repeats"), repeats(language, visit.series.rule)))
    if zone.key != language.format.zone.key:
        facts.append(
            Fact(say("Times are in"), say("{place} time", place=language.format.place_of_zone(zone)))
        )
    return facts


def _events(language: Language, visit: Appointment, changed: Change | None) -> list[Event]:
    """Newest first: the state says what it holds, older moves are not known here."""
    zone, say = ZoneInfo(visit.window.time_zone), language.words.gettext
    events: list[Event] = []
    if visit.cancellation:
        reason = visit.cancellation.reason
        text = say("Cancelled: {reason}", reason=reason) if reason else say("Cancelled")
        events.append(Event("void", text, language.format.stamp(visit.cancellation.at, zone)))
    if visit.completed:
        events.append(Event("ok", say("Done"), language.format.stamp(visit.completed.at, zone)))
    if changed:
        events.append(Event("sync", say("Time"), changed.at, changed.was, changed.now))
    return events


def _link(ctx: PageContext, language: Language, invoice: Invoice) -> InvoiceLink:
    return InvoiceLink(ctx.invoice_url(invoice.invoice_id), invoice.number, title_of(language, invoice))
