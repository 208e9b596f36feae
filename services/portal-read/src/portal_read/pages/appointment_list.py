"""The list of visits: what is to come, and what is over, by year."""

from collections.abc import Sequence

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages.appointment_item import AppointmentItem, appointment_items
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.list_filter import ListFilter, YearOf, by_year, list_filter, years_since
from portal_read.pages.list_query import WHOLE_LIST, ListPage, ListQuery
from portal_read.pages.series import fold_series
from portal_read.pages.shell import page


def appointments(
    ctx: PageContext,
    coming: ListPage[Appointment],
    past: ListPage[Appointment],
    query: ListQuery = WHOLE_LIST,
    count: int | None = None,
    oldest_year: int | None = None,
) -> str:
    """`coming` soonest first, `past` newest first; `count` is how many are to come in all."""
    language, path = language_of(ctx), f"{ctx.root}/appointments"
    complete = count is not None and coming.on is None and coming.back is None
    return page(
        ctx,
        "appointments.html",
        language.words.gettext("Visits"),
        here="appointments",
        count=language.words.gettext("{n} coming up", n=str(count)) if count else None,
        filter=_filter(ctx, language, coming, past, query, oldest_year),
        whole=query == WHOLE_LIST,
        list_url=path,
        coming=fold_series(ctx, language, coming.rows, complete=complete),
        sooner_url=query.url(path, coming.back) if coming.back else None,
        later_url=query.url(path, coming.on) if coming.on else None,
        past=_by_year(ctx, language, past.rows),
        newer_url=query.url(path, past.back) if past.back else None,
        older_url=query.url(path, past.on) if past.on else None,
    )


def _filter(
    ctx: PageContext,
    language: Language,
    coming: ListPage[Appointment],
    past: ListPage[Appointment],
    query: ListQuery,
    oldest_year: int | None,
) -> ListFilter | None:
    return list_filter(
        ctx,
        language,
        query,
        action=f"{ctx.root}/appointments",
        hint=language.words.gettext("service, person or date"),
        years=years_since(language, oldest_year, ahead=1),
        sites=[visit.site for visit in (*coming.rows, *past.rows)],
        further=past.on is not None,
    )


def _by_year(
    ctx: PageContext, language: Language, visits: Sequence[Appointment]
) -> list[YearOf[AppointmentItem]]:
    years = [VisitTime.of(visit.window).first_day.year for visit in visits]
    return by_year(language, appointment_items(ctx, language, visits), years)
