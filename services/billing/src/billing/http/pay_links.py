"""Pay links over HTTP: the form of a link's page, and what portal-read shows there and after it.

The link comes in a body: the address that a post goes to stands in logs along the way.
"""

from typing import Annotated

import msgspec
from chassis.pay_links import may_be_pay_link
from chassis.web import (
    NO_STORE,
    Answer,
    NotFound,
    Refusals,
    Route,
    client_networks,
    cookies,
    path_id,
    read_fields,
    redirect_to_page,
    wants_json,
)
from msgspec import Meta
from servicehub_events import Business, Payment, encode_event
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from billing import errors
from billing.context import Context
from billing.handlers.follow_pay_link import (
    FollowedLink,
    come_back_by_link,
    find_by_link,
    follow_link,
    start_by_link,
)
from billing.handlers.in_time import in_time
from billing.handlers.start_checkout import ToPay, ToSee
from billing.http.checkout_form import Text, TipOption, chosen_tip
from billing.http.portal_pages import page_locale
from billing.http.tenants import business_at, known_business, require_portal

_Id = Annotated[str, Meta(max_length=64)]
_Link = Annotated[str, Meta(max_length=512)]


class _Form(msgspec.Struct, frozen=True):
    """`POST /billing/{slug}/pay-links`"""

    link: _Link
    locale: _Id = ""
    tip: TipOption = ""
    tip_amount: Text = ""


class _LinkFields(msgspec.Struct, frozen=True):
    """`POST /internal/pay-links`"""

    business_id: _Id
    link: _Link


class _PaymentFields(_LinkFields, frozen=True):
    """`POST /internal/pay-links/payment`"""

    payment_id: _Id


async def pay(ctx: Context, request: Request) -> Response:
    """Pay what a link is for: on to the processor's page. Who is signed in does not matter."""
    fields = await read_fields(request, _Form)
    request.state.page = _page_of(fields.link) if may_be_pay_link(fields.link) else ""
    request.state.typed = f"\n\n{fields.tip}\n{fields.tip_amount}"
    tip = chosen_tip(fields.tip, fields.tip_amount)
    network = client_networks(request, ctx.settings.trusted_proxy_hops)[0]
    if seconds := ctx.link_posts.count(network.encode()):
        raise errors.LinkTooOften(seconds=seconds)
    business = await business_at(ctx, request, path_id(request, "slug"))
    locale = page_locale(fields.locale, business)
    try:
        outcome = await in_time(ctx, start_by_link(ctx, business, fields.link, locale, tip))
    except TimeoutError:
        raise errors.StillOpening from None
    response = _onward(request, business, outcome)
    _linked(ctx, business).put(response, outcome.payment.payment_id, fields.link)
    return response


def _onward(request: Request, business: Business, outcome: ToPay | ToSee) -> Response:
    if isinstance(outcome, ToSee):
        return redirect_to_page(request, business.slug, _result_of(outcome.payment))
    if wants_json(request):
        return JSONResponse({"url": outcome.url}, 201, headers=NO_STORE)
    return RedirectResponse(outcome.url, 303, headers=NO_STORE)


async def back_by_link(
    ctx: Context, request: Request, business: Business, payment_id: str
) -> Response | None:
    """Back from the processor's page, in the browser that a link led there; None in any other.

    Raises `NotFinished`.
    """
    link = _linked(ctx, business).find(request.cookies, payment_id)
    outcome = await come_back_by_link(ctx, business, link, payment_id) if link else None
    if link is None or outcome is None:
        return None
    if outcome.payment.status == "started" and outcome.confirmed:
        request.state.page = _page_of(link)
        raise errors.NotFinished
    return redirect_to_page(request, business.slug, _result_of(outcome.payment))


async def opened(ctx: Context, request: Request) -> Response:
    """What a link is for, for portal-read, which shows it. The gateway has no such route."""
    require_portal(ctx, request)
    fields = await read_fields(request, _LinkFields)
    followed = await follow_link(ctx, await known_business(ctx, fields.business_id), fields.link)
    if followed is None:
        raise NotFound
    return JSONResponse(_told(followed), headers=NO_STORE)


async def paid(ctx: Context, request: Request) -> Response:
    """What became of a payment that a link led to, for portal-read. The gateway has no such route."""
    require_portal(ctx, request)
    fields = await read_fields(request, _PaymentFields)
    business = await known_business(ctx, fields.business_id)
    found = await find_by_link(ctx, business, fields.link, fields.payment_id)
    followed = await follow_link(ctx, business, fields.link)
    if found is None or followed is None:
        raise NotFound
    _, _, payment = found
    told = {
        "number": followed.invoice.number,
        "opens": followed.offer is not None,
        "payment": msgspec.Raw(encode_event(payment)),
    }
    return Response(msgspec.json.encode(told), headers=NO_STORE, media_type="application/json")


def _told(followed: FollowedLink) -> dict[str, object]:
    return {
        "invoice_id": followed.invoice.invoice_id,
        "customer_id": followed.invoice.customer_id,
        "contact_id": followed.link.contact_id,
        "offer": msgspec.to_builtins(followed.offer),
    }


def _linked(ctx: Context, business: Business) -> cookies.LinkedPayments:
    return cookies.LinkedPayments(ctx.settings.cookie_signing_keys, business.business_id)


def _page_of(link: str) -> str:
    return f"pay/{link}"


def _result_of(payment: Payment) -> str:
    return f"paid/{payment.payment_id}"


LINK_ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/billing/{slug}/pay-links", pay),
    Route("POST", "/internal/pay-links", opened),
    Route("POST", "/internal/pay-links/payment", paid),
)
LINK_REFUSALS: Refusals = {
    errors.LinkClosed: Answer(404, "This link opens no invoice that can be paid now. Nothing was charged."),
    errors.LinkTooOften: Answer(429, "Too many came from this network. Please try again in a moment."),
}
