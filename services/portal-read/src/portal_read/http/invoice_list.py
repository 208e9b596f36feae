"""`GET /portal/{slug}/invoices`."""

from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.invoices import unpaid_and_settled
from portal_read.http.list_request import moment_of, oldest_year, page_of, read_query, search, within_year
from portal_read.http.page_request import PageRequest, Params
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import InvoiceView
from portal_read.pages.invoice_item import is_overdue
from portal_read.pages.language import language_of
from portal_read.pages.list_query import ListPage, ListQuery
from portal_read.pages.search import holds, invoice_texts
from portal_read.pages.site_labels import is_at
from portal_read.pages.titles import service_days

_UNPAID_AT_ONCE: Final = 50
_FOUND_AT_ONCE: Final = 50


async def invoice_list(ctx: Context, request: Request) -> Response:
    """Unpaid and settled invoices, or those among them that are looked for."""
    query = read_query(request)
    statement = store.SEARCHED_INVOICES if query.searches else store.INVOICES[query.direction]
    show = show_found if query.searches else show_invoices
    params, tagged = _bounds_of(query), not query.searches
    return await signed_in_page(
        ctx, request, statement, show, params, role="invoices", pays=True, tagged=tagged
    )


def _bounds_of(query: ListQuery) -> Params:
    """From where on, and in a year that is asked for: an invoice is dated in it, or in the one after."""
    moment = query.place and moment_of(query.place.key)
    place, first = moment and moment.date(), date(query.year, 1, 1) if query.year else None
    if query.year and place is None:
        place = date(query.year + 2, 1, 1)
    key = query.place.id if query.place else ""
    return {"from": first or "-infinity", "place": place or "infinity", "place_id": key}


def show_invoices(page: PageRequest) -> str:
    """The list, or the part of it that its address leads to."""
    query = read_query(page.request)
    unpaid, settled = unpaid_and_settled(page)
    if query.direction == "since":
        settled.reverse()
    shown = settled if query.direction in (None, "before", "since") else []
    return pages.invoices(
        page.context,
        unpaid,
        _unpaid_page(unpaid, query),
        page_of(shown, store.SETTLED_AT_ONCE, query, _issued_key, rising=False),
        query,
        oldest_year(page),
    )


def _unpaid_page(unpaid: list[InvoiceView], query: ListQuery) -> ListPage[InvoiceView]:
    """What is unpaid has been read whole: a page of it begins beside the row that is named."""
    if query.place and query.direction in ("after", "until"):
        place = (query.place.key, query.place.id)
        onwards = query.direction == "after"
        unpaid = [view for view in unpaid if (_due_key(view) > place if onwards else _due_key(view) < place)]
        unpaid = unpaid if onwards else unpaid[::-1]
    return page_of(unpaid, _UNPAID_AT_ONCE, query, _due_key, rising=True)


def show_found(page: PageRequest) -> str:
    """Those that are looked for among all that are unpaid, and as many settled ones as are opened at once."""
    query, ctx = read_query(page.request), page.context
    language = language_of(ctx)

    def fits(view: InvoiceView) -> bool:
        invoice = view.invoice
        days = [invoice.issued_on, *service_days(invoice)]
        if not within_year(days, query.year) or (query.site and not is_at(ctx, invoice.site, query.site)):
            return False
        if query.state == "overdue" and not is_overdue(view, language.today):
            return False
        return holds(invoice_texts(ctx, language, invoice), query.words)

    unpaid, settled = unpaid_and_settled(page)
    owed: ListPage[InvoiceView] = ListPage()
    found: ListPage[InvoiceView] = ListPage()
    if query.state != "paid" and query.direction != "before":
        owed = _unpaid_page([view for view in unpaid if fits(view)], query)
    if query.state not in ("to_pay", "overdue") and query.direction in (None, "before"):
        found = search(settled, fits, _FOUND_AT_ONCE, store.SEARCHED_AT_ONCE, _issued_key)
    return pages.invoices(ctx, unpaid, owed, found, query, oldest_year(page))


def _due_key(view: InvoiceView) -> tuple[str, str]:
    return view.invoice.due_on.isoformat(), view.invoice.invoice_id


def _issued_key(view: InvoiceView) -> tuple[str, str]:
    return view.invoice.issued_on.isoformat(), view.invoice.invoice_id
