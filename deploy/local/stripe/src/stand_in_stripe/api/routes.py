"""Which path does what."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand_in_stripe.api import handlers, reversals
from stand_in_stripe.api.call import Handler
from stand_in_stripe.api.endpoint import Api
from stand_in_stripe.errors import StripeError
from stand_in_stripe.render import encode

SESSIONS = "/v1/checkout/sessions"
ENDPOINTS: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", SESSIONS, "checkout.sessions.create", handlers.create_session),
    ("GET", SESSIONS, "checkout.sessions.list", handlers.list_sessions),
    ("GET", SESSIONS + "/{session}", "checkout.sessions.retrieve", handlers.retrieve_session),
    ("POST", SESSIONS + "/{session}/expire", "checkout.sessions.expire", handlers.expire_session),
    ("GET", SESSIONS + "/{session}/line_items", "checkout.sessions.line_items", handlers.list_line_items),
    ("GET", "/v1/payment_intents/{intent}", "payment_intents.retrieve", handlers.retrieve_intent),
    ("POST", "/v1/payment_intents/{intent}/cancel", "payment_intents.cancel", handlers.cancel_intent),
    ("GET", "/v1/charges", "charges.list", handlers.list_charges),
    ("GET", "/v1/charges/{charge}", "charges.retrieve", handlers.retrieve_charge),
    ("GET", "/v1/charges/{charge}/refunds", "refunds.list", reversals.list_refunds_of_charge),
    ("POST", "/v1/refunds", "refunds.create", reversals.create_refund),
    ("GET", "/v1/refunds", "refunds.list", reversals.list_refunds),
    ("GET", "/v1/refunds/{refund}", "refunds.retrieve", reversals.retrieve_refund),
    ("GET", "/v1/disputes", "disputes.list", reversals.list_disputes),
    ("GET", "/v1/disputes/{dispute}", "disputes.retrieve", reversals.retrieve_dispute),
    ("GET", "/v1/events", "events.list", handlers.list_events),
    ("GET", "/v1/events/{id}", "events.retrieve", handlers.retrieve_event),
    ("GET", "/v1/account", "accounts.retrieve", handlers.retrieve_account),
    ("GET", "/v1/accounts/{account}", "accounts.retrieve", handlers.retrieve_account),
)


def api_routes(api: Api) -> list[Route]:
    """Return the endpoints, and Stripe's answer to any other path."""
    found = [
        Route(path, _serve(api, place, handler), methods=[method])
        for method, path, place, handler in ENDPOINTS
    ]
    return [*found, Route("/v1/{path:path}", _unrecognized, methods=["GET", "POST", "DELETE"])]


def _serve(api: Api, place: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return await api.serve(request, place, handler)

    return serve


async def _unrecognized(request: Request) -> Response:
    message = (
        f"Unrecognized request URL ({request.method}: {request.url.path})."
        " The Stripe sandbox knows Checkout Sessions, PaymentIntents, charges, refunds,"
        " disputes, events and accounts."
    )
    return Response(encode(StripeError(404, message).body()), 404, media_type="application/json")
