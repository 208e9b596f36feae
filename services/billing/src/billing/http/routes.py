"""The routes: read the request, call the handler, answer. Forms get 303, JSON gets JSON."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from chassis.identity import needs_second_proof
from chassis.web import (
    NO_STORE,
    Answer,
    InvalidRequest,
    NotSignedIn,
    Refusals,
    Route,
    cookies,
    flash_message,
    path_id,
    read_body,
    redirect_to_page,
    wants_json,
)
from servicehub_events import Business, Payment
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from billing import errors
from billing.context import Context
from billing.domain.account_standing import REMEDIES
from billing.handlers.check_accounts import ask_standing, can_charge
from billing.handlers.come_back import ComeBack, come_back, find_payer
from billing.handlers.in_time import in_time
from billing.handlers.receive_webhooks import store_webhook
from billing.handlers.start_checkout import StartCheckout, ToPay, start_online
from billing.http.autopay import AUTOPAY_REFUSALS, AUTOPAY_ROUTES
from billing.http.cards import CARD_REFUSALS, CARD_ROUTES
from billing.http.checkout_form import read_checkout
from billing.http.made_out import receipt, receipt_file, refund_note, refund_note_file
from billing.http.pay_links import LINK_REFUSALS, LINK_ROUTES, back_by_link
from billing.http.portal_pages import page_locale
from billing.http.tenants import business_at, known_business, require_portal, token_of

_WEBHOOK_LIMIT: Final = 1_048_576
_PAYMENT_ID: Final = re.compile(r"[^\x00-\x1f\x7f]{0,64}\Z")  # PostgreSQL holds no NUL


async def checkouts(ctx: Context, request: Request) -> Response:
    """Pay: on to the processor's page, or to what was paid already."""
    slug = path_id(request, "slug")
    form = await read_checkout(request)
    request.state.page, request.state.typed = _pay_page(form.invoices), form.typed
    business = await business_at(ctx, request, slug)
    ctx.ended_sessions.check_current()
    token = token_of(ctx, request, business)
    payer = await find_payer(ctx, business, token)
    if needs_second_proof(business, token, ctx.clock()):
        raise errors.SecondProofNeeded
    locale = page_locale(form.locale, business)
    command = StartCheckout(
        business,
        payer,
        form.invoices,
        form.choice,
        locale,
        keep=form.keep,
        instead=form.instead,
        tip=form.tip,
    )
    try:
        outcome = await in_time(ctx, start_online(ctx, command))
    except TimeoutError:
        raise errors.StillOpening from None
    if isinstance(outcome, ToPay):
        return _to_pay(request, outcome)
    return _result(ctx, request, business, outcome.payment)


async def come_back_from_page(ctx: Context, request: Request) -> Response:
    """Back from the processor's page, paid or not: it is asked which."""
    payment_id = _payment_id(request)
    business = await business_at(ctx, request, path_id(request, "slug"))
    command = ComeBack(business, token_of(ctx, request, business), payment_id)
    try:
        outcome, signed_in = await come_back(ctx, command), True
    except NotSignedIn:
        outcome, signed_in = None, False
    if outcome is None and (by_link := await back_by_link(ctx, request, business, payment_id)):
        return by_link
    if not signed_in:
        return _to_sign_in(ctx, request, business, payment_id)
    if outcome is None:  # not theirs
        return redirect_to_page(request, business.slug, "")
    payment = outcome.payment
    if payment.status == "started" and outcome.confirmed:
        request.state.page = _pay_page([part.invoice_id for part in payment.allocations])
        raise errors.NotFinished
    if payment.status == "started" and "left" in request.query_params:  # nobody could say which
        return _to_result(request, business, payment)
    return _result(ctx, request, business, payment)


async def webhook(ctx: Context, request: Request) -> Response:
    """Stripe's webhooks; answered after they are stored."""
    body = await read_body(request, limit=_WEBHOOK_LIMIT)
    await store_webhook(ctx, body, request.headers.get("stripe-signature", ""))
    return JSONResponse({"received": True})


async def charges(ctx: Context, request: Request) -> Response:
    """Whether a business can be paid online now, for portal-read. The gateway has no such route."""
    require_portal(ctx, request)
    business = await known_business(ctx, path_id(request, "business_id"))
    return JSONResponse({"enabled": await can_charge(ctx, business)}, headers=NO_STORE)


async def account(ctx: Context, request: Request) -> Response:
    """How a business's account stands at the processor, for ServiceHub, with what to do."""
    admitted = ctx.integrations.admit(request, "account")
    business = await known_business(ctx, admitted.business_id)
    try:
        standing = await ask_standing(ctx, business)
    except errors.ProcessorUnreachable:
        raise errors.ProcessorAway from None
    said = REMEDIES[standing] if standing else "No stripe_account is set: nothing can be paid online."
    told = {"stripe_account": business.stripe_account, "standing": standing, "says": said}
    return JSONResponse({"business_id": business.business_id, **told}, headers=NO_STORE)


def _payment_id(request: Request) -> str:
    payment_id = request.query_params.get("payment", "")
    if not _PAYMENT_ID.match(payment_id):
        raise InvalidRequest("query.payment: must be at most 64 characters, none of them a control character")
    return payment_id


def _pay_page(invoices: Sequence[str]) -> str:
    return f"pay?{urlencode([('invoice', invoice_id) for invoice_id in invoices])}"


