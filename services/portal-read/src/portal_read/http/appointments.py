"""`GET /portal/{slug}/appointments` and `/appointments/{id}`."""

from datetime import datetime, timedelta
from typing import Final

from servicehub_events import Appointment, CustomerRequest, Invoice
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.domain.request_form import RequestForm
from portal_read.domain.requests import OF_A_VISIT, RequestKind, answer_to, state_of
from portal_read.http.page_request import PageRequest, Params, id_in, read_moment
from portal_read.http.signed_in import signed_in_page
from portal_read.pages import PageContext, StandingRequest
from portal_read.store import decode, decode_all

_LATE: Final = timedelta(hours=6)
"""How long after its window an unfinished appointment still counts as the next one."""


async def appointment_list(ctx: Context, request: Request) -> Response:
    """Upcoming and past appointments."""
    params = appointment_params(ctx, request)
    return await signed_in_page(ctx, request, store.APPOINTMENTS, show_appointments, params, role="visits")


async def one_appointment(ctx: Context, request: Request) -> Response:
    """One appointment, its invoices, and what comes after it."""
    params = {**appointment_params(ctx, request), "id": id_in(request)}
    return await signed_in_page(ctx, request, store.ONE_APPOINTMENT, show_appointment, params, role="visits")


def appointment_params(ctx: Context, request: Request) -> Params:
    """Past ones from `?before=<start>&id=<id>` on, coming ones from `?after=<end>&id=<id>`; or from now."""
    before, after = (read_moment(request.query_params.get(name, "")) for name in ("before", "after"))
    now, key = ctx.clock(), request.query_params.get("id", "").replace("\x00", "")
    return {
        "now": now,
        "ends_after": now - _LATE,
        "before": before or "infinity",
        "before_id": key if before else "",
        "after": after or "-infinity",
        "after_id": key if after else "",
    }


def upcoming(page: PageRequest) -> list[Appointment]:
    """Soonest first, as many as fit on a page."""
    return sorted(_by_end(page)[: store.UPCOMING_AT_ONCE], key=_start)


def upcoming_count(page: PageRequest) -> int:
    """How many there are in all."""
    return page.rows["upcoming_count"][0].version


def _by_end(page: PageRequest) -> list[Appointment]:
    return sorted(decode_all(Appointment, page.rows["upcoming"]), key=_end)


def _end(appointment: Appointment) -> tuple[datetime, str]:
    return appointment.window.end, appointment.appointment_id


def past(page: PageRequest) -> list[Appointment]:
    """Newest first; one more than fits on a page when there are more."""
    return sorted(decode_all(Appointment, page.rows["past"]), key=_start, reverse=True)


def _start(appointment: Appointment) -> tuple[datetime, str]:
    return appointment.window.start, appointment.appointment_id


def show_appointments(page: PageRequest) -> str:
    """The list of what was read."""
    older, limit, coming = past(page), store.PAST_AT_ONCE, _by_end(page)
    further = len(coming) > store.UPCOMING_AT_ONCE
    return pages.appointments(
        page.context,
        upcoming(page),
        older[:limit],
        len(older) > limit,
        coming[store.UPCOMING_AT_ONCE - 1] if further else None,
    )


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
