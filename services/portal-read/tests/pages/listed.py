"""The lists as a reader meets them: whole, searched, and further along."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from msgspec import structs
from page_samples import Season
from portal_read import pages
from portal_read.pages import InvoiceView, PageContext
from portal_read.pages.list_query import WHOLE_LIST, ListPage, ListPlace, ListQuery
from request_samples import taking
from servicehub_events import Appointment, AttachedFile, Completion, CustomerSite


def visits(
    ctx: PageContext, coming: Sequence[Appointment], past: Sequence[Appointment] = (), **more: object
) -> str:
    """The first page of the list."""
    query = more.get("query", WHOLE_LIST)
    assert isinstance(query, ListQuery)
    count = sum(visit.status != "cancelled" for visit in coming)
    return pages.appointments(ctx, ListPage(coming), ListPage(past), query, count)


def invoices(ctx: PageContext, views: Sequence[InvoiceView], query: ListQuery = WHOLE_LIST) -> str:
    """The first page of the list."""
    unpaid = [view for view in views if view.money.amount_due > 0]
    settled = [view for view in views if view.money.amount_due == 0]
    return pages.invoices(ctx, unpaid, ListPage(unpaid), ListPage(settled), query)


def with_sites(ctx: PageContext, *labels: str) -> PageContext:
    """Of a customer with several places."""
    assert ctx.customer
    sites = [CustomerSite(site_id=f"s-{n}", label=label, address="") for n, label in enumerate(labels, 1)]
    return replace(ctx, customer=structs.replace(ctx.customer, sites=tuple(sites)))


def done_of(season: Season) -> list[Appointment]:
    """Every visit of the season as one that took place, newest first, with invoices and photos."""
    photos = tuple(
        AttachedFile(id=f"f-{n}", url=f"https://files.example/{n}", title="№ 1", kind="photo")
        for n in range(2)
    )
    bills = [view.invoice.invoice_id for view in season.invoices]
    visits = [*season.upcoming, *(visit for visit in season.past if visit.status == "completed")]
    return [_done(visit, 21 * n, tuple(bills[n : n + 1]), photos[n:]) for n, visit in enumerate(visits, 1)]


def _done(
    visit: Appointment, days: int, invoice_ids: tuple[str, ...], photos: tuple[AttachedFile, ...]
) -> Appointment:
    window, back = visit.window, timedelta(days=42 + days)
    said = visit.completed.summary if visit.completed else visit.service.description
    return structs.replace(
        visit,
        status="completed",
        confirmation=None,
        cancellation=None,
        window=structs.replace(window, start=window.start - back, end=window.end - back),
        completed=Completion(at=window.end - back + timedelta(minutes=4), summary=said),
        invoice_ids=invoice_ids,
        attachments=(*visit.attachments, *photos),
    )


def history(
    ctx: PageContext, visits: Sequence[Appointment], views: Sequence[InvoiceView], **more: object
) -> str:
    """The first page of what was done."""
    query, invoices = more.get("query", WHOLE_LIST), {view.invoice.invoice_id: view for view in views}
    assert isinstance(query, ListQuery)
    return pages.history(ctx, ListPage(visits), invoices, query, 2025 if visits else None)


def lists_of(season: Season) -> dict[str, str]:
    """Both lists in each of their states."""
    ctx, place = season.ctx, ListPlace("before", "2026-11-01", "x")
    several = with_sites(ctx, "№ 1", "№ 2")
    paying = replace(several, pays_online=True)
    settled = [view for view in season.invoices if view.money.amount_due == 0]
    done, views = done_of(season), season.invoices
    weekly = [structs.replace(season.upcoming[0], appointment_id=f"w-{n}") for n in range(4)]
    return {
        "appointments": visits(ctx, season.upcoming, season.past),
        "appointments_empty": visits(ctx, ()),
        "appointments_several": visits(several, weekly, season.past),
        "appointments_found": visits(
            several, season.upcoming, season.past, query=ListQuery("2026", year=2026)
        ),
        "appointments_nothing": visits(several, (), query=ListQuery("№")),
        "appointments_older": pages.appointments(
            ctx, ListPage(), ListPage(season.past, place, place), ListQuery(place=place), oldest_year=2023
        ),
        "history": history(ctx, done, views),
        "history_empty": history(ctx, (), ()),
        "history_several": history(taking(several), done, views),
        "history_found": history(taking(several), done[:1], views, query=ListQuery("2026", year=2026)),
        "history_nothing": history(several, (), (), query=ListQuery("№")),
        "history_older": pages.history(
            ctx, ListPage(done, place, place), {}, ListQuery(place=place), oldest_year=2023
        ),
        "invoices": invoices(ctx, season.invoices),
        "invoices_empty": invoices(ctx, ()),
        "invoices_chosen": invoices(paying, season.invoices),
        "invoices_none_chosen": invoices(paying, season.invoices, ListQuery(pick="none")),
        "invoices_found": invoices(paying, season.invoices, ListQuery("1", state="to_pay")),
        "invoices_older": pages.invoices(
            ctx, (), ListPage(), ListPage(settled, place, place), ListQuery(place=place), 2023
        ),
    }
