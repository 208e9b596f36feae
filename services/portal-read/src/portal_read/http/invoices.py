"""`GET /portal/{slug}/invoices/{id}`, and what other pages show of invoices."""

from dataclasses import replace

from servicehub_events import Appointment, Invoice, Message, Payment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.just_paid import with_money
from portal_read.http.page_request import PageRequest, id_in
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import InvoiceView
from portal_read.store import decode, decode_all


async def one_invoice(ctx: Context, request: Request) -> Response:
    """One invoice with its payments and appointments."""
    params = {"id": id_in(request)}
    return await signed_in_page(
        ctx, request, store.ONE_INVOICE, show_invoice, params, role="invoices", pays=True
    )


def unpaid_and_settled(page: PageRequest) -> tuple[list[InvoiceView], list[InvoiceView]]:
    """Unpaid invoices by due date, and settled ones, newest first."""
    payments, paid = decode_all(Payment, page.rows["payment"]), page.just_paid
    unpaid = [with_money(decode(Invoice, row), payments, paid) for row in page.rows["unpaid"]]
    settled = [with_money(decode(Invoice, row), payments, paid) for row in page.rows["settled"]]
    unpaid.sort(key=lambda view: (view.invoice.due_on, view.invoice.invoice_id))
    settled.sort(key=lambda view: (view.invoice.issued_on, view.invoice.invoice_id), reverse=True)
    return unpaid, settled


def in_credit(page: PageRequest) -> list[InvoiceView]:
    """Invoices of which the business holds too much now, newest first."""
    payments, paid = decode_all(Payment, page.rows["payment"]), page.just_paid
    views = [with_money(decode(Invoice, row), payments, paid) for row in page.rows["in_credit"]]
    views.sort(key=lambda view: (view.invoice.issued_on, view.invoice.invoice_id), reverse=True)
    return [view for view in views if view.money.credit]


def show_invoice(page: PageRequest) -> str | None:
    """The page of the invoice that was read; None without one."""
    rows = page.rows["invoice"]
    if not rows:
        return None
    view = with_money(decode(Invoice, rows[0]), decode_all(Payment, page.rows["payment"]), page.just_paid)
    view = replace(view, messages=decode_all(Message, page.rows["message"]))
    may_see = page.context.may_see("visits")
    appointments = decode_all(Appointment, page.rows["appointment"]) if may_see else []
    return pages.invoice(page.context, view, appointments)
