"""Whose a request is: the business of its slug, the session that its cookies carry for it, or portal-read."""

from chassis.identity import SessionToken, find_business, find_slug_owner
from chassis.origins import is_found_at
from chassis.web import NotFound, asked_host, service_token
from servicehub_events import Business
from starlette.requests import Request

from billing.context import Context


async def business_at(ctx: Context, request: Request, slug: str) -> Business:
    """The business of a slug, present or former; every answer leads to the present one."""
    async with ctx.all_tenants() as tx:
        owner = await find_slug_owner(tx, slug)
    if owner is None:
        raise NotFound
    business = await known_business(ctx, owner.business_id)
    if not is_found_at(business, asked_host(request), ctx.settings.public_origin):
        raise NotFound
    request.state.slug = owner.present_slug
    return business


async def known_business(ctx: Context, business_id: str) -> Business:
    """The business of an id."""
    async with ctx.tenant(business_id) as tx:
        business = await find_business(tx, business_id)
    if business is None:
        raise NotFound
    return business


def token_of(ctx: Context, request: Request, business: Business) -> SessionToken | None:
    """The session that this browser has at the business."""
    return ctx.verifier.verify(request.cookies, business.business_id)


def require_portal(ctx: Context, request: Request) -> None:
    """Let portal-read alone go on: the gateway has no such route."""
    keys, now = ctx.settings.billing_keys, ctx.clock()
    service_token.require_caller(request, keys, audience="billing", callers=("portal-read",), now=now)
