"""`GET /sitemap.xml` and `/robots.txt`: what search engines may find at a host, the sign-in pages alone."""

from typing import Final
from xml.sax.saxutils import escape

from chassis.origins import host_of, origin_at
from chassis.web import NotFound, Unavailable, asked_host
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from portal_read.context import Context
from portal_read.http.own_domain import is_domain
from portal_read.read_model import UNAVAILABLE

_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}
_ROBOTS: Final = """User-agent: *
Allow: /portal/*/sign-in$
Allow: /sitemap.xml$
Allow: /portal/assets/
Allow: /branding/
Disallow: /
"""
_SITEMAP: Final = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{urls}</urlset>
"""


async def robots(ctx: Context, request: Request) -> Response:
    """Search engines see the sign-in pages alone, and are told where those are listed."""
    domain = _domain(ctx, request)
    listed = "" if domain is None else f"Sitemap: {_origin(ctx, domain)}/sitemap.xml\n"
    return PlainTextResponse(_ROBOTS + listed, headers=_AN_HOUR)


async def sitemap(ctx: Context, request: Request) -> Response:
    """The sign-in page of each portal that is on, at the host where it is: the platform's or its own.

    Raises `NotFound` at a host that is nobody's, and `Unavailable` without a database.
    """
    domain = _domain(ctx, request)
    if domain is None:
        raise NotFound
    try:
        slugs = await ctx.read_model.list_portals(domain)
    except UNAVAILABLE as error:
        raise Unavailable from error
    if domain and not slugs:
        raise NotFound
    pages = (f"{_origin(ctx, domain)}/portal/{slug}/sign-in" for slug in slugs)
    urls = "".join(f"<url><loc>{escape(page)}</loc></url>\n" for page in pages)
    return Response(_SITEMAP.format(urls=urls), headers=_AN_HOUR, media_type="application/xml")


def _domain(ctx: Context, request: Request) -> str | None:
    """The domain that was asked, "" for the platform; None for what is neither."""
    host = asked_host(request)
    if host == host_of(ctx.settings.public_origin):
        return ""
    return host if is_domain(host) else None


def _origin(ctx: Context, domain: str) -> str:
    return origin_at(domain or None, ctx.settings.public_origin)
