"""One answer, two shapes: a form is sent on with 303 and a flash, JSON gets JSON."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from chassis.web import problems, wants_json
from chassis.web.cookies import NO_STORE, flash_message, redirect_to_page
from chassis.web.signed_cookie import SignedCookie
from fastapi import FastAPI
from servicehub_events import Payment
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from billing import errors

_REMEMBERED = 5


def to_pay(request: Request, payment: Payment, url: str) -> Response:
    """Lead on to the processor's page."""
    if not wants_json(request):
        return RedirectResponse(url, 303, headers=NO_STORE)
    parts = [{"invoice_id": part.invoice_id, "amount": part.amount} for part in payment.allocations]
    body = {
        "payment_id": payment.payment_id,
        "url": url,
        "amount": payment.amount,
        "currency": payment.currency,
        "allocations": parts,
    }
    return JSONResponse(body, 201, headers=NO_STORE)


def remember(request: Request, response: Response, cookie: SignedCookie, payment: Payment) -> None:
    """Let this browser know what it paid, beside the newest payments that it knows of."""
    known = (cookie.read(request.cookies) or {}).get("payments")
    try:
        others = msgspec.convert(known or {}, dict[str, list[str]])
    except msgspec.ValidationError:
        others = {}
    others.pop(payment.payment_id, None)
    newest = list(others.items())[1 - _REMEMBERED :]
    mine = [part.invoice_id for part in payment.allocations]
    cookie.put(response, {"payments": dict([*newest, (payment.payment_id, mine)])})


def install(app: FastAPI, flash: SignedCookie) -> None:
    """Answer refusals in both shapes."""

    async def on_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.Refused)  # noqa: S101  # how Starlette dispatches; narrows the type
        if wants_json(request):
            return problems.answer(error)
        invoices: Sequence[str] = getattr(request.state, "invoices", ())
        unknown = isinstance(error, errors.InvoiceUnknown)
        asked = urlencode([("invoice", invoice_id) for invoice_id in invoices])
        page = "invoices" if unknown or not invoices else f"pay?{asked}"
        response = redirect_to_page(request, request.path_params["slug"], page)
        flash_message(response, flash, error.code, error.params, getattr(request.state, "typed", ""))
        return response

    async def on_stranger(request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.NotSignedIn)  # noqa: S101  # the same
        if wants_json(request):
            return problems.answer(error)
        return redirect_to_page(request, request.path_params["slug"], "sign-in")

    app.add_exception_handler(errors.Refused, on_refused)
    app.add_exception_handler(errors.NotSignedIn, on_stranger)
