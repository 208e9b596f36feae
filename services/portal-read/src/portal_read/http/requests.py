"""Asking the business: forms on a visit's page and on `/portal/{slug}/requests`, and taking a request back.

A form is posted to the address of its own page. What can't be sent is shown again there with what was typed,
which travels in no cookie.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Final, cast, get_args
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import is_transient
from chassis.observability import security_log
from chassis.web import read_body
from servicehub_events import Appointment, CustomerRequest, Invoice
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.domain.request_form import Asker, RequestForm, request_of
from portal_read.domain.requests import OF_A_VISIT, RequestKind, RequestProblem
from portal_read.handlers.ask import MakeRequest, WithdrawRequest, make_request, withdraw_request
from portal_read.http import answers
from portal_read.http.appointments import appointment_params, show_appointment, standing_request
from portal_read.http.left_out import Show, show_soundly
from portal_read.http.page_request import PageRequest, Params, id_in, read_id, without_id
from portal_read.http.signed_in import open_signed_in, policy_of, signed_in_page
from portal_read.pages import FlashMessage, StandingRequest
from portal_read.read_model import UNAVAILABLE
from portal_read.store import decode_all, decode_first

_BODY_LIMIT: Final = 32_768
"""A note of a thousand characters of three bytes, each written as three more, and the fields beside it."""
_FIELDS_LIMIT: Final = 40
_SHOWN_ABOUT: Final = 10
_AWAY: Final = (SQLAlchemyError, *UNAVAILABLE)


async def ask_about_visit(ctx: Context, request: Request) -> Response:
    """`POST …/appointments/{id}?ask=move|cancel`."""
    page = await open_signed_in(ctx, request, store.ASK_ABOUT_APPOINTMENT, _visit_params(ctx, request))
    if isinstance(page, Response):
        return page
    kind, visit = asked_kind(request), decode_first(Appointment, page.rows["appointment"])
    if kind not in OF_A_VISIT or visit is None or not _may_see_visits(page):
        return _not_found(page)
    form = _form_of(kind, await read_body(request, limit=_BODY_LIMIT))
    problem = await _send(ctx, page, form, visit, None)
    if isinstance(problem, Response):
        return problem
    if problem:
        return _again(ctx, page, form, problem, show_appointment)
    return answers.redirect(page.context.appointment_url(visit.appointment_id))


async def request_list(ctx: Context, request: Request) -> Response:
    """`GET …/requests?ask=book|message|details`: a form, and one's own requests."""
    params = _request_params(ctx, request, request.query_params.get("about", ""))
    return await signed_in_page(ctx, request, store.REQUESTS, show_requests, params)


async def ask(ctx: Context, request: Request) -> Response:
    """`POST …/requests?ask=book|message|details`."""
    form = _form_of(asked_kind(request), await read_body(request, limit=_BODY_LIMIT))
    page = await open_signed_in(ctx, request, store.ASK, _request_params(ctx, request, form.about))
    if isinstance(page, Response):
        return page
    if form.kind in OF_A_VISIT or (form.kind == "book" and not _may_see_visits(page)):
        return _not_found(page)
    visit = _like(page) if form.kind == "book" else _named_visit(page)
    invoice = _named_invoice(page)
    if form.kind != "details" and form.about and not (_named_visit(page) or invoice):
        return _not_found(page)  # of somebody else, or of nobody
    about_visit = None if form.kind == "details" else visit
    problem = await _send(ctx, page, form, about_visit, invoice.invoice_id if invoice else None)
    if isinstance(problem, Response):
        return problem
    if problem:
        return _again(ctx, page, form, problem, show_requests)
    response = answers.redirect(f"{page.context.root}/requests")
    ctx.flash.put(response, {"code": "request_sent"})
    return response


async def withdraw(ctx: Context, request: Request) -> Response:
    """`POST …/requests/{id}/withdraw`: back to the page of the visit, or of one's requests."""
    page = await open_signed_in(ctx, request, store.SESSION_ONLY, {})
    if isinstance(page, Response):
        return page
    asker = _asker(page)
    command = WithdrawRequest(
        asker.business.business_id, asker.customer.customer_id, asker.contact_id, id_in(request)
    )
    try:
        state = await withdraw_request(ctx, command)
    except _AWAY as error:
        return _away(page, error)
    if state is None:
        return _not_found(page)
    of_visit = state.kind in OF_A_VISIT and state.appointment_id and page.context.may_see("visits")
    url = (
        page.context.appointment_url(state.appointment_id or "")
        if of_visit
        else f"{page.context.root}/requests"
    )
    response = answers.redirect(url)
    ctx.flash.put(response, {"code": "request_withdrawn"})
    return response


def show_requests(page: PageRequest) -> str | None:
    """The page of what was read; None where nothing can be asked and nothing was."""
    own = [one for one in standing_requests(page) if one.request.contact_id == _asker(page).contact_id]
    form = page.form or RequestForm(kind=asked_kind(page.request), about=str(page.params["about"]))
    if not (own or pages.asks(page.context)):
        return None
    visits, invoices = _about(page)
    return pages.requests(page.context, own, form, visits, invoices, _like(page))


def asked_kind(request: Request) -> RequestKind:
    """The kind that the address names; a message where it names none."""
    asked = request.query_params.get("ask", "")
    return cast(RequestKind, asked) if asked in get_args(RequestKind) else "message"


def standing_requests(page: PageRequest) -> list[StandingRequest]:
    """The requests that were read, each with its answer and how it stands."""
    visits = _visits_by_id(page)
    return [
        standing_request(page.context, request, visits.get(request.appointment_id or ""))
        for request in decode_all(CustomerRequest, page.rows["request"])
    ]


