"""The page on the mailbox's port, and the whole application: page, JSON, Twilio and faults.

A list on the left, the chosen message on the right; the page looks again when something arrived.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from stand_in_mailbox.faults import Faults
from stand_in_mailbox.mailpit import mailpit_routes
from stand_in_mailbox.messages import Inbox
from stand_in_mailbox.twilio import Account, twilio_routes

PAGE = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=select_autoescape(("html",))
).get_template("mailbox.html")
SHOWN = 200
# The inbox holds sign-in codes: no page elsewhere may read it under a name of its own (DNS rebinding).
HOSTS = ["localhost", "127.0.0.1", "[::1]"]
# A mail is somebody else's HTML: no script, no form, no frame, and an origin of its own.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox;"
    " default-src 'none'; img-src * data:; style-src 'unsafe-inline'"
)


def application(inbox: Inbox, faults: Faults, account: Account) -> Starlette:
    """Put the parts together."""
    twilio = twilio_routes(account, inbox, faults)
    routes = [*_page_routes(inbox), *mailpit_routes(inbox), *twilio, faults.route()]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)])


def _page_routes(inbox: Inbox) -> list[Route]:
    """Return the page, the body of one mail, and what the page asks every second."""

    async def page(request: Request) -> Response:
        messages, chosen = list(inbox)[:SHOWN], inbox.find(request.query_params.get("id", ""))
        if chosen is not None:
            inbox.mark_read(chosen)
        # A phone shows one conversation, oldest first.
        bubbles = [m for m in reversed(messages) if chosen and m.is_sms and m.to == chosen.to]
        return HTMLResponse(PAGE.render(inbox=inbox, messages=messages, chosen=chosen, bubbles=bubbles))

    async def body(request: Request) -> Response:
        message = inbox.find(request.path_params["id"])
        html = message.html if message else "<p>This message was deleted.</p>"
        headers = {"Content-Security-Policy": MAIL_POLICY}
        return HTMLResponse(f'<base target="_blank" rel="noopener">{html}', headers=headers)

    async def version(_request: Request) -> Response:
        return JSONResponse({"version": inbox.version})

    async def empty(_request: Request) -> Response:
        inbox.remove()
        return RedirectResponse("/", status_code=303)

    return [
        Route("/", page),
        Route("/_empty", empty, methods=["POST"]),
        Route("/_version", version),
        Route("/_mail/{id}", body),
    ]
