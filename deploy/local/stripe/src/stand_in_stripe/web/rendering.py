"""The templates, and the policy every page is sent with."""

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, goes_to: str = "", **values: object) -> Response:
    """Render a page. `goes_to`: where its form is redirected, which Chrome judges by `form-action` too."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(goes_to)) if goes_to else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {origin};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(TEMPLATES.get_template(template).render(**values), status, headers)


def foreign(request: Request) -> Response | None:
    """Nobody signs in here, so a form of another site must not post. Returns the refusal, or None."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("Open the Stripe sandbox as http://localhost, on this machine.\n", 403)
    return None
