"""`GET /portal/{slug}/invoices` and `/invoices/{id}`."""

from servicehub_events import Appointment, Invoice, Payment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.just_paid import with_money
from portal_read.http.page_request import PageRequest, Params, id_in, read_moment
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import InvoiceView
from portal_read.store import decode, decode_all


async def invoice_list(ctx: Context, request: Request) -> Response:
    """Unpaid and settled invoices."""
    params = invoice_params(request)
    return await signed_in_page(
        ctx, request, store.INVOICES, show_invoices, params, role="invoices", pays=True
    )


async def one_invoice(ctx: Context, request: Request) -> Response:
    """One invoice with its payments and appointments."""
    params = {"id": id_in(request)}
    return await signed_in_page(
        ctx, request, store.ONE_INVOICE, show_invoice, params, role="invoices", pays=True
    )


def invoice_params(request: Request) -> Params:
    """From `?before=<issued on>&id=<id>` on, or from the newest."""
    day_before = request.query_params.get("before", "")
    before = read_moment(f"{day_before}T00:00:00Z") if day_before else None
    key = request.query_params.get("id", "") if before else ""
    day = before.date() if before else "infinity"
    return {"issued_before": day, "issued_before_id": key.replace("\x00", "")}


def unpaid_and_settled(page: PageRequest) -> tuple[list[InvoiceView], list[InvoiceView]]:
    """Unpaid invoices by due date, and settled ones, newest first."""
    payments, paid = decode_all(Payment, page.rows["payment"]), page.just_paid
    unpaid = [with_money(decode(Invoice, row), payments, paid) for row in page.rows["unpaid"]]
    settled = [with_money(decode(Invoice, row), payments, paid) for row in page.rows["settled"]]
    unpaid.sort(key=lambda view: (view.invoice.due_on, view.invoice.invoice_id))
    settled.sort(key=lambda view: (view.invoice.issued_on, view.invoice.invoice_id), reverse=True)
    return unpaid, settled


def show_invoices(page: PageRequest) -> str:
    """The list of what was read."""
    unpaid, settled = unpaid_and_settled(page)
    limit = store.SETTLED_AT_ONCE
    return pages.invoices(page.context, [*unpaid, *settled[:limit]], len(settled) > limit)


def show_invoice(page: PageRequest) -> str | None:
    """The page of the invoice that was read; None without one."""
    rows = page.rows["invoice"]
    if not rows:
        return None
    view = with_money(decode(Invoice, rows[0]), decode_all(Payment, page.rows["payment"]), page.just_paid)
    may_see = page.context.may_see("visits")
    appointments = decode_all(Appointment, page.rows["appointment"]) if may_see else []
    return pages.invoice(page.context, view, appointments)
