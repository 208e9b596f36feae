"""`GET /portal/{slug}/invoices` and `/invoices/{id}`."""

from collections.abc import Mapping
from datetime import datetime

from servicehub_events import Appointment, Invoice, Payment
from starlette.requests import Request

from portal_read import pages, store
from portal_read.context import Portal
from portal_read.http import shown
from portal_read.http.answers import Endpoint
from portal_read.http.just_paid import with_money
from portal_read.http.page_request import Visit, id_in
from portal_read.http.signed_in import signed_in_page
from portal_read.store import decode, decoded


def invoice_list(portal: Portal) -> Endpoint:
    """Unpaid and settled invoices."""
    return signed_in_page(
        portal, store.INVOICES, _show_list, role="invoices", asked=shown.page_of_invoices, pays=True
    )


def one_invoice(portal: Portal) -> Endpoint:
    """One invoice with its payments and visits."""
    return signed_in_page(portal, store.ONE_INVOICE, _show_one, role="invoices", asked=_asked, pays=True)


def _asked(request: Request, _: datetime) -> Mapping[str, object]:
    return {"id": id_in(request)}


def _show_list(visit: Visit) -> str:
    unpaid, settled = shown.bills(visit)
    more = len(settled) > store.SETTLED_AT_ONCE
    return pages.invoices(visit.ctx, [*unpaid, *settled[: store.SETTLED_AT_ONCE]], more)


def _show_one(visit: Visit) -> str | None:
    rows = visit.found["invoice"]
    if not rows:
        return None
    view = with_money(decode(Invoice, rows[0]), decoded(Payment, visit.found["payment"]), visit.paying)
    visits = decoded(Appointment, visit.found["visit"]) if visit.ctx.may_see("visits") else []
    return pages.invoice(visit.ctx, view, visits)
