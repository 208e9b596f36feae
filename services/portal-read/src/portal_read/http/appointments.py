"""`GET /portal/{slug}/appointments/{id}`, and what other pages show of visits."""

from datetime import datetime, timedelta
from typing import Final

from servicehub_events import Appointment, CustomerRequest, Invoice
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.domain.request_form import RequestForm
from portal_read.domain.requests import OF_A_VISIT, RequestKind, answer_to, state_of
from portal_read.http.page_request import PageRequest, Params, id_in
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import PageContext, StandingRequest
from portal_read.store import decode, decode_all

LATE: Final = timedelta(hours=6)
"""How long after its window an unfinished appointment still counts as the next one."""


async def one_appointment(ctx: Context, request: Request) -> Response:
    """One appointment, its invoices, and what comes after it."""
    params = {**appointment_params(ctx), "id": id_in(request)}
    return await signed_in_page(ctx, request, store.ONE_APPOINTMENT, show_appointment, params, role="visits")


def appointment_params(ctx: Context) -> Params:
    """What tells visits that are to come from those that are over."""
    now = ctx.clock()
    return {"now": now, "ends_after": now - LATE}


def upcoming(page: PageRequest) -> list[Appointment]:
    """Soonest first."""
    return sorted(decode_all(Appointment, page.rows["upcoming"]), key=start_of)


def cancelled(page: PageRequest) -> list[Appointment]:
    """Visits ahead that were called off, soonest first."""
    return sorted(decode_all(Appointment, page.rows["cancelled"]), key=start_of)


def upcoming_count(page: PageRequest) -> int:
    """How many there are in all."""
    return page.rows["upcoming_count"][0].version


def past(page: PageRequest) -> list[Appointment]:
    """Newest first."""
    return sorted(decode_all(Appointment, page.rows["past"]), key=start_of, reverse=True)


def start_of(appointment: Appointment) -> tuple[datetime, str]:
    """By which visits are put in order: the id among those that begin at the same time."""
    return appointment.window.start, appointment.appointment_id


def show_appointment(page: PageRequest) -> str | None:
    """The page of the visit that was read; None without one."""
    rows = page.rows["appointment"]
    if not rows:
        return None
    appointment = decode(Appointment, rows[0])
    invoices = decode_all(Invoice, page.rows["invoice"]) if page.context.may_see("invoices") else []
    later = [other for other in upcoming(page) if other.window.start > appointment.window.start]
    return pages.appointment(
        page.context, appointment, invoices, later, requests_about(page, appointment), _form(page)
    )


def requests_about(page: PageRequest, appointment: Appointment) -> list[StandingRequest]:
    """Those to move or cancel it, the newest first, each with its answer and how it stands."""
    key = appointment.appointment_id
    return [
        standing_request(page.context, request, appointment)
        for request in decode_all(CustomerRequest, page.rows["request"])
        if request.appointment_id == key and request.kind in OF_A_VISIT
    ]


def standing_request(
    context: PageContext, request: CustomerRequest, appointment: Appointment | None
) -> StandingRequest:
    """How a request stands now, about this visit if it is about one."""
    answer = answer_to(request, context.customer, appointment)
    return StandingRequest(request, answer, state_of(request, answer, appointment, context.now))


def _form(page: PageRequest) -> RequestForm | None:
    """The form that was sent and can't be, or the one that is asked for."""
    wanted = page.request.query_params.get("ask")
    asked: RequestKind | None = next((kind for kind in OF_A_VISIT if kind == wanted), None)
    return page.form or (RequestForm(kind=asked) if asked else None)
