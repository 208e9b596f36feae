"""`GET /portal/{slug}/pay` and `/result/{payment}`: before and after the payment page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from servicehub_events import Invoice, Payment
from starlette.requests import Request

from portal_read import pages, store
from portal_read.context import Portal
from portal_read.http.answers import Endpoint
from portal_read.http.just_paid import with_money
from portal_read.http.page_request import Visit, id_in, path_and_query, read_id
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import InvoiceView
from portal_read.read_model import Stored
from portal_read.store import decode, decoded

_MOST_NAMED: Final = 200


def pay(portal: Portal) -> Endpoint:
    """All that is payable, or the invoices of `?invoice=ID&invoice=ID`; also where refusals come back to."""
    return signed_in_page(portal, store.TO_PAY, _show_pay, role="invoices", asked=_named, pays=True)


def result(portal: Portal) -> Endpoint:
    """What became of a payment."""
    return signed_in_page(portal, store.ONE_PAYMENT, _show_result, role="invoices", asked=_asked)


def _named(request: Request, _: datetime) -> Mapping[str, object]:
    return {"ids": _ids(request)}


def _ids(request: Request) -> list[str]:
    wanted = request.query_params.getlist("invoice")[:_MOST_NAMED]
    return sorted({read_id(each) for each in wanted})


def _asked(request: Request, _: datetime) -> Mapping[str, object]:
    return {"id": id_in(request)}


def _show_pay(visit: Visit) -> str | None:
    named = _views(visit, visit.found["named"])
    if {view.invoice.invoice_id for view in named} != set(_ids(visit.request)):
        return None
    ctx = replace(visit.ctx, path=path_and_query(visit.request))
    return pages.pay(ctx, named or _views(visit, visit.found["unpaid"]), visit.typed)


def _show_result(visit: Visit) -> str | None:
    payment = next(iter(decoded(Payment, visit.found["asked"])), None)
    key = str(visit.params["id"])
    named = visit.paying.get(key, frozenset())
    paid = {part.invoice_id for part in payment.allocations} if payment else named
    mine = [view for view in _views(visit, visit.found["bill"]) if view.invoice.invoice_id in paid]
    if payment is None and not mine:
        return None
    return pages.result(visit.ctx, payment, mine, came_back=key in visit.paying)


def _views(visit: Visit, rows: Sequence[Stored]) -> list[InvoiceView]:
    payments = decoded(Payment, visit.found["payment"])
    views = [with_money(decode(Invoice, row), payments, visit.paying) for row in rows]
    return sorted(views, key=lambda view: (view.invoice.due_on, view.invoice.invoice_id))
