"""What pays, and the Customer whom it is kept for: https://docs.stripe.com/payments/save-and-reuse."""

from collections.abc import Mapping
from dataclasses import asdict

from stand_in_stripe.cards import method_details
from stand_in_stripe.errors import no_such, refused
from stand_in_stripe.objects import Json
from stand_in_stripe.payer import Payer
from stand_in_stripe.sandbox import Context

CUSTOMER_FIELDS = "description email metadata name phone preferred_locales"
USED = (
    "This PaymentMethod was previously used without being attached to a Customer or was detached from a"
    " Customer, and may not be used again."
)


def method_of(ctx: Context, session: Json, payer: Payer) -> Json:
    """The card that pays a session: a new one, or one that was kept for its Customer. Raises StripeError."""
    if not payer.kept:
        return new_method(ctx, payer, "card")
    return kept_method(ctx, payer.kept, session["customer"])


def shown_methods(ctx: Context, session: Json) -> list[Json]:
    """The kept cards that the pay page offers: those that may be shown again, unless others are asked for."""
    if session["customer"] is None or session["mode"] != "payment":
        return []
    options: Json = session["saved_payment_method_options"] or {}
    shown = options.get("allow_redisplay_filters") or ["always"]
    kept = ctx.newest("payment_method", customer=session["customer"], type="card")
    return [method for method in kept if method["allow_redisplay"] in shown]


def new_method(ctx: Context, payer: Payer, way: str) -> Json:
    """The card, wallet or store of one attempt to pay."""
    details = method_details(payer.card, payer.month) if way == "card" else {}
    parts = {way: details, "_payer": asdict(payer)}
    made = ctx.new("payment_method", "pm", billing_details=payer.billing(), type=way, **parts)
    ctx.write(made)
    return made


def keep(ctx: Context, session: Json, intent: Json, method: Json, payer: Payer) -> None:
    """Attach what pays to the session's Customer where it is asked for, who may be made by it.

    Without a Customer nothing is attached, however it was asked.
    """
    customer: str | None = session["customer"]
    if customer is None and session["customer_creation"] == "always":
        customer = _new_customer(ctx, email=payer.email, name=payer.name)["id"]
    intent["customer"] = session["customer"] = customer
    options: Json = intent["payment_method_options"] or {}
    of_cards: Json = options.get("card", {})
    future = intent.get("setup_future_usage") or of_cards.get("setup_future_usage")
    asked = future or intent["object"] == "setup_intent" or payer.save
    if customer and asked and not payer.kept:
        redisplay = "always" if payer.save else "limited"
        method["_usage"] = future or intent.get("usage")
        ctx.write(method, "payment_method.attached", customer=customer, allow_redisplay=redisplay)


def create_customer(ctx: Context, asked: Json, _named: Mapping[str, str]) -> Json:
    """`POST /v1/customers`."""
    return _new_customer(ctx, **_fields(asked))


def update_customer(ctx: Context, asked: Json, named: Mapping[str, str]) -> Json:
    """`POST /v1/customers/{customer}`. Raises StripeError."""
    customer = customer_of(ctx, named["customer"], "customer")
    ctx.write(customer, "customer.updated", **_fields(asked))
    return customer


def delete_customer(ctx: Context, _asked: Json, named: Mapping[str, str]) -> Json:
    """`DELETE /v1/customers/{customer}`: what was kept for it goes with it. Raises StripeError."""
    customer = customer_of(ctx, named["customer"], "customer")
    for method in ctx.newest("payment_method", customer=customer["id"]):
        _detach(ctx, method)
    ctx.emit("customer.deleted", customer)
    gone: Json = {"id": customer["id"], "object": "customer", "deleted": True}
    ctx.sandbox.books.put(ctx.account, gone | {"created": customer["created"]})
    return gone


def read_customer(ctx: Context, _asked: Json, named: Mapping[str, str]) -> Json:
    """`GET /v1/customers/{customer}`: of one that was deleted, only that. Raises StripeError."""
    found = ctx.get("customer", named["customer"], "id")
    return {name: found[name] for name in ("id", "object", "deleted")} if "deleted" in found else found


def customer_of(ctx: Context, identifier: str, param: str) -> Json:
    """A Customer to do something for. Raises StripeError."""
    customer = ctx.get("customer", identifier, param)
    if "deleted" in customer:
        raise no_such("customer", identifier, param)
    return customer


def detach_method(ctx: Context, _asked: Json, named: Mapping[str, str]) -> Json:
    """`POST /v1/payment_methods/{payment_method}/detach`. Raises StripeError."""
    method = ctx.get("payment_method", named["payment_method"], "payment_method")
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise refused(message, param="payment_method")
    return _detach(ctx, method)


def kept_method(ctx: Context, identifier: str, customer: str) -> Json:
    """What is kept for this Customer, to charge it. Raises StripeError."""
    method = ctx.get("payment_method", identifier, "payment_method")
    if method["customer"] is None:
        raise refused(USED, param="payment_method")
    if method["customer"] != customer:
        message = f"The customer does not have a payment method with the ID {identifier}."
        raise refused(
            f"{message} The payment method must be attached to the customer.", param="payment_method"
        )
    return method


def _new_customer(ctx: Context, **fields: object) -> Json:
    made = ctx.new("customer", "cus", **fields)
    ctx.write(made, "customer.created")
    return made


def _fields(asked: Json) -> Json:
    return {name: asked[name] for name in CUSTOMER_FIELDS.split() if name in asked}


def _detach(ctx: Context, method: Json) -> Json:
    before = {"customer": method["customer"]}
    ctx.write(method, customer=None)
    ctx.emit("payment_method.detached", method, before)
    return method
