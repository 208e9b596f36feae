"""A payer who is sent away to say yes: to the bank of a card (3-D Secure), or to PayPay.

The session stays open meanwhile. Sources: https://docs.stripe.com/payments/3d-secure/authentication-flow and
https://docs.stripe.com/payments/paypay.
"""

from dataclasses import asdict

from stand_in_stripe import payments
from stand_in_stripe.cards import card_for
from stand_in_stripe.checkout_sessions import CARD, PAYPAY, expire_if_due
from stand_in_stripe.errors import DOCUMENTATION, StripeError
from stand_in_stripe.objects import Json
from stand_in_stripe.payer import Payer
from stand_in_stripe.payment_methods import new_method
from stand_in_stripe.sandbox import Context

REFUSED = {
    "code": "payment_intent_authentication_failure",
    "doc_url": DOCUMENTATION + "payment-intent-authentication-failure",
    "message": (
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new"
        " PaymentMethod to attempt to fulfill this PaymentIntent again."
    ),
    "type": "invalid_request_error",
}


def pay_by_card(ctx: Context, session: Json, payer: Payer) -> Json:
    """Try the card, or ask its bank first. On a session that is not open nothing happens.

    Raises StripeError (402) for a card that is declined; what was tried stays in the books.
    """
    session = expire_if_due(ctx, session)
    if session["status"] == "open":
        payments.check_offered(session, CARD)
        work = _ask if _wants_approval(payer) else payments.charge_card
        work(ctx, session, payer)
    return session


def pay_by_paypay(ctx: Context, session: Json, payer: Payer) -> Json:
    """Go to PayPay, and come back with a yes or a no. On a session that is not open nothing happens."""
    session = expire_if_due(ctx, session)
    if session["status"] == "open":
        payments.check_offered(session, PAYPAY)
        _ask(ctx, session, payer, PAYPAY)
    return session


def asked(ctx: Context, session: Json) -> Json | None:
    """The intent that waits for the payer's answer, if one does."""
    intent = payments.find_intent(ctx, session)
    waits = intent and intent["status"] == "requires_action" and "_asked" in intent
    return intent if waits and session["status"] == "open" else None


def answer(ctx: Context, session: Json, *, approved: bool = True) -> Json:
    """What the payer says at the bank or at PayPay. Raises StripeError; 402 if the card is declined then."""
    session = expire_if_due(ctx, session)
    if (intent := asked(ctx, session)) is None:
        raise StripeError(400, "Nobody asks the payer of this session for approval.")
    payer, way = Payer(**intent["_asked"]["payer"]), intent.pop("_asked")["way"]
    if not approved:
        payments.fail(ctx, session, intent, REFUSED)
    elif way == CARD:
        payments.charge_card(ctx, session, payer, authenticated=True)
    else:
        details: Json = {"type": PAYPAY, PAYPAY: {}}
        payments.take_money(ctx, session, payer, (new_method(ctx, payer, PAYPAY)["id"], details))
        payments.complete(ctx, session, payer)
    return session


def _wants_approval(payer: Payer) -> bool:
    """Whether the bank asks the payer; of a card that was kept with their answer, only if it always does."""
    wants = card_for(payer.card).authentication
    return wants == "always" if payer.kept else wants is not None


def _ask(ctx: Context, session: Json, payer: Payer, way: str = CARD) -> None:
    intent = payments.intent_of(ctx, session)
    intent["_asked"] = {"payer": asdict(payer), "way": way}
    url = f"{ctx.sandbox.origin}/approve/{session['id']}"
    there = {"redirect_to_url": {"return_url": session["success_url"], "url": url}, "type": "redirect_to_url"}
    kind: str = intent["object"]
    ctx.write(intent, f"{kind}.requires_action", status="requires_action", next_action=there)
    ctx.write(session, due=session["expires_at"])
