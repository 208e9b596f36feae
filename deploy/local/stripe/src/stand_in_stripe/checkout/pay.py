"""Paying by card. Whatever happens at once, a session is paid once: all of it is one step on the books."""

from dataclasses import dataclass

from stand_in_stripe.cards import Card, Decline, card_for, charge_details, payment_method
from stand_in_stripe.checkout.charges import charge_for
from stand_in_stripe.checkout.expire import expire_if_due
from stand_in_stripe.checkout.intents import intent_of
from stand_in_stripe.checkout.methods import CARD
from stand_in_stripe.checkout.payer import Payer
from stand_in_stripe.errors import DOCUMENTATION, StripeError
from stand_in_stripe.ids import new_id
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Charge, Json, PaymentIntent, Session


@dataclass(frozen=True)
class Attempt:
    """How an attempt to pay ended: the session as it is now, and why the card was refused, if it was."""

    session: Session
    decline: Decline | None = None


def pay_by_card(sandbox: Sandbox, owner: str, session: Session, payer: Payer) -> Attempt:
    """Try the card. On a session that is not open nothing happens; its state tells why."""
    with sandbox.books.transaction():
        session = expire_if_due(sandbox, owner, session)
        if session.status != "open":
            return Attempt(session)
        check_offered(session, CARD)
        card, intent = card_for(payer.card), intent_of(sandbox, owner, session)
        method = new_id("pm")
        details = charge_details(card, intent.amount, payer.expiry)
        charge = charge_for(sandbox, intent, payer.billing(), (method, details), card.decline)
        if card.decline is None:
            _succeed(sandbox, owner, (session, intent, charge), payer)
        else:
            problem = _card_error(charge, card, card.decline, payer)
            fail(sandbox, owner, session, intent, problem, charge)
        return Attempt(session, card.decline)


def check_offered(session: Session, method: str) -> None:
    """Raises StripeError for a way to pay that this session does not offer."""
    if method not in session.payment_method_types:
        raise StripeError(
            400, f"This session can't be paid by {method}: it offers {session.payment_method_types}."
        )


def settle(sandbox: Sandbox, owner: str, intent: PaymentIntent, charge: Charge) -> None:
    """The money is there."""
    intent.status, intent.amount_received, intent.latest_charge = "succeeded", intent.amount, charge.id
    intent.payment_method, intent.next_action, intent.last_payment_error = charge.payment_method, None, None
    sandbox.books.put(owner, charge)
    sandbox.books.put(owner, intent)
    sandbox.emit(owner, "charge.succeeded", charge, NOT_ASKED)
    sandbox.emit(owner, "payment_intent.succeeded", intent, NOT_ASKED)


def fail(
    sandbox: Sandbox,
    owner: str,
    session: Session,
    intent: PaymentIntent,
    problem: Json,
    charge: Charge | None = None,
) -> None:
    """This attempt brought nothing; a card may be tried again while the session is open."""
    intent.status, intent.last_payment_error, intent.next_action = "requires_payment_method", problem, None
    intent.payment_method = None
    if charge is not None:
        intent.latest_charge = charge.id
        sandbox.books.put(owner, charge)
        sandbox.emit(owner, "charge.failed", charge, NOT_ASKED)
    sandbox.books.put(owner, intent)
    sandbox.emit(owner, "payment_intent.payment_failed", intent, NOT_ASKED)
    sandbox.books.put(owner, session, due=session.expires_at if session.status == "open" else None)


def _succeed(
    sandbox: Sandbox, owner: str, parts: tuple[Session, PaymentIntent, Charge], payer: Payer
) -> None:
    session, intent, charge = parts
    settle(sandbox, owner, intent, charge)
    session.status, session.payment_status, session.url = "complete", "paid", None
    session.customer_details = payer.customer()
    sandbox.books.put(owner, session)
    sandbox.emit(owner, "checkout.session.completed", session, NOT_ASKED)


def _card_error(charge: Charge, card: Card, decline: Decline, payer: Payer) -> Json:
    error: Json = {
        "charge": charge.id,
        "code": decline.code,
        "doc_url": DOCUMENTATION + decline.code.replace("_", "-"),
        "message": decline.message,
        "payment_method": payment_method(
            charge.payment_method, card, payer.billing(), charge.created, payer.expiry
        ),
        "type": "card_error",
    }
    return error | ({"decline_code": decline.decline_code} if decline.decline_code else {})
