"""The start page at `/`: where to click. Of the local stack only; nothing of it exists elsewhere."""

import asyncio
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local_stack.businesses import Business, demo_businesses

PAGE = Template(Path(__file__).with_name("home.html").read_text(encoding="utf-8"))


def home_routes(origin: str, simulator_url: str, stripe_url: str, mailbox_port: int) -> list[Route]:
    """Return the page; the gateway maps `/` to it."""
    mailbox_url = f"http://localhost:{mailbox_port}"

    async def home(_request: Request) -> Response:
        businesses = await asyncio.to_thread(demo_businesses, simulator_url)
        links = "\n".join(_link(origin, business) for business in businesses)
        page = PAGE.substitute(portals=links, mailbox=mailbox_url, simulator=simulator_url, stripe=stripe_url)
        return HTMLResponse(page)

    return [Route("/_home", home)]


def _link(origin: str, business: Business) -> str:
    address = escape(f"{origin}/portal/{business.slug}", quote=True)
    name = escape(business.name or business.slug)
    return f'<li><a href="{address}"><b>{name}</b><span>{address}</span></a></li>'
