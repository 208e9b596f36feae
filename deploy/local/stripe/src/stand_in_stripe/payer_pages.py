"""What a payer sees, without JavaScript: the hosted pay page `/c/pay/{session}`, and a konbini voucher."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stand_in_stripe import approvals
from stand_in_stripe.cards import CARDS
from stand_in_stripe.checkout_sessions import CARD, expire_if_due
from stand_in_stripe.controls import METHODS, email_of, payer_with
from stand_in_stripe.currencies import money
from stand_in_stripe.errors import StripeError
from stand_in_stripe.konbini import TOKYO, days_of
from stand_in_stripe.objects import Json
from stand_in_stripe.pages import foreign, page, session_of, unknown_page
from stand_in_stripe.payer import Payer
from stand_in_stripe.payment_methods import shown_methods
from stand_in_stripe.sandbox import Context, Sandbox

WORDS: Mapping[str, Json] = tomllib.loads(Path(__file__).with_name("words.toml").read_text())
SHORTEST_NUMBER, LONGEST_NUMBER = 12, 19


def payer_routes(sandbox: Sandbox) -> list[Route]:
    """Return the pay page and its form, and the voucher."""

    async def show(request: Request) -> Response:
        if (opened := _open_page(sandbox, request)) is None:
            return unknown_page()
        email = email_of(*opened)
        card = request.query_params.get("card") or Payer.card
        return _page(request, *opened, Payer(email=email, card=card))

    async def pay(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        # The session is read after the form: another tab may have paid while this one was being sent.
        fields = dict(parse_qsl((await request.body()).decode(errors="replace")))
        opened = _open_page(sandbox, request)
        return _pay(request, *opened, fields) if opened else unknown_page()

    async def approval(request: Request) -> Response:
        opened = _open_page(sandbox, request)
        return _approval_page(request, *opened) if opened else unknown_page()

    async def approve(request: Request) -> Response:
        if refusal := foreign(request):
            return refusal
        fields = dict(parse_qsl((await request.body()).decode(errors="replace")))
        opened = _open_page(sandbox, request)
        return _approve(request, *opened, approved="approved" in fields) if opened else unknown_page()

    async def voucher(request: Request) -> Response:
        opened = sandbox.find("payment_intent", request.path_params["id"])
        return _voucher_page(*opened) if opened else unknown_page()

    return [
        Route("/c/pay/{id}", show),
        Route("/c/pay/{id}", pay, methods=["POST"]),
        Route("/approve/{id}", approval),
        Route("/approve/{id}", approve, methods=["POST"]),
        Route("/konbini/{id}", voucher),
    ]


def _open_page(sandbox: Sandbox, request: Request) -> tuple[Context, Json] | None:
    if (opened := sandbox.find("checkout.session", request.path_params["id"])) is None:
        return None
    with sandbox.books.transaction():
        return opened[0], expire_if_due(*opened)


def _pay(request: Request, ctx: Context, session: Json, fields: Mapping[str, str]) -> Response:
    """Whatever happens at once, a session is paid once."""
    method = fields.get("method", CARD) if fields.get("method") in METHODS else CARD
    words = _words(request, session)
    if kept := fields.get("kept"):
        return _follow(request, ctx, session, Payer(), lambda ctx, session: _pay_with(ctx, session, kept))
    payer = Payer(**{name: fields.get(name, "").strip() for name in Payer.__dataclass_fields__})
    problem = _problem(payer, datetime.fromtimestamp(ctx.now, UTC), by_card=method == CARD)
    if session["status"] == "open" and problem:
        return _page(request, ctx, session, payer, words[problem], status=422)
    return _follow(request, ctx, session, payer, partial(METHODS[method], payer=payer))


def _pay_with(ctx: Context, session: Json, kept: str) -> Json:
    return METHODS[CARD](ctx, session, payer_with(ctx, session, kept))


def _approve(request: Request, ctx: Context, session: Json, *, approved: bool) -> Response:
    """The payer comes back from the bank or from PayPay; who comes back twice sees what became of it."""
    payer = Payer(email=email_of(ctx, session))
    if approvals.asked(ctx, session) is None:
        return RedirectResponse(f"/c/pay/{session['id']}", 303)
    answer = _follow(request, ctx, session, payer, partial(approvals.answer, approved=approved))
    return (
        answer
        if approved
        else _page(request, ctx, session, payer, _words(request, session)["refused"], status=402)
    )


def _follow(
    request: Request, ctx: Context, session: Json, payer: Payer, work: Callable[[Context, Json], Json]
) -> Response:
    """Do what the payer asked for, and say where they go on."""
    words = _words(request, session)
    try:
        with ctx.sandbox.books.transaction():
            session = work(ctx, session)
    except StripeError as error:
        reason = words["declines"].get(error.decline_code, error.message)
        return _page(request, ctx, session, payer, f"{reason} {words['again']}", status=error.status)
    if session["status"] == "expired":
        return _page(request, ctx, session, payer, status=410)
    waits = session["status"] == "open"
    return RedirectResponse(f"/approve/{session['id']}" if waits else success_url(session), 303)


def _approval_page(request: Request, ctx: Context, session: Json) -> Response:
    if (intent := approvals.asked(ctx, session)) is None:
        return RedirectResponse(f"/c/pay/{session['id']}", 303)
    return page(
        "approve.html",
        goes_to=session["success_url"],
        session=session,
        words=_words(request, session),
        way=intent["_asked"]["way"],
        business=session["branding_settings"]["display_name"],
        amount=money(intent["amount"], intent["currency"]) if "amount" in intent else "",
    )


def _page(
    request: Request, ctx: Context, session: Json, payer: Payer, problem: str = "", *, status: int = 200
) -> Response:
    return page(
        "pay.html" if session["status"] == "open" else "closed.html",
        status=status,
        goes_to=session["success_url"],
        session=session,
        business=session["branding_settings"]["display_name"],
        lines=list(zip(session["_line_items"], session["_details"], strict=True)),
        words=_words(request, session),
        money=partial(money, currency=session["currency"]),
        typed=payer,
        problem=problem,
        cards=CARDS,
        methods=session["payment_method_types"],
        keeps=keeps_if_ticked(session),
        kept=[method | method["card"] for method in shown_methods(ctx, session)],
        days=days_of(session),
        success_url=success_url(session),
    )


def keeps_if_ticked(session: Json) -> bool:
    """Whether the page has a box to keep the card."""
    options: Json = session["saved_payment_method_options"] or {}
    return options.get("payment_method_save") == "enabled"


def _voucher_page(ctx: Context, intent: Json) -> Response:
    action: Json = intent["next_action"] or {}
    details: Json = action.get("konbini_display_details", {})
    deadline = datetime.fromtimestamp(details.get("expires_at", 0), TOKYO)
    return page(
        "voucher.html",
        intent=intent,
        session=session_of(ctx, intent),
        amount=money(intent["amount"], intent["currency"]),
        stores=details.get("stores", {}),
        deadline=f"{deadline:%Y-%m-%d %H:%M:%S}",
    )


def success_url(session: Json) -> str:
    """Where a payer goes afterwards."""
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _words(request: Request, session: Json) -> Json:
    """In the session's language; `auto` or none: the browser's, and English for any other."""
    wanted: str = session["locale"] or "auto"
    wanted = request.headers.get("accept-language", "") if wanted == "auto" else wanted
    return WORDS["ja" if wanted.strip().lower().startswith("ja") else "en"]


def _problem(payer: Payer, today: datetime, *, by_card: bool) -> str | None:
    """The word for what a payer has to correct, or None."""
    fits = {"bad_email": bool(re.fullmatch(r"[^@\s]+@[^@\s]+", payer.email)), "bad_name": bool(payer.name)}
    if by_card:
        fits |= {"bad_number": _is_card_number(payer.card), "bad_expiry": payer.month is not None}
        fits["past_expiry"] = (payer.month or (0, 0)) >= (today.year, today.month)
        fits["bad_cvc"] = bool(re.fullmatch(r"\d{3,4}", payer.cvc))
    return next((word for word, fit in fits.items() if not fit), None)


def _is_card_number(text: str) -> bool:
    """Luhn's check digit (ISO/IEC 7812-1)."""
    digits = re.sub(r"[ -]", "", text)
    if not (digits.isascii() and digits.isdigit() and SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
