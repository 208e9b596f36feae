"""Autopay over HTTP: forms of the settings page, and how it stands for portal-read, which shows it there."""

from typing import Annotated

import msgspec
from chassis.identity import needs_second_proof
from chassis.web import (
    NO_STORE,
    Answer,
    Refusals,
    Route,
    path_id,
    read_fields,
)
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from billing import errors
from billing.context import Context
from billing.handlers.check_accounts import can_charge
from billing.handlers.come_back import find_payer
from billing.handlers.switch_autopay import (
    SwitchAutopayOn,
    read_autopay,
    switch_autopay_off,
    switch_autopay_on,
)
from billing.http.portal_pages import back_to_settings, page_locale
from billing.http.tenants import business_at, known_business, require_portal, token_of

_Id = Annotated[str, Meta(max_length=64)]


class _Consent(msgspec.Struct, frozen=True):
    """`POST /billing/{slug}/autopay`"""

    card: _Id = ""
    terms: _Id = ""
    locale: _Id = ""


class _CustomerFields(msgspec.Struct, frozen=True):
    """`POST /internal/autopay`"""

    business_id: _Id
    customer_id: _Id


async def switch_on(ctx: Context, request: Request) -> Response:
    """A payer agrees: new invoices are paid by this card from now on."""
    fields = await read_fields(request, _Consent)
    business = await business_at(ctx, request, path_id(request, "slug"))
    ctx.ended_sessions.check_current()
    token = token_of(ctx, request, business)
    payer = await find_payer(ctx, business, token)
    if needs_second_proof(business, token, ctx.clock()):
        raise errors.SecondProofNeeded
    if not await can_charge(ctx, business):
        raise errors.CardsNotKept
    locale = page_locale(fields.locale, business)
    await switch_autopay_on(ctx, SwitchAutopayOn(business, payer, fields.card, fields.terms, locale))
    return back_to_settings(ctx, request, business, "autopay_on")


async def switch_off(ctx: Context, request: Request) -> Response:
    """Off at once, by whoever may pay for the customer."""
    business = await business_at(ctx, request, path_id(request, "slug"))
    ctx.ended_sessions.check_current()
    payer = await find_payer(ctx, business, token_of(ctx, request, business))
    await switch_autopay_off(ctx, business, payer)
    return back_to_settings(ctx, request, business, "autopay_off")


async def standing(ctx: Context, request: Request) -> Response:
    """Whether a customer's autopay is on, and by which card, for portal-read; not at the gateway."""
    require_portal(ctx, request)
    fields = await read_fields(request, _CustomerFields)
    business = await known_business(ctx, fields.business_id)
    state = await read_autopay(ctx, business, fields.customer_id)
    if state is None:
        return JSONResponse({"on": False}, headers=NO_STORE)
    card = {"brand": state.card.brand or "", "last4": state.card.last4 or ""}
    since = state.consent.at.isoformat()
    answer = {"on": True, **card, "contact_id": state.contact_id, "since": since}
    return JSONResponse(answer, headers=NO_STORE)


AUTOPAY_ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/billing/{slug}/autopay", switch_on, page="settings"),
    Route("POST", "/billing/{slug}/autopay/off", switch_off, page="settings"),
    Route("POST", "/internal/autopay", standing),
)
AUTOPAY_REFUSALS: Refusals = {
    errors.AutopayTermsChanged: Answer(
        409, "The words of autopay have changed: read them, and switch it on again. It is not on."
    ),
    errors.AutopayIsOn: Answer(409, "Autopay is on already, with another card. Switch it off first."),
}
