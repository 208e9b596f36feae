"""What a platform loses sight of: an account that ends its connection, pages of another key's mode.

https://docs.stripe.com/connect/standard-accounts, "Disconnected accounts": every request in its name is
refused with 403, and none of its webhooks comes any more. Its pages stay open here, which Stripe does not
promise: the worst case is the one to be ready for. A page of test mode is unknown to a key of live mode.
"""

from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import Json
from stand_in_stripe.sandbox import OTHER_MODE, PLATFORM, Context


def disconnect(ctx: Context, account: str) -> Json:
    """A business ends the platform's access to its account, until it is opened again. Raises StripeError."""
    known = ctx.sandbox.books.find("account", account)
    if known is None or account == PLATFORM:
        raise StripeError(400, f"There is no connected account {account}.")
    application = {"id": "ca_sandbox", "object": "application", "name": "Portal"}
    Context(ctx.sandbox, account).emit("account.application.deauthorized", application)
    known.object["_disconnected"] = True
    ctx.write(known.object)
    return known.object


def forget(ctx: Context, session: Json) -> Json:
    """The API knows a session no more, as under the key of another mode; people still see its page."""
    for kind in ("payment_intent", "checkout.session"):
        identifier = session["id"] if kind == "checkout.session" else session["payment_intent"]
        if identifier:
            ctx.sandbox.books.move(kind, identifier, OTHER_MODE)
    return session
