"""`GET /portal/{slug}/appointments`."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.appointments import LATE, appointment_params, cancelled, start_of, upcoming_count
from portal_read.http.list_request import moment_of, oldest_year, page_of, read_query, search, within_year
from portal_read.http.page_request import PageRequest, Params
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import PageContext
from portal_read.pages.appointment_item import UPCOMING
from portal_read.pages.language import language_of
from portal_read.pages.list_query import ListPage, ListQuery
from portal_read.pages.search import appointment_texts, holds
from portal_read.pages.site_labels import is_at
from portal_read.store import decode_all

_FOUND_AT_ONCE: Final = 100
_ANY_ZONE: Final = timedelta(days=1)


async def appointment_list(ctx: Context, request: Request) -> Response:
    """Visits to come and past ones, or those among both that are looked for."""
    query = read_query(request)
    statement = store.SEARCHED_VISITS if query.searches else store.VISITS[query.direction]
    show = show_found if query.searches else show_appointments
    params = {**appointment_params(ctx), **bounds_of(query)}
    tagged = not query.searches
    return await signed_in_page(ctx, request, statement, show, params, role="visits", tagged=tagged)


def bounds_of(query: ListQuery) -> Params:
    """From where on, and in a year that is asked for; wherever the year may already or still be it."""
    place = query.place and moment_of(query.place.key)
    first: datetime | str = "-infinity"
    if query.year:
        first = datetime(query.year, 1, 1, tzinfo=UTC) - _ANY_ZONE
        place = place or first + timedelta(days=366) + 2 * _ANY_ZONE
    return {"from": first, "place": place or "infinity", "place_id": query.place.id if query.place else ""}


def show_appointments(page: PageRequest) -> str:
    """The list, or the part of it that its address leads to."""
    query = read_query(page.request)
    rows = decode_all(Appointment, page.rows["upcoming"])
    rows.sort(key=_end_of, reverse=query.direction == "until")
    coming = page_of(rows, store.COMING_AT_ONCE, query, _end_key, rising=True)
    rows = decode_all(Appointment, page.rows["past"])
    rows.sort(key=start_of, reverse=query.direction != "since")
    past = page_of(rows, store.PAST_AT_ONCE, query, start_key, rising=False)
    count = upcoming_count(page) if query.direction is None else None
    coming = replace(coming, rows=sorted([*coming.rows, *_called_off_among(page, coming)], key=start_of))
    return pages.appointments(page.context, coming, past, query, count, oldest_year(page))


def _called_off_among(page: PageRequest, coming: ListPage[Appointment]) -> list[Appointment]:
    """Those ahead that were called off, from the first to the last of a page of those that are to come."""
    ends = [_end_of(visit) for visit in coming.rows]
    return [
        visit
        for visit in cancelled(page)
        if (coming.back is None or ends[0] <= _end_of(visit))
        and (coming.on is None or _end_of(visit) <= ends[-1])
    ]


def show_found(page: PageRequest) -> str:
    """Those that are looked for, among as many as are opened at once."""
    query, ctx = read_query(page.request), page.context
    language = language_of(ctx)
    rows = decode_all(Appointment, page.rows["searched"])
    found = find_visits(ctx, rows, query, lambda visit: appointment_texts(ctx, language, visit))
    coming = [visit for visit in found.rows if _is_coming(visit, ctx.now)]
    past = [visit for visit in found.rows if not _is_coming(visit, ctx.now)]
    shown = replace(found, rows=past)
    return pages.appointments(ctx, ListPage(coming[::-1]), shown, query, oldest_year=oldest_year(page))


def find_visits(
    ctx: PageContext,
    rows: list[Appointment],
    query: ListQuery,
    texts_of: Callable[[Appointment], Iterable[str | None]],
) -> ListPage[Appointment]:
    """Those of the place, the year and the words that are looked for, newest first."""

    def fits(visit: Appointment) -> bool:
        day = VisitTime.of(visit.window).first_day
        if not within_year([day], query.year) or (query.site and not is_at(ctx, visit.site, query.site)):
            return False
        return holds(texts_of(visit), query.words)

    newest_first = sorted(rows, key=start_of, reverse=True)
    return search(newest_first, fits, _FOUND_AT_ONCE, store.SEARCHED_AT_ONCE, start_key)


def _is_coming(visit: Appointment, now: datetime) -> bool:
    late = LATE if visit.status in UPCOMING else timedelta(0)
    return visit.status in (*UPCOMING, "cancelled") and visit.window.end > now - late


def _end_of(visit: Appointment) -> tuple[datetime, str]:
    return visit.window.end, visit.appointment_id


def _end_key(visit: Appointment) -> tuple[str, str]:
    return visit.window.end.isoformat(), visit.appointment_id


def start_key(visit: Appointment) -> tuple[str, str]:
    return visit.window.start.isoformat(), visit.appointment_id
