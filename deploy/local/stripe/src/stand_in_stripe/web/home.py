"""The page for developers at `/`: recent payments, and a switch for each thing that can go wrong."""

import contextlib
from datetime import UTC, datetime
from typing import get_args

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stand_in_stripe.currencies import money
from stand_in_stripe.faults import ApiFault, BadFault, Faults, Place, Wanted, WebhookFault
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Account, Event, Session
from stand_in_stripe.web.payments import charge_of
from stand_in_stripe.web.rendering import foreign, page

SHOWN = 30


def home_routes(sandbox: Sandbox, faults: Faults) -> list[Route]:
    """Return the page and its switches."""

    async def home(_request: Request) -> Response:
        sessions, owners = sandbox.books.newest(None, Session, SHOWN), sandbox.books.owners(Session)
        return page(
            "home.html",
            sessions=sessions,
            owners=owners,
            charges={each.id: charge_of(sandbox, owners[each.id], each) for each in sessions},
            events=sandbox.books.newest(None, Event, SHOWN),
            accounts=sandbox.books.newest(None, Account, SHOWN),
            faults=faults.listed(),
            places=get_args(Place),
            api_kinds=get_args(ApiFault),
            webhook_kinds=get_args(WebhookFault),
            money=money,
            moment=_moment,
        )

    async def plan(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        async with request.form() as form:
            place, _, kind = str(form.get("fault", "")).partition(" ")
        with contextlib.suppress(msgspec.ValidationError, BadFault):  # the page offers only what there is
            faults.plan(msgspec.convert({"on": place, "kind": kind}, Wanted))
        return RedirectResponse("/", 303)

    async def clear(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        faults.clear()
        return RedirectResponse("/", 303)

    return [
        Route("/", home),
        Route("/_faults", plan, methods=["POST"]),
        Route("/_faults/clear", clear, methods=["POST"]),
    ]


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%m-%d %H:%M:%S}"
