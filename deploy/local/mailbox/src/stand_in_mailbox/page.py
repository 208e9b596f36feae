"""The page: a list on the left, the chosen message on the right; it looks again when something arrived."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from stand_in_mailbox.inbox import Inbox
from stand_in_mailbox.message import Message

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=select_autoescape(("html",))
)
SHOWN = 200
# A mail is somebody else's HTML: no script, no form, no frame, and an origin of its own.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox;"
    " default-src 'none'; img-src * data:; style-src 'unsafe-inline'"
)


def page_routes(inbox: Inbox) -> list[Route]:
    """Return the page, the body of one mail, and what the page asks every second."""

    async def page(request: Request) -> Response:
        chosen = inbox.find(request.query_params.get("id", ""))
        if chosen is not None:
            inbox.mark_read(chosen)
        return HTMLResponse(render(inbox, chosen))

    async def body(request: Request) -> Response:
        found = inbox.find(request.path_params["id"])
        html = _with_link_target(found) if found else "<p>This message was deleted.</p>"
        return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})

    async def version(_request: Request) -> Response:
        return JSONResponse({"version": inbox.version})

    async def empty(_request: Request) -> Response:
        inbox.clear()
        return RedirectResponse("/", status_code=303)

    return [
        Route("/", page),
        Route("/_empty", empty, methods=["POST"]),
        Route("/_version", version),
        Route("/_mail/{id}", body),
    ]


def render(inbox: Inbox, chosen: Message | None) -> str:
    """Return the whole page."""
    messages = list(inbox)[:SHOWN]
    # A phone shows one conversation, oldest first.
    bubbles = [m for m in reversed(messages) if chosen and m.kind == "sms" and m.to == chosen.to]
    template = TEMPLATES.get_template("mailbox.html")
    return template.render(inbox=inbox, messages=messages, chosen=chosen, bubbles=bubbles)


def _with_link_target(message: Message) -> str:
    return f'<base target="_blank" rel="noopener">{message.html}'
