"""Charging a card that is kept for a Customer, who is not there: `POST /v1/payment_intents`.

Source: https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method.
"""

from collections.abc import Mapping

from stand_in_stripe.cards import kept_card
from stand_in_stripe.checkout_sessions import check_account
from stand_in_stripe.currencies import check_currency, check_total, check_unit
from stand_in_stripe.objects import Json, new_id, plain
from stand_in_stripe.payer import Payer
from stand_in_stripe.payment_methods import customer_of, kept_method
from stand_in_stripe.payments import charge_method, declined
from stand_in_stripe.sandbox import Context

COPIED = "amount customer description metadata receipt_email statement_descriptor_suffix transfer_group"


def create(ctx: Context, asked: Json, _named: Mapping[str, str]) -> Json:
    """Charge at once. Raises StripeError (402) with the PaymentIntent for a card that is declined."""
    check_account(ctx)
    currency = check_currency(asked["currency"], "currency")
    check_unit(asked["amount"], currency, "amount")
    check_total(asked["amount"], currency, "Amount must be")
    customer = customer_of(ctx, asked["customer"], "customer")
    method = kept_method(ctx, asked["payment_method"], customer["id"])
    intent = _intent(ctx, asked, currency)
    payer = Payer(**method["_payer"])
    card = kept_card(payer.card, method.get("_usage"))
    if problem := charge_method(ctx, intent, payer, method, card):
        gone: Json = {"last_payment_error": problem, "payment_method": None}
        ctx.write(intent, "payment_intent.payment_failed", status="requires_payment_method", **gone)
        raise declined(card, problem, payment_intent=plain(intent), payment_method=plain(method))
    return intent


def _intent(ctx: Context, asked: Json, currency: str) -> Json:
    identifier = new_id("pi")
    return ctx.new(
        "payment_intent",
        "pi",
        **{name: asked[name] for name in COPIED.split() if name in asked},
        id=identifier,
        client_secret=new_id(f"{identifier}_secret", 25),
        currency=currency,
        payment_method_options={"card": {"request_three_d_secure": "automatic"}},
        payment_method_types=["card"],
    )
