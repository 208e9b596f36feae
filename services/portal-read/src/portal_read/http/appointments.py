"""`GET /portal/{slug}/appointments` and `/appointments/{id}`."""

from collections.abc import Mapping
from datetime import datetime

from servicehub_events import Appointment, Invoice
from starlette.requests import Request

from portal_read import pages, store
from portal_read.context import Portal
from portal_read.http import shown
from portal_read.http.answers import Endpoint
from portal_read.http.page_request import Visit, id_in
from portal_read.http.signed_in import signed_in_page
from portal_read.store import decode, decoded


def visit_list(portal: Portal) -> Endpoint:
    """Upcoming and past visits."""
    return signed_in_page(portal, store.VISITS, _show_list, role="visits", asked=shown.page_of_visits)


def one_visit(portal: Portal) -> Endpoint:
    """One visit, its invoices, and what comes after it."""
    return signed_in_page(portal, store.ONE_VISIT, _show_one, role="visits", asked=_asked)


def _asked(request: Request, now: datetime) -> Mapping[str, object]:
    return {**shown.page_of_visits(request, now), "id": id_in(request)}


def _show_list(visit: Visit) -> str:
    past, shown_past = shown.past(visit), store.PAST_AT_ONCE
    return pages.appointments(visit.ctx, shown.upcoming(visit), past[:shown_past], len(past) > shown_past)


def _show_one(visit: Visit) -> str | None:
    rows = visit.found["visit"]
    if not rows:
        return None
    appointment = decode(Appointment, rows[0])
    invoices = decoded(Invoice, visit.found["invoice"]) if visit.ctx.may_see("invoices") else []
    later = [each for each in shown.upcoming(visit) if each.window.start > appointment.window.start]
    return pages.appointment(visit.ctx, appointment, invoices, later)
