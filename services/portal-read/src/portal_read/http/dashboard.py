"""`GET /portal/{slug}`."""

from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http.appointments import appointment_params, cancelled, past, upcoming, upcoming_count
from portal_read.http.invoices import in_credit, unpaid_and_settled
from portal_read.http.page_request import PageRequest
from portal_read.http.seen import shown_rows
from portal_read.http.signed_in import signed_in_page


async def dashboard(ctx: Context, request: Request) -> Response:
    """The next appointment, what is owed, what to press."""
    params = appointment_params(ctx)
    return await signed_in_page(ctx, request, store.DASHBOARD, show_dashboard, params, pays=True)


def show_dashboard(page: PageRequest) -> str:
    """The home page of what was read."""
    sees_appointments, sees_invoices = page.context.may_see("visits"), page.context.may_see("invoices")
    unpaid, settled = unpaid_and_settled(page) if sees_invoices else ([], [])
    return pages.dashboard(
        page.context,
        upcoming(page) if sees_appointments else [],
        past(page)[:1] if sees_appointments else [],
        [*unpaid, *settled],
        upcoming_count(page),
        cancelled(page) if sees_appointments else [],
        shown_rows(page),
        in_credit(page) if sees_invoices else [],
    )
