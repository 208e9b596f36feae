"""`GET /portal/{slug}/pay` and `/result/{payment}`: before and after the payment page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from servicehub_events import Invoice, Message, Payment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.just_paid import with_money
from portal_read.http.page_request import PageRequest, id_in, path_and_query, read_id
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import InvoiceView
from portal_read.pages.tips import read_typed
from portal_read.read_model import StoredRow
from portal_read.store import decode, decode_all, decode_first

_NAMED_LIMIT: Final = 200


async def pay(ctx: Context, request: Request) -> Response:
    """All that is payable, or the invoices of `?invoice=ID&invoice=ID`; also where refusals come back to."""
    params = {"ids": _ids(request)}
    if "pick" in request.query_params and not params["ids"]:  # chosen on the list, and nothing was
        return answers.redirect(f"/portal/{request.path_params['slug']}/invoices?pick=own")
    return await signed_in_page(ctx, request, store.TO_PAY, show_pay, params, role="invoices", pays=True)


async def result(ctx: Context, request: Request) -> Response:
    """What became of a payment."""
    params = {"id": id_in(request)}
    return await signed_in_page(ctx, request, store.ONE_PAYMENT, show_result, params, role="invoices")


def _ids(request: Request) -> list[str]:
    texts = request.query_params.getlist("invoice")[:_NAMED_LIMIT]
    return sorted({read_id(text) for text in texts})


def show_pay(page: PageRequest) -> str | None:
    """The page before payment; None when an invoice that is named is not there."""
    named = _views(page, page.rows["named"])
    if {view.invoice.invoice_id for view in named} != set(_ids(page.request)):
        return None
    context = replace(page.context, path=path_and_query(page.request))
    return pages.pay(context, named or _views(page, page.rows["unpaid"]), read_typed(page.typed))


def show_result(page: PageRequest) -> str | None:
    """What became of the payment that was read; None when nothing is known of it."""
    payment = decode_first(Payment, page.rows["this_payment"])
    key = str(page.params["id"])
    named = page.just_paid.get(key, frozenset())
    paid = {share.invoice_id for share in payment.allocations} if payment else named
    own = [view for view in _views(page, page.rows["invoice"]) if view.invoice.invoice_id in paid]
    if payment is None and not own:
        return None
    messages = decode_all(Message, page.rows["message"])
    return pages.result(page.context, payment, own, key in page.just_paid, messages)


def _views(page: PageRequest, rows: Sequence[StoredRow]) -> list[InvoiceView]:
    payments = decode_all(Payment, page.rows["payment"])
    views = [with_money(decode(Invoice, row), payments, page.just_paid) for row in rows]
    return sorted(views, key=lambda view: (view.invoice.due_on, view.invoice.invoice_id))
