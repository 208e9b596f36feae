"""The routes of passkeys: a script asks and is answered in JSON; what a browser signs comes in a form."""

from typing import Annotated, Final

import msgspec
from chassis.web import (
    NO_STORE,
    Answer,
    Refusals,
    Route,
    flash_message,
    path_id,
    read_fields,
    redirect_to_page,
    service_token,
)
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.passkeys import MAX_POST_BYTES
from auth_otp.domain.sessions import Candidate
from auth_otp.handlers.enter_passkey import Asked, EnterPasskey, ask_for_passkey, enter_passkey
from auth_otp.handlers.keep_passkeys import (
    AddPasskey,
    ListPasskeys,
    OfferPasskey,
    RemovePasskey,
    add_passkey,
    list_passkeys,
    offer_passkey,
    remove_passkey,
)
from auth_otp.http.browser_cookies import BrowserCookies, flash
from auth_otp.http.portal_request import (
    browser_of,
    business_of,
    confirming,
    language_of,
    let_in,
    page_back,
    token_of,
)

Id = Annotated[str, Meta(max_length=1024)]
_FORM_BYTES: Final = 3 * MAX_POST_BYTES
"""A form writes each quote of the JSON in three characters."""


class PasskeyFields(msgspec.Struct, frozen=True):
    """`POST …/passkeys` and `…/passkeys/sessions`: the browser's credential, as JSON.

    `back` is the page that asks for a second proof.
    """

    credential: Annotated[str, Meta(max_length=MAX_POST_BYTES)] = ""
    back: Id = ""


class ContactFields(msgspec.Struct, frozen=True):
    """`POST /internal/passkeys`"""

    business_id: Id
    customer_id: Id
    contact_id: Id


async def ask(ctx: Context, request: Request) -> Response:
    """What a browser needs to sign in with any passkey that it has."""
    business = await business_of(ctx, request)
    return _asked(BrowserCookies(ctx, request, business.business_id), ask_for_passkey(ctx, business))


async def enter(ctx: Context, request: Request) -> Response:
    """Sign in with a passkey."""
    fields = await read_fields(request, PasskeyFields, limit=_FORM_BYTES)
    if back := page_back(fields.back):
        request.state.page = back
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    post, challenges = fields.credential.encode(), held.passkey_challenges
    contact = confirming(held, business, back)
    command = EnterPasskey(business, browser_of(held), post, challenges, contact)
    return let_in(held, business, await enter_passkey(ctx, command), back)


async def offer(ctx: Context, request: Request) -> Response:
    """What a browser needs to make a passkey."""
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    return _asked(held, await offer_passkey(ctx, OfferPasskey(business, token_of(held))))


async def add(ctx: Context, request: Request) -> Response:
    """Keep the passkey that a browser made."""
    fields = await read_fields(request, PasskeyFields, limit=_FORM_BYTES)
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    post, challenges = fields.credential.encode(), held.passkey_challenges
    browser, token, locale = browser_of(held), token_of(held), language_of(request, business)
    await add_passkey(ctx, AddPasskey(business, browser, token, post, challenges, locale))
    return _settings_saying(held, business.slug, "passkey_added")


async def remove(ctx: Context, request: Request) -> Response:
    """Remove a passkey of the same contact."""
    business, passkey_id = await business_of(ctx, request), path_id(request, "passkey_id")
    held = BrowserCookies(ctx, request, business.business_id)
    await remove_passkey(ctx, RemovePasskey(business, token_of(held), passkey_id))
    return _settings_saying(held, business.slug, "passkey_removed")


async def listed(ctx: Context, request: Request) -> Response:
    """The passkeys of a contact, for portal-read, which shows them. The gateway has no such route."""
    keys, now = ctx.settings.auth_otp_keys, ctx.clock()
    service_token.require_caller(request, keys, audience="auth-otp", callers=("portal-read",), now=now)
    fields = await read_fields(request, ContactFields)
    contact = Candidate(fields.customer_id, fields.contact_id)
    passkeys = await list_passkeys(ctx, ListPasskeys(fields.business_id, contact))
    shown = [
        {"id": one.passkey_id, "name": one.name, "added_at": one.added_at, "used_at": one.used_at}
        for one in passkeys
    ]
    body = msgspec.json.encode({"passkeys": shown})
    return Response(body, media_type="application/json", headers=NO_STORE)


def say_that_there_are_passkeys(held: BrowserCookies, response: Response) -> None:
    """Offer one on the next page, once: in Settings it can be added at any time."""
    flash_message(response, flash(held.ctx), "passkey_offered", {})


def _asked(held: BrowserCookies, asked: Asked) -> Response:
    response = JSONResponse(asked.options, headers=NO_STORE)
    held.hold_passkey_challenge(response, asked.challenge)
    return response


def _settings_saying(held: BrowserCookies, slug: str, code: str) -> Response:
    response = redirect_to_page(held.request, slug, "settings")
    flash_message(response, flash(held.ctx), code, {})
    return response


ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/auth/{slug}/passkeys/challenges", ask),
    Route("POST", "/auth/{slug}/passkeys/sessions", enter, page="sign-in"),
    Route("POST", "/auth/{slug}/passkeys/offers", offer),
    Route("POST", "/auth/{slug}/passkeys", add, page="settings"),
    Route("POST", "/auth/{slug}/passkeys/{passkey_id}/remove", remove, page="settings"),
    Route("POST", "/internal/passkeys", listed),
)
REFUSALS: Refusals = {
    errors.PasskeyExpired: Answer(410, "This browser was not asked for a passkey just now. Start again."),
    errors.PasskeyRefused: Answer(403, "Nobody signs in here with this passkey.", security=True),
    errors.ProofTooOld: Answer(403, "Enter a code once more to add a passkey.", page="sign-in?again=1"),
    errors.PasskeyInvalid: Answer(422, "This is no new passkey."),
    errors.TooManyPasskeys: Answer(409, "There is no room for another passkey. Remove one first."),
}
