"""The web app manifest: how a portal stands on the home screen of a phone (https://www.w3.org/TR/appmanifest/)."""

import msgspec

from portal_read.pages.context import PageContext
from portal_read.pages.html import web_link

_PAPER = "#ffffff"
"""The ground of the pages in the light, on which the icon stands while a portal opens."""


def web_manifest(ctx: PageContext) -> bytes:
    """The manifest of a business's portal, in JSON."""
    business = ctx.business
    icons = [
        {
            "src": icon.url,
            "sizes": "any" if icon.url.endswith(".svg") else f"{icon.size}x{icon.size}",
            "purpose": icon.purpose,
        }
        for icon in business.icons
        if web_link(icon.url)
    ]
    return msgspec.json.encode(
        {
            "id": ctx.root,
            "name": business.name,
            "lang": ctx.locale,
            "start_url": ctx.home,
            "scope": ctx.home,
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": business.colours.primary,
            "icons": icons,
        }
    )
