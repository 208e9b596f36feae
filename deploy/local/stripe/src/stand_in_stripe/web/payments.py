"""A paid payment: `/payments/{session}`, with what the business and the payer's bank may do to it."""

import re
from collections.abc import Callable
from decimal import Decimal

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stand_in_stripe.books import Selection
from stand_in_stripe.currencies import decimals, money
from stand_in_stripe.errors import StripeError, invalid
from stand_in_stripe.reversals.charges import charge_of_session
from stand_in_stripe.reversals.disputes import close_dispute, find_open, open_dispute
from stand_in_stripe.reversals.refunds import Wish, fail, refund, settle
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Charge, Dispute, Refund, Session
from stand_in_stripe.web.rendering import foreign, page

SHOWN = 30
Step = Callable[[Sandbox, str, Charge, FormData], object]


def payment_routes(sandbox: Sandbox) -> list[Route]:
    """Return the page and its buttons."""

    async def show(request: Request) -> Response:
        found = _find(sandbox, request)
        return _page(sandbox, *found) if found else page("unknown.html", status=404)

    async def turn(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        found, step = _find(sandbox, request), STEPS.get(request.path_params["step"])
        if found is None or step is None:
            return page("unknown.html", status=404)
        async with request.form() as form:
            problem = _take(sandbox, found, step, form)
        if problem is not None:
            return _page(sandbox, *(_find(sandbox, request) or found), problem=problem, status=422)
        return RedirectResponse(f"/payments/{found[1].id}", 303)

    return [Route("/payments/{id}", show), Route("/payments/{id}/{step}", turn, methods=["POST"])]


def charge_of(sandbox: Sandbox, owner: str, session: Session) -> Charge | None:
    """The charge that paid a session, or None."""
    try:
        return charge_of_session(sandbox, owner, session)
    except StripeError:
        return None


def _find(sandbox: Sandbox, request: Request) -> tuple[str, Session, Charge] | None:
    owner, session = sandbox.books.find(Session, request.path_params["id"])
    charge = charge_of(sandbox, owner, session) if session else None
    return (owner, session, charge) if session and charge else None


def _take(sandbox: Sandbox, found: tuple[str, Session, Charge], step: Step, form: FormData) -> str | None:
    owner, _, charge = found
    try:
        with sandbox.books.transaction():
            step(sandbox, owner, charge, form)
    except StripeError as error:
        return error.message
    return None


def _refund(sandbox: Sandbox, owner: str, charge: Charge, form: FormData) -> object:
    wish = Wish(_amount(str(form.get("amount", "")), charge.currency), "succeeded")
    if "waits" in form:
        wish = Wish(wish.amount, "pending")
    return refund(sandbox, owner, charge, wish, NOT_ASKED)


def _dispute(sandbox: Sandbox, owner: str, charge: Charge, form: FormData) -> object:
    return open_dispute(sandbox, owner, charge, warning=form.get("kind") == "inquiry")


def _close(sandbox: Sandbox, owner: str, charge: Charge, form: FormData) -> object:
    return close_dispute(sandbox, owner, charge, won=form.get("end") == "won")


def _end(sandbox: Sandbox, owner: str, charge: Charge, form: FormData) -> object:
    found = sandbox.books.get(owner, Refund, str(form.get("refund", "")))
    if found is None or found.charge != charge.id:
        raise invalid("refund", "This payment has no such refund.")
    return (settle if form.get("end") == "arrived" else fail)(sandbox, owner, found)


STEPS: dict[str, Step] = {"refund": _refund, "dispute": _dispute, "close": _close, "end-refund": _end}


def _amount(typed: str, currency: str) -> int:
    digits = decimals(currency)
    if not re.fullmatch(rf"\d{{1,8}}(\.\d{{1,{digits}}})?" if digits else r"\d{1,8}", typed.strip()):
        raise invalid("amount", f"Type an amount in {currency.upper()}, such as {_plain(1000, currency)}.")
    return int(Decimal(typed.strip()).scaleb(digits))


def _plain(amount: int, currency: str) -> str:
    return str(Decimal(amount).scaleb(-decimals(currency)))


def _page(
    sandbox: Sandbox,
    owner: str,
    session: Session,
    charge: Charge,
    *,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    of_it = Selection(equal={"charge": charge.id})
    left = charge.amount - charge.amount_refunded
    return page(
        "payment.html",
        status=status,
        owner=owner,
        session=session,
        charge=charge,
        left=left,
        left_plain=_plain(left, charge.currency),
        refunds=sandbox.books.newest(owner, Refund, SHOWN, of_it),
        disputes=sandbox.books.newest(owner, Dispute, SHOWN, of_it),
        dispute=find_open(sandbox, owner, charge),
        by_card=charge.payment_method_details["type"] == "card",
        money=money,
        problem=problem,
    )
