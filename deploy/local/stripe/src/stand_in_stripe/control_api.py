"""`/_sandbox/…`: the controls, for JSON and for the forms of pages, and the books; no key is needed."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stand_in_stripe.books import Owned
from stand_in_stripe.controls import CONTROLS, Control
from stand_in_stripe.currencies import minor
from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import TABLE, Json, encode, plain
from stand_in_stripe.pages import foreign, home_page, payment_page, session_of, unknown_page
from stand_in_stripe.sandbox import Context, Sandbox

FORM = "application/x-www-form-urlencoded"


def control_routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the endpoints."""

    async def books(request: Request) -> Response:
        return _json(everything(sandbox, request.query_params.get("account")))

    async def faults(_request: Request) -> Response:
        return _json(sandbox.faults)

    async def clear_faults(_request: Request) -> Response:
        sandbox.faults.clear()
        return Response(status_code=204)

    return [
        Route("/_sandbox/books", books),
        Route("/_sandbox/faults", faults),
        Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
        *(
            Route(f"/_sandbox/{control.path}", _endpoint(sandbox, control), methods=["POST"])
            for control in CONTROLS
        ),
    ]


def everything(sandbox: Sandbox, account: str | None) -> Json:
    """The books of one account, or of all; oldest first. Each event with its delivery and every attempt."""
    books: Json = {}
    for kind in TABLE.objects:
        rows = reversed(sandbox.books.newest(None if kind == "account" else account, kind))
        books[f"{kind.rpartition('.')[2]}s"] = [plain(owned.object) | _kept_with(owned) for owned in rows]
    return books


def _kept_with(owned: Owned) -> Json:
    delivery = {"delivery": owned.object["_delivery"]} if "_delivery" in owned.object else {}
    return {"stripe_account": owned.account, **delivery}


def _endpoint(sandbox: Sandbox, control: Control) -> Callable[[Request], Awaitable[Response]]:
    async def act(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        by_form = request.headers.get("content-type", "").startswith(FORM)
        answer = _by_form if by_form else _by_json
        return answer(sandbox, control, request.path_params.get("id", ""), await request.body())

    return act


def _by_json(sandbox: Sandbox, control: Control, identifier: str, body: bytes) -> Response:
    try:
        sent = msgspec.json.decode(body or b"{}", type=Json)
        return _json(control.run(*control.target(sandbox, identifier), sent, strict=True))
    except msgspec.MsgspecError as error:
        return _json({"error": str(error)}, 400)
    except StripeError as error:
        return _json(error.body(), error.status)


def _by_form(sandbox: Sandbox, control: Control, identifier: str, body: bytes) -> Response:
    """Do it, and back to the page: another tab may have been quicker, which the page then shows."""
    sent: Json = dict(parse_qsl(body.decode()))
    sent |= parse_qsl(sent.pop("choice", ""))
    back: str = sent.pop("back", "")
    try:
        ctx, target = control.target(sandbox, identifier)
    except StripeError:
        return unknown_page()
    problem = _problem(control, ctx, target, sent)
    if not target:
        return home_page(sandbox, problem) if problem else RedirectResponse("/", 303)
    session = session_of(ctx, target)
    if problem and not back:
        return payment_page(ctx, session, problem)
    return RedirectResponse(back or f"/payments/{session['id']}", 303)


def _problem(control: Control, ctx: Context, target: Json, sent: Json) -> str:
    try:
        if "amount" in sent:
            sent["amount"] = minor(sent["amount"], target["currency"])
        control.run(ctx, target, sent, strict=False)
    except msgspec.ValidationError as error:
        return str(error)
    except StripeError as error:
        return error.message
    return ""


def _json(body: object, status: int = 200) -> Response:
    return Response(encode(body), status, media_type="application/json")