def _visits_by_id(page: PageRequest) -> Mapping[str, Appointment]:
    rows = (*page.rows["asked"], *page.rows["appointment"])
    return {visit.appointment_id: visit for visit in decode_all(Appointment, rows)}


async def _send(
    ctx: Context, page: PageRequest, form: RequestForm, visit: Appointment | None, invoice_id: str | None
) -> RequestProblem | Response | None:
    """Why it can't be sent; None when the business has it."""
    asker = _asker(page)
    made = request_of(form, asker, ctx.new_id(), visit, invoice_id)
    if isinstance(made, RequestProblem):
        return made
    zone = ZoneInfo(asker.business.time_zone)
    began = datetime.combine(asker.now.astimezone(zone).date(), time.min, zone)
    try:
        return await make_request(ctx, MakeRequest(made, frozenset(_closed(page)), began))
    except _AWAY as error:
        return _away(page, error)


def _away(page: PageRequest, error: Exception) -> Response:
    """Nothing was sent, and one can try again. Raises an error that no database has that is away."""
    if not is_transient(error):
        raise error
    return answers.unavailable(page.context)


def _closed(page: PageRequest) -> Iterator[str]:
    """Requests that wait no more. One that can't be read goes on counting, and all where a visit can't."""
    try:
        visits = _visits_by_id(page)
    except (msgspec.DecodeError, ValueError):
        return
    for row in page.rows["request"]:
        try:
            (request,) = decode_all(CustomerRequest, [row])
        except (msgspec.DecodeError, ValueError):
            continue
        visit = visits.get(request.appointment_id or "")
        if standing_request(page.context, request, visit).state != "waiting":
            yield request.request_id


def _again(
    ctx: Context, page: PageRequest, form: RequestForm, problem: RequestProblem, show: Show
) -> Response:
    """The page once more, with what was typed and what is wrong."""
    context = replace(page.context, flash=FlashMessage(problem.code))
    body = show_soundly(replace(page, context=context, form=form), show)
    if body is None:
        return _not_found(page)
    response = answers.html(body, 422, cache=answers.NEVER_STORED)
    response.headers.update(policy_of(ctx.settings))
    return response


def _may_see_visits(page: PageRequest) -> bool:
    """Whether the contact has the role; who asks without it is logged, as for a page."""
    if page.context.may_see("visits"):
        return True
    security_log.report("page_not_allowed", business_id=page.context.business.business_id, role="visits")
    return False


def _not_found(page: PageRequest) -> Response:
    return answers.html(pages.not_found(without_id(page)), 404)


def _asker(page: PageRequest) -> Asker:
    context = page.context
    assert context.customer  # noqa: S101  # who is signed in has both
    assert context.contact  # noqa: S101  # likewise
    return Asker(
        business=context.business,
        customer=context.customer,
        contact_id=context.contact.contact_id,
        locale=context.locale,
        now=context.now,
    )


def _form_of(kind: RequestKind, body: bytes) -> RequestForm:
    """What was typed, as it came: a body that is no form of ours is an empty one."""
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_FIELDS_LIMIT)
    except ValueError:
        pairs = []
    texts = dict(pairs)

    def every(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in pairs if key == name)

    return RequestForm(
        kind=kind,
        days=every("day"),
        parts=every("part"),
        note=texts.get("note", ""),
        reason=texts.get("reason", ""),
        service=texts.get("service", ""),
        site=texts.get("site", ""),
        about=texts.get("about", ""),
        changed=every("changed"),
    )


def _visit_params(ctx: Context, request: Request) -> Params:
    return {**appointment_params(ctx), "id": id_in(request)}


def _request_params(ctx: Context, request: Request, about: str) -> Params:
    """`about` names a visit or an invoice, `visit:ID` or `invoice:ID`."""
    kind, _, key = about.partition(":")
    named = {f"{name}_id": read_id(key) if kind == name else "" for name in ("visit", "invoice")}
    about = about if any(named.values()) else ""
    return {**appointment_params(ctx), **named, "about": about}


def _about(page: PageRequest) -> tuple[Sequence[Appointment], Sequence[Invoice]]:
    """What a message may be about: what it names, then what comes, and what is to be paid."""
    visits: list[Appointment] = []
    invoices: list[Invoice] = []
    if page.context.may_see("visits"):
        coming = sorted(decode_all(Appointment, page.rows["upcoming"]), key=lambda one: one.window.start)
        visits = [*filter(None, [_named_visit(page)]), *coming[:_SHOWN_ABOUT]]
    if page.context.may_see("invoices"):
        unpaid = decode_all(Invoice, page.rows["unpaid"])
        invoices = [*filter(None, [_named_invoice(page)]), *unpaid[:_SHOWN_ABOUT]]
    return visits, invoices


def _named_visit(page: PageRequest) -> Appointment | None:
    return decode_first(Appointment, page.rows["appointment"]) if page.context.may_see("visits") else None


def _named_invoice(page: PageRequest) -> Invoice | None:
    return decode_first(Invoice, page.rows["named"]) if page.context.may_see("invoices") else None


def _like(page: PageRequest) -> Appointment | None:
    """The visit that is named, else the last one, or else the next: what a new one is like."""
    if not page.context.may_see("visits"):
        return None
    if named := _named_visit(page):
        return named
    past = sorted(decode_all(Appointment, page.rows["past"]), key=lambda one: one.window.start)
    done = [visit for visit in past if visit.status == "completed"]
    coming = decode_all(Appointment, page.rows["upcoming"])
    return done[-1] if done else min(coming, key=lambda one: one.window.start, default=None)