def _to_pay(request: Request, outcome: ToPay) -> Response:
    """Lead on to the processor's page."""
    if not wants_json(request):
        return RedirectResponse(outcome.url, 303, headers=NO_STORE)
    payment = outcome.payment
    body = {
        "payment_id": payment.payment_id,
        "url": outcome.url,
        "amount": payment.amount,
        "tip": payment.tip.amount if payment.tip else 0,
        "currency": payment.currency,
        "allocations": [
            {"invoice_id": part.invoice_id, "amount": part.amount} for part in payment.allocations
        ],
    }
    return JSONResponse(body, 201, headers=NO_STORE)


def _result(ctx: Context, request: Request, business: Business, payment: Payment) -> Response:
    """To the result page; this browser knows what it paid before the pages do."""
    response = _to_result(request, business, payment)
    if payment.status not in ("failed", "expired"):
        paid_here = cookies.PaymentCookies(ctx.settings.cookie_signing_keys, business.business_id)
        paid_here.put(response, payment.payment_id, [part.invoice_id for part in payment.allocations])
    return response


def _to_sign_in(ctx: Context, request: Request, business: Business, payment_id: str) -> Response:
    """By way of the result page, which comes after it; what is said tells nobody whether there is one."""
    page = f"result/{quote(payment_id, safe='')}" if payment_id else ""
    response = redirect_to_page(request, business.slug, page)
    flash_message(response, cookies.flash(ctx.settings.cookie_signing_keys), "pay_signed_out", {})
    return response


def _to_result(request: Request, business: Business, payment: Payment) -> Response:
    return redirect_to_page(request, business.slug, f"result/{payment.payment_id}")


# A refused form goes back to the pay page of its invoices, which the handler names once it has read them.
ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/billing/webhooks/stripe", webhook),
    Route("GET", "/billing/businesses/{business_id}/account", account),
    Route("POST", "/billing/{slug}/checkouts", checkouts),
    Route("GET", "/billing/{slug}/return", come_back_from_page),
    Route("POST", "/billing/{slug}/receipts/{payment_id}", receipt),
    Route("GET", "/billing/{slug}/receipts/{payment_id}.pdf", receipt_file),
    Route("POST", "/billing/{slug}/refunds/{payment_id}/{refund_id}", refund_note),
    Route("GET", "/billing/{slug}/refunds/{payment_id}/{refund_id}.pdf", refund_note_file),
    Route("GET", "/internal/businesses/{business_id}/charges", charges),
    *CARD_ROUTES,
    *LINK_ROUTES,
    *AUTOPAY_ROUTES,
)
REFUSALS: Refusals = {
    **CARD_REFUSALS,
    **LINK_REFUSALS,
    **AUTOPAY_REFUSALS,
    errors.InvoiceUnknown: Answer(
        404, "One of these invoices is not there. Nothing was charged.", page="invoices"
    ),
    errors.NotAllowed: Answer(403, "This contact may not pay. Nothing was charged.", security=True),
    errors.SecondProofNeeded: Answer(
        403, "This business asks for a code to a second address before you pay. Nothing was charged."
    ),
    errors.NothingDue: Answer(
        409, "There is nothing to pay on one of these invoices now. Nothing was charged."
    ),
    errors.NoDeposit: Answer(
        409, "There is no deposit to pay on one of these invoices. Nothing was charged."
    ),
    errors.OneCurrency: Answer(422, "These invoices have several currencies: pay them one after the other."),
    errors.OneInvoice: Answer(422, "A part amount is paid on one invoice at a time."),
    errors.AmountInvalid: Answer(
        422, "This amount can't be paid. Choose one between `minimum` and `maximum`."
    ),
    errors.AmountNotOnline: Answer(422, "This amount can't be paid online. Nothing was charged."),
    errors.RestTooSmall: Answer(
        422, "This leaves `rest`, less than the `minimum` that can be paid online. Nothing was charged."
    ),
    errors.TipNotTaken: Answer(409, "No tip can be added to this payment. Nothing was charged."),
    errors.TipInvalid: Answer(
        422, "This tip can't be taken. Choose one between `minimum` and `maximum`. Nothing was charged."
    ),
    errors.InProgress: Answer(
        409, "One of these invoices is being paid right now. Wait a moment, then look again."
    ),
    errors.Unconfirmed: Answer(
        409, "An earlier payment of these invoices is being checked: look again after `until`."
    ),
    errors.NotOnline: Answer(409, "This business can't be paid online right now. Nothing was charged."),
    errors.ProcessorAway: Answer(
        503,
        "The payment service does not answer. Please try again in a moment.",
        headers={"Retry-After": "10"},
    ),
    errors.StillOpening: Answer(
        503,
        "The payment service is slow. The payment goes on being opened: try again in a moment to join it.",
        headers={"Retry-After": "10"},
    ),
    errors.Failed: Answer(502, "The payment could not be started. Nothing was charged."),
    errors.InvalidCheckout: Answer(
        422,
        "Send `invoice_id` (1 to 100), `pay` (due, balance, deposit or amount), `amount` and `tip`.",
        page="invoices",
    ),
    errors.NotFinished: Answer(409, "The payment was not finished. Nothing was charged."),
    errors.PaperInvalid: Answer(422, "Send `addressee` (1 to 100 characters), `purpose` and `locale`."),
    errors.NoReceipt: Answer(409, "No receipt is made out of this payment now."),
    errors.NoRefundNote: Answer(409, "No paper is made out of this refund now."),
    errors.PaperAway: Answer(503, "The paper can't be made right now. Please try again in a moment."),
    errors.BadSignature: Answer(
        400, "The signature of this webhook is missing, wrong or too old.", security=True
    ),
}
