"""Kept cards over HTTP: forms of the settings page, and the list that portal-read shows there."""

from typing import Annotated

import msgspec
from chassis.web import (
    NO_STORE,
    Answer,
    Refusals,
    Route,
    path_id,
    read_fields,
    wants_json,
)
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from billing import errors
from billing.context import Context
from billing.handlers.check_accounts import can_charge
from billing.handlers.come_back import find_payer, find_signed_in
from billing.handlers.keep_cards import CardOwner, add_card, list_cards, owner_of, remove_card
from billing.handlers.switch_autopay import switch_off_with_card
from billing.http.portal_pages import back_to_settings, page_locale
from billing.http.tenants import business_at, known_business, require_portal, token_of

_Id = Annotated[str, Meta(max_length=64)]


class _Language(msgspec.Struct, frozen=True):
    locale: _Id = ""


class _OwnerFields(msgspec.Struct, frozen=True):
    """`POST /internal/cards`"""

    business_id: _Id
    customer_id: _Id
    contact_id: _Id


async def add(ctx: Context, request: Request) -> Response:
    """On to the processor's page that keeps a card and takes no money."""
    fields = await read_fields(request, _Language)
    business = await business_at(ctx, request, path_id(request, "slug"))
    ctx.ended_sessions.check_current()
    payer = await find_payer(ctx, business, token_of(ctx, request, business))
    if not await can_charge(ctx, business):
        raise errors.CardsNotKept
    locale = page_locale(fields.locale, business)
    url = await add_card(ctx, owner_of(business, payer), locale)
    if wants_json(request):
        return JSONResponse({"url": url}, 201, headers=NO_STORE)
    return RedirectResponse(url, 303, headers=NO_STORE)


async def remove(ctx: Context, request: Request) -> Response:
    """Remove a card of the one who is signed in."""
    card_id = path_id(request, "card_id")
    business = await business_at(ctx, request, path_id(request, "slug"))
    ctx.ended_sessions.check_current()
    viewer = await find_signed_in(ctx, business, token_of(ctx, request, business))
    owner = owner_of(business, viewer)
    await switch_off_with_card(ctx, owner, card_id)
    await remove_card(ctx, owner, card_id)
    return back_to_settings(ctx, request, business, "card_removed")


async def listed(ctx: Context, request: Request) -> Response:
    """The cards of a contact, for portal-read, which shows them. The gateway has no such route."""
    require_portal(ctx, request)
    fields = await read_fields(request, _OwnerFields)
    business = await known_business(ctx, fields.business_id)
    cards = await list_cards(ctx, CardOwner(business, fields.customer_id, fields.contact_id))
    shown = [
        {
            "id": card.card_id,
            "brand": card.brand,
            "last4": card.last4,
            "exp_year": card.exp_year,
            "exp_month": card.exp_month,
        }
        for card in cards
    ]
    return JSONResponse({"cards": shown}, headers=NO_STORE)


CARD_ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/billing/{slug}/cards", add, page="settings"),
    Route("POST", "/billing/{slug}/cards/{card_id}/remove", remove, page="settings"),
    Route("POST", "/internal/cards", listed),
)
CARD_REFUSALS: Refusals = {
    errors.CardUnknown: Answer(404, "There is no such card among those that this contact keeps."),
    errors.CardsNotKept: Answer(409, "This business keeps no cards right now."),
    errors.CardsAway: Answer(503, "The payment service does not answer. Please try again in a minute."),
}
