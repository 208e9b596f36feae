"""`GET /portal/{slug}/history`: the visits that took place, with what was done and their invoices."""

from collections.abc import Mapping
from dataclasses import replace

from servicehub_events import Appointment, Invoice, Payment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.appointment_list import bounds_of, find_visits, start_key
from portal_read.http.appointments import start_of
from portal_read.http.just_paid import with_money
from portal_read.http.list_request import oldest_year, page_of, read_query
from portal_read.http.page_request import PageRequest
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import InvoiceView
from portal_read.pages.history_page import done_texts
from portal_read.pages.language import language_of
from portal_read.pages.list_query import ListQuery
from portal_read.store import decode_all


async def history(ctx: Context, request: Request) -> Response:
    """What was done, newest first, or what of it is looked for."""
    query = _query_of(request)
    statement = store.SEARCHED_HISTORY if query.searches else store.HISTORY[query.direction]
    tagged = not query.searches
    return await signed_in_page(
        ctx, request, statement, show_history, bounds_of(query), role="visits", tagged=tagged
    )


def show_history(page: PageRequest) -> str:
    """The list, the part of it that its address leads to, or what was found."""
    ctx, query, invoices = page.context, _query_of(page.request), _invoices(page)
    visits = decode_all(Appointment, page.rows["past"])
    if query.searches:
        language = language_of(ctx)
        done = find_visits(ctx, visits, query, lambda visit: done_texts(ctx, language, visit, invoices))
    else:
        visits.sort(key=start_of, reverse=query.direction != "since")
        done = page_of(visits, store.PAST_AT_ONCE, query, start_key, rising=False)
    return pages.history(ctx, done, invoices, query, oldest_year(page))


def _query_of(request: Request) -> ListQuery:
    """Without what another list alone can be asked for."""
    query = replace(read_query(request), state=None)
    return query if query.direction in store.HISTORY else replace(query, place=None)


def _invoices(page: PageRequest) -> Mapping[str, InvoiceView]:
    """Those of the visits by id; none for a contact who may not see invoices."""
    if not page.context.may_see("invoices"):
        return {}
    payments = decode_all(Payment, page.rows["payment"])
    invoices = decode_all(Invoice, page.rows["invoice"])
    return {one.invoice_id: with_money(one, payments, page.just_paid) for one in invoices}
