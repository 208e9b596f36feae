"""Money that is taken: the intent and the charge of an attempt to pay, and what becomes of its session."""

from stand_in_stripe import balance
from stand_in_stripe.cards import DECLINES, Card, card_error, card_for, charge_details
from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import Json, new_id
from stand_in_stripe.payer import Payer
from stand_in_stripe.payment_methods import keep, method_of
from stand_in_stripe.sandbox import Context

INTENTS = {"payment": ("payment_intent", "pi"), "setup": ("setup_intent", "seti")}
"""Mode of a session -> its intent's field and kind, and how its id begins."""
FAILED = {
    "payment_intent": ("payment_intent.payment_failed", "last_payment_error"),
    "setup_intent": ("setup_intent.setup_failed", "last_setup_error"),
}
COPIED = """
amount application_fee_amount currency customer description metadata receipt_email statement_descriptor
statement_descriptor_suffix transfer_group
"""
"""What a charge has of its PaymentIntent."""


def charge_card(ctx: Context, session: Json, payer: Payer, *, authenticated: bool = False) -> None:
    """Charge the card, or keep it in mode `setup`. Raises StripeError (402) for one that is declined."""
    card, intent, method = _card_of(payer), intent_of(ctx, session), method_of(ctx, session, payer)
    if card.decline is None:
        keep(ctx, session, intent, method, payer)
    if intent["object"] == "payment_intent":
        decline = charge_method(ctx, intent, payer, method, card, authenticated=authenticated)
    else:
        decline = card_error(card, method) if card.decline else None
    if decline is not None:
        fail(ctx, session, intent, decline)
        raise declined(card, decline)
    if intent["object"] == "setup_intent":
        ended = {"payment_method": method["id"], "last_setup_error": None, "next_action": None}
        ctx.write(intent, "setup_intent.succeeded", status="succeeded", **ended)
    complete(ctx, session, payer)


def charge_method(
    ctx: Context, intent: Json, payer: Payer, method: Json, card: Card, *, authenticated: bool = False
) -> Json | None:
    """Charge a card for a PaymentIntent. Returns the error of one that is declined, else None."""
    details = charge_details(card, intent["amount"], payer.month, authenticated=authenticated)
    charge = new_charge(ctx, intent, payer, (method["id"], details), card.decline)
    if card.decline is None:
        book_charge(ctx, intent, charge)
        return None
    ctx.write(charge, "charge.failed")
    intent["latest_charge"] = charge["id"]
    return card_error(card, method, charge["id"])


def take_money(ctx: Context, session: Json, payer: Payer, method: tuple[str, Json]) -> None:
    """The money of a session is there. `method`: as in `new_charge`."""
    intent = intent_of(ctx, session)
    book_charge(ctx, intent, new_charge(ctx, intent, payer, method))


def declined(card: Card, problem: Json, **more: object) -> StripeError:
    """The answer (402) to whoever tried a card that is declined."""
    error = StripeError(402, problem["message"], "card_error", problem["code"], remembered=True, more=more)
    error.decline_code = card.decline
    return error


def check_offered(session: Json, method: str) -> None:
    """Raises StripeError for a way to pay that this session does not offer."""
    offered = session["payment_method_types"]
    if method not in offered:
        raise StripeError(400, f"This session can't be paid by {method}: it offers {offered}.")


def find_intent(ctx: Context, session: Json) -> Json | None:
    """The session's PaymentIntent, or its SetupIntent in mode `setup`."""
    field, _ = INTENTS[session["mode"]]
    return ctx.find(field, session[field])


def intent_of(ctx: Context, session: Json) -> Json:
    """The same, made by the first attempt to pay; the caller writes both back."""
    if known := find_intent(ctx, session):
        return known
    field, prefix = INTENTS[session["mode"]]
    identifier = session[field] = new_id(prefix)
    money = {name: session[of] for name, of in (("amount", "amount_total"), ("currency", "currency"))}
    return ctx.new(
        field,
        prefix,
        **session["_intent"],
        **(money if field == "payment_intent" else {}),
        id=identifier,
        client_secret=new_id(f"{identifier}_secret", 25),
        customer=session["customer"],
        payment_method_options=session["payment_method_options"] if field == "payment_intent" else None,
        payment_method_types=session["payment_method_types"],
    )


def new_charge(
    ctx: Context, intent: Json, payer: Payer, method: tuple[str, Json], decline: str | None = None
) -> Json:
    """A charge of the whole amount. `method`: id of the payment method, and the details of this payment."""
    identifier, paid = new_id("ch"), decline is None
    code, message = DECLINES[decline] if decline else (None, None)
    return ctx.new(
        "charge",
        "ch",
        **{name: intent[name] for name in COPIED.split()},
        id=identifier,
        amount_captured=intent["amount"] if paid else 0,
        billing_details=payer.billing(),
        calculated_statement_descriptor=intent["statement_descriptor"] or "STRIPE SANDBOX",
        captured=paid,
        failure_code=code,
        failure_message=message,
        outcome=_outcome(decline),
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method[0],
        payment_method_details=method[1],
        receipt_url=f"{ctx.sandbox.origin}/receipts/{identifier}" if paid else None,
        status="succeeded" if paid else "failed",
    )


def book_charge(ctx: Context, intent: Json, charge: Json) -> None:
    """The money is there."""
    got: Json = {"amount_received": intent["amount"], "latest_charge": charge["id"]}
    got |= {"payment_method": charge["payment_method"], "next_action": None, "last_payment_error": None}
    ctx.write(charge, "charge.succeeded", balance_transaction=balance.take_in(ctx, charge))
    ctx.write(intent, "payment_intent.succeeded", status="succeeded", **got)


def complete(ctx: Context, session: Json, payer: Payer, *, due: int | None = None) -> None:
    """The payer is through with the page. `due`: until when the money may come, if it is not there yet."""
    done: Json = {"status": "complete", "url": None, "customer_details": payer.billing()}
    if session["mode"] == "payment":
        done["payment_status"] = "paid" if due is None else "unpaid"
    ctx.write(session, "checkout.session.completed", due=due, **done)


def fail(ctx: Context, session: Json, intent: Json, problem: Json) -> None:
    """This attempt brought nothing; a card may be tried again while the session is open."""
    event, field = FAILED[intent["object"]]
    gone: Json = {field: problem, "next_action": None, "payment_method": None}
    ctx.write(intent, event, status="requires_payment_method", **gone)
    ctx.write(session, due=session["expires_at"] if session["status"] == "open" else None)


def _card_of(payer: Payer) -> Card:
    card = card_for(payer.card)
    return card._replace(decline=card.kept_decline) if payer.kept else card


def _outcome(decline: str | None) -> Json:
    if decline is None:
        message = "Payment complete."
        return {"network_status": "approved_by_network", "seller_message": message, "type": "authorized"}
    return {
        "advice_code": "try_again_later",
        "network_status": "declined_by_network",
        "reason": decline,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
