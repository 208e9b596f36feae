"""`GET /portal/{slug}`."""

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request

from portal_read import pages, store
from portal_read.context import Portal
from portal_read.http import shown
from portal_read.http.answers import Endpoint
from portal_read.http.page_request import Visit
from portal_read.http.signed_in import signed_in_page


def dashboard(portal: Portal) -> Endpoint:
    """The next visit, what is owed, what to press."""
    return signed_in_page(portal, store.DASHBOARD, _show, asked=_asked, pays=True)


def _asked(request: Request, now: datetime) -> Mapping[str, object]:
    return {**shown.page_of_visits(request, now), **shown.page_of_invoices(request, now)}


def _show(visit: Visit) -> str:
    visits, invoices = visit.ctx.may_see("visits"), visit.ctx.may_see("invoices")
    unpaid, settled = shown.bills(visit) if invoices else ([], [])
    return pages.dashboard(
        visit.ctx,
        shown.upcoming(visit) if visits else [],
        shown.past(visit)[:1] if visits else [],
        [*unpaid, *settled],
    )
