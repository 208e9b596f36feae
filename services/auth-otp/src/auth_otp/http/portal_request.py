"""A request to the portal of a business: which one, whose browser it is, and how it is let in."""

import re
from typing import Final

from chassis.identity import SessionToken, find_business, find_slug_owner
from chassis.observability import security_log
from chassis.origins import is_found_at
from chassis.refusals import NotSignedIn
from chassis.web import (
    NotFound,
    asked_host,
    client_networks,
    cookies,
    flash_message,
    path_id,
    redirect_to_page,
)
from chassis.words.languages import accepted_languages, offered_locale
from servicehub_events import Business, Session
from starlette.requests import Request
from starlette.responses import Response

from auth_otp.context import Context
from auth_otp.domain.devices import device_name
from auth_otp.domain.sessions import Candidate
from auth_otp.domain.sign_in import Browser
from auth_otp.http.browser_cookies import BrowserCookies, flash

_PAY: Final = "pay"
_BACK: Final = re.compile(r"pay\?[\w%&=.~-]{1,300}", re.ASCII)
"""The pay page of some invoices: so long that a cookie holds it, and nothing that leads elsewhere."""


async def business_of(ctx: Context, request: Request) -> Business:
    """The business that the slug in the path, present or former, leads to. Raises `NotFound`."""
    async with ctx.all_tenants() as tx:
        owner = await find_slug_owner(tx, path_id(request, "slug"))
    if owner is None:
        raise NotFound
    async with ctx.tenant(owner.business_id) as tx:
        business = await find_business(tx, owner.business_id)
    if business is None or not is_found(ctx, request, business):
        raise NotFound
    request.state.slug = business.slug  # where a refused form is led
    security_log.name_subject(business_id=business.business_id)
    return business


def is_found(ctx: Context, request: Request, business: Business) -> bool:
    """Whether a business is found at the host that was asked: none is at the domain of another."""
    return is_found_at(business, asked_host(request), ctx.settings.public_origin)


def browser_of(held: BrowserCookies) -> Browser:
    """The browser that a request comes from."""
    networks = client_networks(held.request, held.ctx.settings.trusted_proxy_hops)
    token, index = held.session, held.ctx.addresses.index
    return Browser(
        sources=[index.current("", network) for network in networks],  # counted, never stored readable
        device=device_of(held.request),
        browser_id=held.browser_id,
        session_id=token.session_id if token else "",
    )


def token_of(held: BrowserCookies) -> SessionToken:
    """The token of this browser. Raises `NotSignedIn` without one."""
    token = held.session
    if token is None:
        raise NotSignedIn
    return token


def device_of(request: Request) -> str:
    """What the browser says that it is."""
    return device_name(request.headers.get("user-agent", ""))


def page_back(text: str) -> str:
    """The page that asks for a second proof, as a form names it; "" for none, and any other is all to pay."""
    if not text:
        return ""
    return text if _BACK.fullmatch(text) else _PAY


def confirming(held: BrowserCookies, business: Business, back: str) -> Candidate | None:
    """The contact who is signed in and gives a second proof; None at sign-in, which leads `back` nowhere."""
    token = held.session if back else None
    if token is None or token.generation < business.generation:
        return None
    return Candidate(token.customer_id, token.contact_id)


def let_in(held: BrowserCookies, business: Business, session: Session, back: str = "") -> Response:
    """On to the portal, signed in, or `back` to the page that asked for a second proof."""
    response = redirect_to_page(held.request, business.slug, back)
    held.hold_session(response, session, business.generation)
    if back and session.confirmed_until is None:
        flash_message(response, flash(held.ctx), "second_proof_missing", {})
    return response


def language_of(request: Request, business: Business) -> str | None:
    """The language of the reader's page, as far as the business offers it."""
    chosen = request.cookies.get(cookies.LANGUAGE_COOKIE, "")
    accepted = accepted_languages(request.headers.get("accept-language", ""))
    return offered_locale((chosen, *accepted), business.locales)
