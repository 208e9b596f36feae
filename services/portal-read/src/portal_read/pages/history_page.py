"""What was done: visits that took place, by year, each with the invoices of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages.appointment_item import AppointmentItem, appointment_items
from portal_read.pages.attached_files import attached_files
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_item import InvoiceItem, invoice_items
from portal_read.pages.language import Language, language_of
from portal_read.pages.list_filter import by_year, list_filter, years_since
from portal_read.pages.list_query import WHOLE_LIST, ListPage, ListQuery
from portal_read.pages.request_pages import book_url
from portal_read.pages.search import appointment_texts
from portal_read.pages.shell import page

_LONGEST: Final = 200
"""Characters of what was done: about three lines of a phone; the visit's page says it all."""


@dataclass(frozen=True, slots=True)
class DoneItem:
    """`done` is the beginning of what was done, `finished` when, `files` how many photos and documents."""

    visit: AppointmentItem
    done: str | None
    finished: str | None
    files: str | None
    invoices: Sequence[InvoiceItem]
    book_url: str | None


def history(
    ctx: PageContext,
    done: ListPage[Appointment],
    invoices: Mapping[str, InvoiceView],
    query: ListQuery = WHOLE_LIST,
    oldest_year: int | None = None,
) -> str:
    """`done` newest first; `invoices` by id, none where the contact may not see them."""
    language, path = language_of(ctx), f"{ctx.root}/history"
    say = language.words.gettext
    hint = say("service, person or date")
    if ctx.may_see("invoices"):
        hint = say("service, person, invoice or date")
    years = [VisitTime.of(visit.window).first_day.year for visit in done.rows]
    return page(
        ctx,
        "history.html",
        say("History"),
        here="history",
        since=say("Since {year}", year=str(oldest_year)) if oldest_year else None,
        filter=list_filter(
            ctx,
            language,
            query,
            action=path,
            hint=hint,
            years=years_since(language, oldest_year),
            sites=[visit.site for visit in done.rows],
            further=done.on is not None,
        ),
        whole=query == WHOLE_LIST,
        list_url=path,
        done=by_year(language, _items(ctx, language, done.rows, invoices), years),
        newer_url=query.url(path, done.back) if done.back else None,
        older_url=query.url(path, done.on) if done.on else None,
        sees_invoices=ctx.may_see("invoices"),
    )


def done_texts(
    ctx: PageContext, language: Language, visit: Appointment, invoices: Mapping[str, InvoiceView]
) -> Iterable[str | None]:
    """What a visit that took place can be found by: also what was done, and the numbers of its invoices."""
    yield from appointment_texts(ctx, language, visit)
    yield visit.completed.summary if visit.completed else None
    yield from (view.invoice.number for view in _invoices_of(visit, invoices))


def _items(
    ctx: PageContext,
    language: Language,
    visits: Sequence[Appointment],
    invoices: Mapping[str, InvoiceView],
) -> list[DoneItem]:
    items = appointment_items(ctx, language, visits)
    return [
        DoneItem(
            visit=item,
            done=_beginning(visit.completed.summary) if visit.completed else None,
            finished=_finished(language, visit),
            files=_files(ctx, language, visit),
            invoices=invoice_items(ctx, language, _invoices_of(visit, invoices)),
            book_url=book_url(ctx, visit),
        )
        for visit, item in zip(visits, items, strict=True)
    ]


def _invoices_of(visit: Appointment, invoices: Mapping[str, InvoiceView]) -> list[InvoiceView]:
    return [invoices[key] for key in dict.fromkeys(visit.invoice_ids) if key in invoices]


def _beginning(summary: str | None) -> str | None:
    """On one line, and no more of it than a row holds."""
    text = " ".join((summary or "").split())
    return f"{text[: _LONGEST - 1].rstrip()}…" if len(text) > _LONGEST else text or None


def _finished(language: Language, visit: Appointment) -> str | None:
    """By the clock of the place; with its day where that is not the visit's own."""
    if visit.completed is None:
        return None
    time, zone = VisitTime.of(visit.window), ZoneInfo(visit.window.time_zone)
    at, show = visit.completed.at, language.format
    same_day = time.day_count == 1 and at.astimezone(zone).date() == time.first_day
    told = show.time(at, zone) if same_day else show.stamp(at, zone)
    return language.words.gettext("finished {time}", time=told)


def _files(ctx: PageContext, language: Language, visit: Appointment) -> str | None:
    """2 photos, 1 document: those that the contact may see."""
    files, words = attached_files(ctx, language, visit), language.words
    photos = sum(file.icon == "photo" for file in files)
    others = len(files) - photos
    parts = [
        words.ngettext("{n} photo", "{n} photos", photos) if photos else "",
        words.ngettext("{n} document", "{n} documents", others) if others else "",
    ]
    return ("・" if language.format.japanese else ", ").join(part for part in parts if part) or None
