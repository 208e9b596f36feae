"""The pages before sign-in: `/sign-in`, `/code`, `/choose`. They show; auth-otp decides."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.web import cookies
from servicehub_events import Contact, Customer
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Portal
from portal_read.http import answers
from portal_read.http.page_request import Visit, arrive
from portal_read.pages import FlashMessage
from portal_read.ports import Choice, ChoicesUnavailable
from portal_read.store import decoded

_OF_ADDRESS = frozenset({"address_missing", "address_invalid"})


def sign_in(portal: Portal) -> answers.Endpoint:
    """The one page of a portal that the world may see."""

    @answers.answered(portal)
    async def endpoint(request: Request) -> Response:
        visit = await arrive(portal, request, store.SESSION_ONLY)
        if visit.visitor.standing == "signed_in":
            return answers.redirect(visit.ctx.root)
        notice = visit.ctx.flash
        error = notice if notice and notice.code in _OF_ADDRESS else None
        ctx = replace(visit.ctx, flash=None) if error else visit.ctx
        page = pages.sign_in(ctx, visit.typed if error else "", error)
        return _shown(portal, request, answers.html(page, indexed=True))

    return endpoint


def code(portal: Portal) -> answers.Endpoint:
    """Where the code is typed in; what was typed as address is shown from the browser's own cookie."""

    @answers.answered(portal)
    async def endpoint(request: Request) -> Response:
        visit = await arrive(portal, request, store.NOBODY)
        cookie = cookies.challenge(portal.settings.flash_keys, visit.visitor.business.business_id)
        challenge = cookie.read(request.cookies)
        address = str(challenge["shown"]) if challenge and challenge.get("shown") else None
        ctx, error = _error_of(visit, "code_")
        page = pages.code(ctx, address, error)
        return _shown(portal, request, answers.html(page, cache=answers.NEVER_STORED))

    return endpoint


def choose(portal: Portal) -> answers.Endpoint:
    """Which account, when a proven address belongs to several; named from our rows, posted as an index."""

    @answers.answered(portal)
    async def endpoint(request: Request) -> Response:
        visit = await arrive(portal, request, store.NOBODY)
        business_id = visit.visitor.business.business_id
        cookie = cookies.choice(portal.settings.flash_keys, business_id).read(request.cookies)
        try:
            choices = await portal.choices.of(business_id, str(cookie["id"])) if cookie else None
        except (ChoicesUnavailable, KeyError):
            return answers.unavailable(visit.ctx)
        if choices is None:
            return _expired(portal, visit)
        named = await _named(portal, business_id, choices)
        if len(named) < len(choices):
            return answers.unavailable(visit.ctx)  # not known here yet: the index must mean the same to both
        ctx, error = _error_of(visit, "choice_")
        page = pages.choose(ctx, named, error)
        return _shown(portal, request, answers.html(page, cache=answers.NEVER_STORED))

    return endpoint


async def _named(
    portal: Portal, business_id: str, choices: Sequence[Choice]
) -> Sequence[tuple[Customer, Contact]]:
    params = {"business": business_id, "customers": [choice.customer_id for choice in choices]}
    found = await portal.read_model.page(business_id, store.CUSTOMERS, params)
    by_id = {customer.customer_id: customer for customer in decoded(Customer, found["customer"])}
    named: list[tuple[Customer, Contact]] = []
    for choice in choices:
        customer = by_id.get(choice.customer_id)
        contacts = customer.contacts if customer else ()
        contact = next((each for each in contacts if each.contact_id == choice.contact_id), None)
        if customer and contact:
            named.append((customer, contact))
    return named


def _error_of(visit: Visit, prefix: str) -> tuple[pages.PageContext, FlashMessage | None]:
    """What belongs to the page's own field is said there, anything else on top of the page."""
    notice = visit.ctx.flash
    if notice is None or not notice.code.startswith(prefix):
        return visit.ctx, None
    return replace(visit.ctx, flash=None), notice


def _expired(portal: Portal, visit: Visit) -> Response:
    response = answers.redirect(f"{visit.ctx.root}/sign-in")
    portal.flash.put(response, {"code": "choice_expired", "params": {}, "typed": ""})
    return response


def _shown(portal: Portal, request: Request, response: Response) -> Response:
    if request.method == "GET" and portal.flash.name in request.cookies:
        portal.flash.clear(response)
    return response
