"""The pages before sign-in: `/sign-in`, `/code`, `/choose`. They show; auth-otp decides."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.web import cookies
from servicehub_events import Contact, Customer, Session
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.flash import clear_flash
from portal_read.http.page_request import PageRequest, open_page
from portal_read.http.viewer import viewer_params
from portal_read.pages import FlashMessage
from portal_read.ports import AccountChoice, ChoicesUnavailable
from portal_read.read_model import UNAVAILABLE
from portal_read.store import decode_all, decode_first

USUAL_DIGITS = 6
_OF_ADDRESS = frozenset({"address_missing", "address_invalid"})
WITH_ADDRESS = _OF_ADDRESS | {
    "slow_down",
    "resend_too_soon",
    "no_challenge",
    "code_dead",
    "code_expired",
    "choice_expired",
}
"""The messages that bring the address along which a code was asked for; others were typed elsewhere."""


async def sign_in(ctx: Context, request: Request) -> Response:
    """The one page of a portal that the world may see."""
    page = await open_page(ctx, request, store.SESSION_ONLY)
    if isinstance(page, Response):
        return page
    if page.viewer.state == "signed_in":
        if page.context.flash and (back := _newest(ctx, request, page).back):  # a second code that failed
            return answers.redirect(f"{page.context.root}/{back}")
        again = "again" in request.query_params
        return _sign_in_again(ctx, request, page) if again else answers.redirect(page.context.home)
    flash = page.context.flash
    error = flash if flash and flash.code in _OF_ADDRESS else None
    context = replace(page.context, flash=None) if error else page.context
    typed = page.typed if flash and flash.code in WITH_ADDRESS else ""
    body = pages.sign_in(context, typed, error, ended=await _find_ended(ctx, request, page))
    return _shown(ctx, request, answers.html(body, indexed=True))


async def _find_ended(ctx: Context, request: Request, page: PageRequest) -> pages.EndedSession | None:
    """How the session ended whose token this browser still holds: who signs out here holds none any more."""
    business_id = page.viewer.business.business_id
    token = ctx.verifier.held(request.cookies, business_id)
    if token is None or not page.viewer.business.enabled:
        return None
    params = viewer_params(business_id, token)
    rows = page.rows
    if page.token is None:
        try:
            rows = await ctx.read_model.page(business_id, store.SESSION_ONLY, params)
        except UNAVAILABLE:  # the page is worth more than why it is shown
            return None
    session = decode_first(Session, rows["session"])
    if session and session.revoked_at and session.session_id == token.session_id:
        return pages.EndedSession(session.revoked_at, session.reason)
    return pages.EndedSession(None, None) if token.session_id in ctx.ended_sessions else None


def _sign_in_again(ctx: Context, request: Request, page: PageRequest) -> Response:
    """For who is signed in, and adds a passkey: a code to the address they have, and back to the settings."""
    contact = page.context.contact
    address = (contact.email or contact.phone or "") if contact else ""
    outside = replace(page.context, customer=None, contact=None, live_url=None)
    body = pages.sign_in(outside, address, by_passkey=False)
    response = answers.html(body, cache=answers.NEVER_STORED)
    ctx.returning.put(response, {"path": f"{page.context.root}/settings"})
    return _shown(ctx, request, response)


async def code(ctx: Context, request: Request) -> Response:
    """Where the code is typed in; what was typed as address is shown from the browser's own cookie."""
    page = await open_page(ctx, request, store.NOBODY)
    if isinstance(page, Response):
        return page
    newest, token = _newest(ctx, request, page), page.token
    context, error = _error_of(page, "code_")
    body = pages.code(
        context,
        newest.shown or None,
        error,
        digits=newest.digits,
        back=newest.back,
        remembered=token is not None and token.expires_at - token.issued_at > token.idle_seconds,
    )
    return _shown(ctx, request, answers.html(body, cache=answers.NEVER_STORED))


async def choose(ctx: Context, request: Request) -> Response:
    """Which account, when a proven address belongs to several; named from our rows, posted as an index."""
    page = await open_page(ctx, request, store.NOBODY)
    if isinstance(page, Response):
        return page
    business_id = page.viewer.business.business_id
    cookie = cookies.choice(ctx.settings.cookie_signing_keys, business_id).read(request.cookies)
    try:
        choices = await ctx.account_choices.of(business_id, str(cookie["id"])) if cookie else None
        if choices is None:
            return _expired(ctx, request, page)
        accounts = await _accounts(ctx, business_id, choices)
    except (ChoicesUnavailable, KeyError, *UNAVAILABLE):
        return answers.unavailable(page.context)
    if len(accounts) < len(choices):
        return answers.unavailable(page.context)  # not known here yet: the index must mean the same to both
    context, error = _error_of(page, "choice_")
    switching = ctx.verifier.verify(request.cookies, business_id) is not None
    body = pages.choose(context, accounts, error, switching=switching)
    return _shown(ctx, request, answers.html(body, cache=answers.NEVER_STORED))


async def not_me(ctx: Context, request: Request) -> Response:
    """Where the link of a message leads: it explains, and only its form's POST does anything."""
    page = await open_page(ctx, request, store.NOBODY)
    if isinstance(page, Response):
        return page
    body = pages.not_me(page.context, str(request.path_params["token"]))
    return _shown(ctx, request, answers.html(body, cache=answers.NEVER_STORED))


async def _accounts(
    ctx: Context, business_id: str, choices: Sequence[AccountChoice]
) -> Sequence[tuple[Customer, Contact]]:
    """Customer and contact of each choice, as far as they are known here."""
    params = {"business": business_id, "customers": [choice.customer_id for choice in choices]}
    rows = await ctx.read_model.page(business_id, store.CUSTOMERS, params)
    customers = {customer.customer_id: customer for customer in decode_all(Customer, rows["customer"])}
    accounts: list[tuple[Customer, Contact]] = []
    for choice in choices:
        customer = customers.get(choice.customer_id)
        contacts = customer.contacts if customer else ()
        contact = next((contact for contact in contacts if contact.contact_id == choice.contact_id), None)
        if customer and contact:
            accounts.append((customer, contact))
    return accounts


def _error_of(page: PageRequest, prefix: str) -> tuple[pages.PageContext, FlashMessage | None]:
    """What belongs to the page's own field is said there, anything else on top of the page."""
    flash = page.context.flash
    if flash is None or not flash.code.startswith(prefix):
        return page.context, None
    return replace(page.context, flash=None), flash


def _expired(ctx: Context, request: Request, page: PageRequest) -> Response:
    response = answers.redirect(f"{page.context.root}/sign-in")
    typed = _newest(ctx, request, page).shown
    ctx.flash.put(response, {"code": "choice_expired", "params": {}, "typed": typed})
    return response


def _newest(ctx: Context, request: Request, page: PageRequest) -> cookies.HeldChallenge:
    """The challenge that this browser asked for last; one of no address without any."""
    keys, business_id = ctx.settings.cookie_signing_keys, page.viewer.business.business_id
    held = cookies.held_challenges(keys, business_id, request.cookies)
    return held[0] if held else cookies.HeldChallenge("", "", USUAL_DIGITS)


def _shown(ctx: Context, request: Request, response: Response) -> Response:
    clear_flash(ctx, request, response)
    return response
