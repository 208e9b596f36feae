"""`GET /portal/{slug}/pay/{token}` and `/paid/{payment}`: an invoice is paid from a mail, without signing in.

What a link opens, billing says. To open one does nothing at all, however often and by whatever program.
"""

from dataclasses import replace
from typing import Final

from chassis.pay_links import may_be_pay_link
from chassis.web import client_networks
from chassis.web.cookies import LinkedPayments
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.flash import clear_flash
from portal_read.http.page_request import PageRequest, id_in, open_page
from portal_read.http.signed_in import policy_of
from portal_read.pages import PageContext
from portal_read.pages.tips import read_typed
from portal_read.ports import OpenedLink, PayLinksUnavailable

_HEADERS: Final = {"Referrer-Policy": "strict-origin"}
"""The address is a key, and goes nowhere. `no-referrer` would make the form's Origin `null`, which browsers
without Sec-Fetch-Site are refused by."""
_AGAIN_SECONDS: Final = "3"


async def pay_link(ctx: Context, request: Request) -> Response:
    """One invoice with its one button; whoever it was sent to, and is signed in, gets their own page."""
    response = await _pay_link(ctx, request)
    clear_flash(ctx, request, response)
    response.headers.update(_HEADERS)
    return response


async def _pay_link(ctx: Context, request: Request) -> Response:
    page = await _open(ctx, request)
    if isinstance(page, Response):
        return page
    token, context = str(request.path_params["token"]), _outside(page)
    business_id = context.business.business_id
    try:
        link = await ctx.pay_links.open_link(business_id, token) if may_be_pay_link(token) else None
    except PayLinksUnavailable:
        return answers.unavailable(context)
    if link and _is_theirs(page, link):
        ids = (link.invoice_id,)
        return answers.redirect(context.pay_url(ids) if link.offer else context.invoice_url(*ids))
    if link is None or link.offer is None:
        return answers.html(pages.pay_link_closed(_unsaid(context)), 404, cache=answers.NEVER_STORED)
    body = pages.pay_link(context, link.offer, token, read_typed(page.typed))
    response = answers.html(body, cache=answers.NEVER_STORED)
    response.headers.update(policy_of(ctx.settings, pays=True))
    return response


async def paid_by_link(ctx: Context, request: Request) -> Response:
    """What became of a payment, in the browser that a link led to it; any other signs in."""
    page = await _open(ctx, request)
    if isinstance(page, Response):
        return page
    payment_id, context = id_in(request), _outside(page)
    business_id = context.business.business_id
    token = LinkedPayments(ctx.settings.cookie_signing_keys, business_id).find(request.cookies, payment_id)
    try:
        linked = await ctx.pay_links.find_payment(business_id, token, payment_id) if token else None
    except PayLinksUnavailable:
        return answers.unavailable(context)
    if token is None or linked is None:
        return answers.redirect(context.result_url(payment_id) if payment_id else context.home)
    shown = pages.paid_by_link(context, linked, context.pay_link_url(token))
    response = answers.html(shown.html, cache=answers.NEVER_STORED)
    if shown.confirming:
        response.headers["Refresh"] = _AGAIN_SECONDS
    return response


async def _open(ctx: Context, request: Request) -> PageRequest | Response:
    """The brand, and who is signed in; that too many came from one network, billing need not hear."""
    network = client_networks(request, ctx.settings.trusted_proxy_hops)[0]
    seconds = ctx.link_networks.count(network.encode())
    page = await open_page(ctx, request, store.SESSION_ONLY)
    if isinstance(page, PageRequest) and seconds:
        body = pages.too_often(_outside(page), seconds)
        return answers.html(body, 429, cache=answers.NEVER_STORED)
    return page


def _outside(page: PageRequest) -> PageContext:
    """The page of somebody who is not signed in, whoever it is."""
    return replace(page.context, customer=None, contact=None, live_url=None, stale=False, as_of=None)


def _unsaid(context: PageContext) -> PageContext:
    """The page says itself what a post to a closed link was told."""
    flash = context.flash
    return replace(context, flash=None) if flash and flash.code == "pay_link_closed" else context


def _is_theirs(page: PageRequest, link: OpenedLink) -> bool:
    viewer = page.viewer.viewer
    mine = (viewer.customer_id, viewer.contact_id) == (link.customer_id, link.contact_id)
    return mine and viewer.may("invoices")
