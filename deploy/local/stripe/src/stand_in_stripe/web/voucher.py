"""The konbini voucher: `/konbini/{payment_intent}`, with buttons in place of the store's counter."""

from datetime import datetime
from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stand_in_stripe.books import Selection
from stand_in_stripe.checkout.konbini import TOKYO, lapse_voucher, pay_voucher
from stand_in_stripe.currencies import money
from stand_in_stripe.errors import StripeError
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Json, PaymentIntent, Session
from stand_in_stripe.web.rendering import foreign, page


def voucher_routes(sandbox: Sandbox) -> list[Route]:
    """Return the page and its two buttons."""

    async def show(request: Request) -> Response:
        _, intent = sandbox.books.find(PaymentIntent, request.path_params["id"])
        return _page(intent) if intent else page("unknown.html", status=404)

    async def turn(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        owner, intent = sandbox.books.find(PaymentIntent, request.path_params["id"])
        action = {"pay": pay_voucher, "lapse": lapse_voucher}.get(request.path_params["action"])
        if intent is None or action is None:
            return page("unknown.html", status=404)
        for session in sandbox.books.newest(
            owner, Session, 1, Selection(equal={"payment_intent": intent.id})
        ):
            try:
                action(sandbox, owner, session)
            except StripeError:
                break  # somebody was quicker: the page shows what is true now
        return RedirectResponse(f"/konbini/{intent.id}", 303)

    return [Route("/konbini/{id}", show), Route("/konbini/{id}/{action}", turn, methods=["POST"])]


def _page(intent: PaymentIntent) -> Response:
    action = intent.next_action or {}
    details = cast("Json", action.get("konbini_display_details") or {})
    deadline = details.get("expires_at")
    return page(
        "voucher.html",
        intent=intent,
        amount=money(intent.amount, intent.currency),
        stores=details.get("stores") or {},
        deadline=f"{datetime.fromtimestamp(cast('int', deadline), TOKYO):%Y-%m-%d %H:%M:%S}"
        if deadline
        else "",
    )
