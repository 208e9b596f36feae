"""What a control's path names."""

from starlette.requests import Request

from stand_in_stripe.errors import no_such
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Refund, Session


def session_of(sandbox: Sandbox, request: Request) -> tuple[str, Session]:
    """The session and whose it is. Raises StripeError."""
    identifier = request.path_params["id"]
    owner, session = sandbox.books.find(Session, identifier)
    if session is None:
        raise no_such("checkout.session", identifier, "session")
    return owner, session


def refund_of(sandbox: Sandbox, request: Request) -> tuple[str, Refund]:
    """The refund and whose it is. Raises StripeError."""
    identifier = request.path_params["id"]
    owner, refund = sandbox.books.find(Refund, identifier)
    if refund is None:
        raise no_such("refund", identifier, "refund")
    return owner, refund
