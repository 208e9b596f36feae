"""The hosted pay page: `/c/pay/{session}`. Works without JavaScript."""

from collections.abc import Mapping
from functools import partial
from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stand_in_stripe.cards import CARDS, Decline
from stand_in_stripe.checkout.expire import expire_if_due
from stand_in_stripe.checkout.konbini import USUAL_DAYS, print_voucher
from stand_in_stripe.checkout.methods import CARD, KONBINI
from stand_in_stripe.checkout.pay import pay_by_card
from stand_in_stripe.currencies import money
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import LineItems, Session
from stand_in_stripe.web.pay_form import Typed
from stand_in_stripe.web.rendering import foreign, page
from stand_in_stripe.web.words import Words, words_for

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"


def pay_page_routes(sandbox: Sandbox) -> list[Route]:
    """Return the page and its form."""

    async def show(request: Request) -> Response:
        owner, session = _session(sandbox, request)
        if session is None:
            return page("unknown.html", status=404)
        email = session.customer_email or Typed.email
        typed = Typed(email=email, card=request.query_params.get("card") or Typed.card)
        return _page(sandbox, request, owner, session, typed)

    async def pay(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        owner, session = _session(sandbox, request)
        if session is None:
            return page("unknown.html", status=404)
        async with request.form() as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return _pay(sandbox, request, owner, session, fields)

    return [Route("/c/pay/{id}", show), Route("/c/pay/{id}", pay, methods=["POST"])]


def _session(sandbox: Sandbox, request: Request) -> tuple[str, Session | None]:
    owner, session = sandbox.books.find(Session, request.path_params["id"])
    if session is None:
        return owner, None
    with sandbox.books.transaction():
        return owner, expire_if_due(sandbox, owner, session)


def _pay(
    sandbox: Sandbox, request: Request, owner: str, session: Session, fields: Mapping[str, str]
) -> Response:
    typed, words, by_card = (
        Typed.from_fields(fields),
        _words(request, session),
        fields.get("method") != KONBINI,
    )
    problem = typed.problem(words, sandbox.clock(), by_card=by_card)
    if session.status == "open" and problem:
        return _page(sandbox, request, owner, session, typed, problem, status=422)
    # The session is read anew here: another tab may have paid while this form was being read.
    _, current = sandbox.books.find(Session, session.id)
    method = pay_by_card if by_card else print_voucher
    attempt = method(sandbox, owner, current or session, typed.payer())
    if attempt.decline is not None:
        told = _declined(words, attempt.decline)
        return _page(sandbox, request, owner, attempt.session, typed, told, status=402)
    if attempt.session.status == "expired":
        return _page(sandbox, request, owner, attempt.session, typed, status=410)
    return RedirectResponse(success_url(attempt.session), 303)


def success_url(session: Session) -> str:
    """Where a payer goes afterwards."""
    return session.success_url.replace(PLACEHOLDER, session.id)


def _page(
    sandbox: Sandbox,
    request: Request,
    owner: str,
    session: Session,
    typed: Typed,
    problem: str | None = None,
    *,
    status: int = 200,
) -> Response:
    kept = sandbox.books.get(owner, LineItems, session.id)
    lines = list(zip(kept.items, kept.details, strict=True)) if kept else []
    return page(
        "pay.html" if session.status == "open" else "closed.html",
        status=status,
        goes_to=session.success_url,
        session=session,
        business=session.branding_settings["display_name"],
        lines=lines,
        words=_words(request, session),
        money=partial(money, currency=session.currency),
        typed=typed,
        problem=problem,
        cards=CARDS,
        methods=session.payment_method_types,
        CARD=CARD,
        KONBINI=KONBINI,
        days=_days(session),
        success_url=success_url(session),
    )


def _days(session: Session) -> int:
    options = cast("dict[str, int]", session.payment_method_options.get(KONBINI) or {})
    return options.get("expires_after_days", USUAL_DAYS)


def _words(request: Request, session: Session) -> Words:
    return words_for(session.locale, request.headers.get("accept-language", ""))


def _declined(words: Words, decline: Decline) -> str:
    return f"{words.declines[decline.decline_code or decline.code]} {words.again}"
