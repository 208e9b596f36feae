"""Money that is taken: the PaymentIntent and the charge of an attempt to pay, and paying by card."""

import re
from dataclasses import dataclass

from stand_in_stripe import balance
from stand_in_stripe.cards import DECLINES, card_error, card_for, charge_details
from stand_in_stripe.checkout_sessions import CARD, expire_if_due
from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import Json, new_id
from stand_in_stripe.sandbox import Context

EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/.-]?\s*(?:20)?(\d\d)")
COPIED = """
amount application_fee_amount currency description metadata receipt_email statement_descriptor
statement_descriptor_suffix transfer_group
"""
"""What a charge has of its PaymentIntent."""


@dataclass(frozen=True)
class Payer:
    """Who pays, as typed at the pay page."""

    email: str = "payer@sandbox.example"
    name: str = "Sandbox Payer"
    phone: str = ""
    card: str = "4242 4242 4242 4242"
    expiry: str = "12 / 34"
    cvc: str = "123"

    @property
    def month(self) -> tuple[int, int] | None:
        """The year and the month of the card's expiry."""
        match = EXPIRY.fullmatch(self.expiry.strip())
        return (2000 + int(match[2]), int(match[1])) if match else None

    def billing(self) -> Json:
        """`billing_details`."""
        return {"email": self.email, "name": self.name, "phone": self.phone or None}


def pay_by_card(ctx: Context, session: Json, payer: Payer) -> Json:
    """Try the card. On a session that is not open nothing happens; its state tells why.

    Raises StripeError (402) for a card that is declined; what was tried stays in the books.
    """
    session = expire_if_due(ctx, session)
    if session["status"] != "open":
        return session
    check_offered(session, CARD)
    card, intent = card_for(payer.card), intent_of(ctx, session)
    details = charge_details(card, intent["amount"], payer.month)
    charge = new_charge(ctx, intent, payer, (new_id("pm"), details), card.decline)
    if card.decline is None:
        take_money(ctx, intent, charge)
        complete(ctx, session, payer, "paid")
        return session
    problem = card_error(card, charge, payer.month)
    ctx.write(charge, "charge.failed")
    fail(ctx, session, intent, problem, latest_charge=charge["id"])
    error = StripeError(402, problem["message"], "card_error", problem["code"], remembered=True)
    error.decline_code = card.decline
    raise error


def check_offered(session: Json, method: str) -> None:
    """Raises StripeError for a way to pay that this session does not offer."""
    offered = session["payment_method_types"]
    if method not in offered:
        raise StripeError(400, f"This session can't be paid by {method}: it offers {offered}.")


def intent_of(ctx: Context, session: Json) -> Json:
    """The session's PaymentIntent, made by the first attempt to pay; the caller writes both back."""
    if known := ctx.find("payment_intent", session["payment_intent"]):
        return known
    identifier = session["payment_intent"] = new_id("pi")
    return ctx.new(
        "payment_intent",
        "pi",
        **session["_intent"],
        id=identifier,
        amount=session["amount_total"],
        client_secret=new_id(f"{identifier}_secret", 25),
        currency=session["currency"],
        payment_method_options=session["payment_method_options"],
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


def take_money(ctx: Context, intent: Json, charge: Json) -> None:
    """The money is there."""
    got: Json = {"amount_received": intent["amount"], "latest_charge": charge["id"]}
    got |= {"payment_method": charge["payment_method"], "next_action": None, "last_payment_error": None}
    ctx.write(charge, "charge.succeeded", balance_transaction=balance.take_in(ctx, charge))
    ctx.write(intent, "payment_intent.succeeded", status="succeeded", **got)


def complete(ctx: Context, session: Json, payer: Payer, payment_status: str, due: int | None = None) -> None:
    """The payer is through with the page. `due`: until when the money may come."""
    done: Json = {"status": "complete", "payment_status": payment_status, "url": None}
    done["customer_details"] = {"address": {}, **payer.billing()}
    ctx.write(session, "checkout.session.completed", due=due, **done)


def fail(ctx: Context, session: Json, intent: Json, problem: Json, **more: object) -> None:
    """This attempt brought nothing; a card may be tried again while the session is open."""
    gone: Json = {"last_payment_error": problem, "next_action": None, "payment_method": None, **more}
    ctx.write(intent, "payment_intent.payment_failed", status="requires_payment_method", **gone)
    ctx.write(session, due=session["expires_at"] if session["status"] == "open" else None)


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
