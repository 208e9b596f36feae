"""Which host a portal is found at: the platform's, or the domain of its business, and no other business's."""

import re
from typing import Final

from chassis.origins import is_found_at, origin_of, own_domain
from chassis.web import asked_host
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.language import locale_without_business

_DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+\Z")
"""With a dot, which no slug has."""


def is_domain(host: str) -> bool:
    """Whether a host reads like a domain of a business; slugs do not, so it is none of theirs."""
    return _DOMAIN.match(host) is not None


async def front(ctx: Context, request: Request) -> Response:
    """A domain without the name of a portal leads to that of its business; any other host has none."""
    host = asked_host(request)
    owner = await ctx.read_model.find_slug_owner(host) if is_domain(host) else None
    if owner is None:
        return answers.html(pages.unknown_business(locale_without_business(request)), 404)
    return answers.redirect(f"/portal/{owner.present_slug}/", 302)


def is_found(ctx: Context, request: Request, business: Business) -> bool:
    """Whether a portal may be shown at the host that was asked."""
    return is_found_at(business, asked_host(request), ctx.settings.public_origin)


def lives_elsewhere(request: Request, business: Business) -> bool:
    """Whether the business has a domain of its own, and the platform was asked."""
    return own_domain(business) not in (None, asked_host(request))


def led_home(ctx: Context, request: Request, business: Business) -> Response:
    """On to the same page at the domain of the business. Not for good: a domain can be lost."""
    query = f"?{request.url.query}" if request.url.query else ""
    origin = origin_of(business, ctx.settings.public_origin)
    return answers.redirect(f"{origin}{answers.asked_path(request)}{query}", 302)
