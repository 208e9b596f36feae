"""What changed since a contact last looked: a visit called off or moved, another person, a new invoice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment, Invoice, Window

from portal_read.pages.appointment_item import AppointmentItem, appointment_item, staff_change
from portal_read.pages.appointment_time import moved_in_words
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.snapshot import lacks_visits


@dataclass(frozen=True, slots=True)
class Change:
    """A row: what it is about, in `bits`, and old and new. `kind` is cancelled, changed or invoice."""

    kind: str
    url: str
    bits: Sequence[str]
    now: str
    was: str | None = None
    note: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows, one line that sums them up, and what a form has to bring back to say that they were seen.

    `learns` says that there are visits of which a later change could not be told yet.
    """

    rows: Sequence[Change]
    summary: str
    shown: str
    learns: bool


def changes_since(
    ctx: PageContext, visits: Sequence[Appointment], invoices: Sequence[Invoice], shown: str
) -> Changes:
    """Since `ctx.seen`; of one who never looked, what was called off. `shown` stands for the rows of now."""
    language = language_of(ctx)
    rows = [change for visit in visits for change in _of_visit(ctx, language, visit)]
    rows.sort(key=lambda change: change.kind != "cancelled")
    rows += _new_invoices(ctx, language, invoices)
    learns = bool(shown) and lacks_visits(ctx.seen, visits)
    return Changes(rows, _summary(language, rows), shown, learns)


def _of_visit(ctx: PageContext, language: Language, visit: Appointment) -> Iterator[Change]:
    """Most visits are as they were: those are not put into words."""
    seen = ctx.seen.visits.get(visit.appointment_id) if ctx.seen else None
    if visit.status == "cancelled":
        if not (seen and seen.cancelled):
            yield _cancelled(ctx, language, visit)
    elif seen and visit.confirmation != "on_hold":
        if seen.window != visit.window:
            yield from _moved(ctx, language, visit, seen.window)
        if person := staff_change(ctx, language, visit):
            item = appointment_item(ctx, language, visit)
            about = language.words.gettext("Who comes on {day}", day=item.time.list_day)
            yield Change("changed", item.url, _bits(about, item), person.now, person.was)


def _cancelled(ctx: PageContext, language: Language, visit: Appointment) -> Change:
    item, off = appointment_item(ctx, language, visit), visit.cancellation
    day = language.format.short_with_weekday(VisitTime.of(visit.window).first_day)
    return Change(
        "cancelled",
        item.url,
        _bits(item.service, item),
        item.tag.word,
        f"{day} {item.time.window}",
        language.words.gettext("Reason: {why}", why=off.reason) if off and off.reason else None,
        language.format.stamp(off.at) if off else None,
    )


def _moved(ctx: PageContext, language: Language, visit: Appointment, former: Window) -> Iterator[Change]:
    if moved := moved_in_words(language, VisitTime.of(former), VisitTime.of(visit.window)):
        item = appointment_item(ctx, language, visit)
        about = f"{item.service} {item.time.list_day}"
        when = item.move.at if item.move else None
        yield Change("changed", item.url, _bits(about, item), moved[1], moved[0], when=when)


def _bits(about: str, item: AppointmentItem) -> list[str]:
    return [about, item.site] if item.site else [about]


def _new_invoices(ctx: PageContext, language: Language, invoices: Sequence[Invoice]) -> Iterator[Change]:
    """One is named, several are counted."""
    if ctx.seen is None or not ctx.may_see("invoices"):
        return
    new = [invoice for invoice in invoices if invoice.invoice_id not in ctx.seen.invoices]
    if not new:
        return
    count = language.words.ngettext("{n} new invoice", "{n} new invoices", len(new))
    url = ctx.invoice_url(new[0].invoice_id) if len(new) == 1 else f"{ctx.root}/invoices"
    due = language.format.short(min(invoice.due_on for invoice in new))
    text = language.words.gettext("due by {day}", day=due) if len(new) == 1 else ""
    text = text or language.words.gettext("the first due by {day}", day=due)
    yield Change("invoice", url, [count, *(invoice.number for invoice in new[:5])], text)


def _summary(language: Language, rows: Sequence[Change]) -> str:
    """One that was called off is named, several are counted."""
    say, count = language.words.gettext, language.words.ngettext
    kinds = [row.kind for row in rows]
    if kinds == ["cancelled"]:
        return say("A visit was cancelled: {what}.", what=rows[0].was or "")
    parts: list[str] = []
    if off := kinds.count("cancelled"):
        parts.append(count("{n} visit cancelled", "{n} visits cancelled", off))
    if changed := len({row.url for row in rows if row.kind == "changed"}):
        parts.append(count("{n} visit changed", "{n} visits changed", changed))
    if "invoice" in kinds:
        parts.append(next(row.bits[0] for row in rows if row.kind == "invoice"))
    separator = "・" if language.format.japanese else ", "
    return say("{counts}.", counts=separator.join(parts)) if parts else ""
