"""`GET /portal/{slug}/invoices` and `/invoices/{id}`."""

from collections.abc import Mapping
from datetime import datetime

from servicehub_events import Appointment, Invoice, Payment
from starlette.requests import Request

from portal_read import pages, queries
from portal_read.portal import Portal
from portal_read.queries import decode, decoded
from portal_read.web import shown
from portal_read.web.answers import Endpoint
from portal_read.web.arriving import Visit, id_in
from portal_read.web.paying import with_money
from portal_read.web.signed_in import signed_in_page


def invoice_list(portal: Portal) -> Endpoint:
    """Unpaid and settled invoices."""
    return signed_in_page(
        portal, queries.INVOICES, _show_list, role="invoices", asked=shown.page_of_invoices, pays=True
    )


def one_invoice(portal: Portal) -> Endpoint:
    """One invoice with its payments and visits."""
    return signed_in_page(portal, queries.ONE_INVOICE, _show_one, role="invoices", asked=_asked, pays=True)


def _asked(request: Request, _: datetime) -> Mapping[str, object]:
    return {"id": id_in(request)}


def _show_list(visit: Visit) -> str:
    unpaid, settled = shown.bills(visit)
    more = len(settled) > queries.SETTLED_AT_ONCE
    return pages.invoices(visit.ctx, [*unpaid, *settled[: queries.SETTLED_AT_ONCE]], more)


def _show_one(visit: Visit) -> str | None:
    rows = visit.found["invoice"]
    if not rows:
        return None
    view = with_money(decode(Invoice, rows[0]), decoded(Payment, visit.found["payment"]), visit.paying)
    visits = decoded(Appointment, visit.found["visit"]) if visit.ctx.may_see("visits") else []
    return pages.invoice(visit.ctx, view, visits)
