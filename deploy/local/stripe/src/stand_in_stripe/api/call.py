"""One request as its handler sees it: whose key, which account, which parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request

from stand_in_stripe.errors import StripeError
from stand_in_stripe.forms import Tree
from stand_in_stripe.sandbox import PLATFORM, Sandbox
from stand_in_stripe.shapes import Account, Json
from stand_in_stripe.shapes.event import EventRequest


@dataclass(frozen=True)
class Call:
    """`owner` is the account in whose books the request works; `named` holds what the path names."""

    sandbox: Sandbox
    owner: str
    parameters: Tree
    named: dict[str, str]
    cause: EventRequest

    @property
    def account(self) -> Account:
        """The account itself. Raises StripeError for one that the key has no access to."""
        _, found = self.sandbox.books.find(Account, self.owner)
        if found is None:
            raise no_access(self.owner)
        return found


Handler = Callable[[Call], Json]


def check_key(request: Request, secret_key: str) -> None:
    """Raises StripeError unless the request carries the one secret key, as bearer or as basic user."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credentials:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header,"
            " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise StripeError(401, message)
    if not compare_digest(credentials.strip().encode(), secret_key.encode()):
        raise StripeError(401, f"Invalid API Key provided: {_hidden(credentials.strip())}")


def owner_of(request: Request, sandbox: Sandbox) -> str:
    """The account that `Stripe-Account` names, or the platform. Raises StripeError for an unknown one."""
    owner = request.headers.get("stripe-account") or PLATFORM
    if sandbox.books.find(Account, owner)[1] is None:
        raise no_access(owner)
    return owner


def no_access(account: str) -> StripeError:
    """Not connected to this platform."""
    message = (
        f"The provided key does not have access to account '{account}' (or that account does not exist)."
        " Application access may have been revoked."
    )
    return StripeError(403, message, code="account_invalid")


def _hidden(key: str) -> str:
    return f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > len("sk_test_") * 2 else "*" * len(key)
