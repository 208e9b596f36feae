"""Which operations of Stripe's API there are, and what each one does.

A new one is a row here and `make stripe-api`: the table then knows what it takes and answers with.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from stand_in_stripe import balance, konbini, off_session, refunds
from stand_in_stripe import checkout_sessions as sessions
from stand_in_stripe import payment_methods as methods
from stand_in_stripe.errors import no_access
from stand_in_stripe.objects import TABLE, Json
from stand_in_stripe.parameters import Tree, read
from stand_in_stripe.rendering import expanded, list_within, listed
from stand_in_stripe.sandbox import PLATFORM, Context

SESSIONS, CUSTOMERS, METHODS = "/v1/checkout/sessions", "/v1/customers", "/v1/payment_methods"
Named = Mapping[str, str]
Handler = Callable[[Context, Json, Named], Json]
PAGING = {"created", "ending_before", "expand", "limit", "starting_after"}
"""What any list takes, besides values that fields have to have."""
REFERENCES = ("charge", "customer", "payment_intent", "payout")
"""Parameters of a list that name an object, which has to be there."""
RENAMED = {"payout": "_payout", "types": "type"}
"""Parameters of a list that are not called as the field they ask about."""


class Operation(NamedTuple):
    """`place`: where a fault can be planned for it.

    Without a handler it lists objects by their fields, retrieves the one that its path ends with, or lists
    what that one has.
    """

    method: str
    path: str
    place: str
    handler: Handler | None = None

    @property
    def key(self) -> str:
        """Its name in the table."""
        return f"{self.method} {self.path}"


def perform(operation: Operation, ctx: Context, form: Tree, named: Named) -> Json:
    """What is answered. Raises StripeError."""
    asked = read(TABLE.operations[operation.key]["parameters"], form)
    if operation.handler is not None:
        answer = operation.handler(ctx, asked, named)
    elif not named:
        answer = _list(ctx, operation, asked)
    else:
        answer = _retrieve(ctx, operation, asked, named)
    return expanded(ctx, answer, asked.get("expand", ()))


def _retrieve(ctx: Context, operation: Operation, asked: Json, named: Named) -> Json:
    owner = operation.path.partition("}")[0] + "}"
    ((param, identifier),) = named.items()
    resource = ctx.get(TABLE.operations[f"GET {owner}"]["answers"], identifier, param)
    if operation.path != owner:
        return list_within(ctx, resource, operation.path.rpartition("/")[2], asked)
    return sessions.expire_if_due(ctx, resource) if resource["object"] == "checkout.session" else resource


def _list(ctx: Context, operation: Operation, asked: Json) -> Json:
    for name in REFERENCES:
        if name in asked:
            ctx.get(name, asked[name], name)
    fields = {RENAMED.get(name, name): value for name, value in asked.items() if name not in PAGING}
    kind: str = TABLE.operations[operation.key]["answers"]
    return listed(ctx, kind, operation.path, asked, **fields)


def _account(ctx: Context, _asked: Json, named: Named) -> Json:
    """Of itself or, for the platform, of one that is connected."""
    identifier = named.get("account", ctx.account)
    if ctx.account not in (PLATFORM, identifier):
        raise no_access(identifier)
    return ctx.sandbox.account(identifier)


OPERATIONS = (
    Operation("POST", SESSIONS, "checkout.sessions.create", sessions.create),
    Operation("GET", SESSIONS, "checkout.sessions.list"),
    Operation("GET", SESSIONS + "/{session}", "checkout.sessions.retrieve"),
    Operation("POST", SESSIONS + "/{session}/expire", "checkout.sessions.expire", sessions.expire),
    Operation("GET", SESSIONS + "/{session}/line_items", "checkout.sessions.line_items"),
    Operation("POST", "/v1/payment_intents", "payment_intents.create", off_session.create),
    Operation("GET", "/v1/payment_intents", "payment_intents.list"),
    Operation("GET", "/v1/payment_intents/{intent}", "payment_intents.retrieve"),
    Operation("POST", "/v1/payment_intents/{intent}/cancel", "payment_intents.cancel", konbini.cancel_intent),
    Operation("GET", "/v1/setup_intents/{intent}", "setup_intents.retrieve"),
    Operation("POST", CUSTOMERS, "customers.create", methods.create_customer),
    Operation("GET", CUSTOMERS + "/{customer}", "customers.retrieve", methods.read_customer),
    Operation("POST", CUSTOMERS + "/{customer}", "customers.update", methods.update_customer),
    Operation("DELETE", CUSTOMERS + "/{customer}", "customers.delete", methods.delete_customer),
    Operation("GET", CUSTOMERS + "/{customer}/payment_methods", "payment_methods.list"),
    Operation("GET", METHODS, "payment_methods.list"),
    Operation("GET", METHODS + "/{payment_method}", "payment_methods.retrieve"),
    Operation("POST", METHODS + "/{payment_method}/detach", "payment_methods.detach", methods.detach_method),
    Operation("GET", "/v1/charges", "charges.list"),
    Operation("GET", "/v1/charges/{charge}", "charges.retrieve"),
    Operation("GET", "/v1/charges/{charge}/refunds", "refunds.list"),
    Operation("POST", "/v1/refunds", "refunds.create", refunds.create),
    Operation("GET", "/v1/refunds", "refunds.list"),
    Operation("GET", "/v1/refunds/{refund}", "refunds.retrieve"),
    Operation("GET", "/v1/disputes", "disputes.list"),
    Operation("GET", "/v1/disputes/{dispute}", "disputes.retrieve"),
    Operation("GET", "/v1/balance", "balance.retrieve", balance.read_balance),
    Operation("GET", "/v1/balance_transactions", "balance_transactions.list"),
    Operation("GET", "/v1/balance_transactions/{id}", "balance_transactions.retrieve"),
    Operation("GET", "/v1/payouts", "payouts.list"),
    Operation("GET", "/v1/payouts/{payout}", "payouts.retrieve"),
    Operation("GET", "/v1/events", "events.list"),
    Operation("GET", "/v1/events/{id}", "events.retrieve"),
    Operation("GET", "/v1/account", "accounts.retrieve", _account),
    Operation("GET", "/v1/accounts/{account}", "accounts.retrieve", _account),
)
