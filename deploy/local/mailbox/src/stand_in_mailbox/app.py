"""The web application: page, JSON, Twilio and faults."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from stand_in_mailbox.delivery_reports import DeliveryReports
from stand_in_mailbox.faults import Faults, fault_routes
from stand_in_mailbox.inbox import Inbox
from stand_in_mailbox.mailpit import mailpit_routes
from stand_in_mailbox.page import page_routes
from stand_in_mailbox.twilio import Account, twilio_routes

# The inbox holds sign-in codes: no page elsewhere may read it under a name of its own (DNS rebinding).
HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def application(inbox: Inbox, faults: Faults, account: Account, reports: DeliveryReports) -> Starlette:
    """Put the parts together."""
    routes: list[Route] = [
        *page_routes(inbox),
        *mailpit_routes(inbox),
        *twilio_routes(account, inbox, faults, reports),
        *fault_routes(faults),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)])
