"""A payer's bank takes a payment into question: https://docs.stripe.com/disputes/how-disputes-work.

A chargeback withdraws the money at once, and a win brings it back. An inquiry (`warning_…`) withdraws
nothing, and the charge stays refundable. `disputed` of a charge stays true after the end.
"""

from typing import cast

from stand_in_stripe.books import Selection
from stand_in_stripe.errors import StripeError
from stand_in_stripe.ids import new_id
from stand_in_stripe.reversals.charges import balance_transaction
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Charge, Dispute, Json
from stand_in_stripe.shapes.dispute import evidence_details

INQUIRY, CHARGEBACK = "warning_needs_response", "needs_response"
ANSWER_SECONDS = 7 * 24 * 60 * 60
ADJUSTMENT = ("adjustment", "dispute")
REVERSAL = ("adjustment", "dispute_reversal")


def open_dispute(sandbox: Sandbox, owner: str, charge: Charge, *, warning: bool) -> Dispute:
    """Dispute what is left of a charge. Raises StripeError where there is nothing to dispute."""
    amount = charge.amount - charge.amount_refunded
    if charge.payment_method_details["type"] != "card":
        raise StripeError(400, "Only a payment by card can be disputed; this one was paid in cash.")
    if amount == 0:
        raise StripeError(400, "This payment is refunded wholly: there is nothing left to dispute.")
    if find_open(sandbox, owner, charge):
        raise StripeError(400, "This payment is in dispute already.")
    made = _dispute(sandbox, charge, amount, warning=warning)
    charge.disputed = True
    sandbox.books.put(owner, charge)
    if not warning:
        _move(sandbox, made, -amount, ADJUSTMENT)
    sandbox.books.put(owner, made)
    sandbox.emit(owner, "charge.dispute.created", made, NOT_ASKED)
    if not warning:
        sandbox.emit(owner, "charge.dispute.funds_withdrawn", made, NOT_ASKED)
    return made


def close_dispute(sandbox: Sandbox, owner: str, charge: Charge, *, won: bool) -> Dispute:
    """The bank decides. An inquiry that is lost became a chargeback on its way. Raises StripeError."""
    found = find_open(sandbox, owner, charge)
    if found is None:
        raise StripeError(400, "This payment has no open dispute.")
    if won:
        _win(sandbox, owner, found)
    else:
        _lose(sandbox, owner, found)
    sandbox.emit(owner, "charge.dispute.closed", found, NOT_ASKED)
    return found


def find_open(sandbox: Sandbox, owner: str, charge: Charge) -> Dispute | None:
    """The dispute that waits for an answer, if any: a charge has at most one at a time."""
    wanted = Selection(equal={"charge": charge.id}, one_of={"status": (INQUIRY, CHARGEBACK)})
    return next(iter(sandbox.books.newest(owner, Dispute, 1, wanted)), None)


def _dispute(sandbox: Sandbox, charge: Charge, amount: int, *, warning: bool) -> Dispute:
    return Dispute(
        id=new_id("du"),
        created=sandbox.now(),
        amount=amount,
        charge=charge.id,
        currency=charge.currency,
        evidence_details=evidence_details(sandbox.now() + ANSWER_SECONDS),
        is_charge_refundable=warning,
        payment_intent=charge.payment_intent,
        payment_method_details=_details(charge, "inquiry" if warning else "chargeback"),
        reason="general" if warning else "fraudulent",
        status=INQUIRY if warning else CHARGEBACK,
    )


def _details(charge: Charge, case_type: str) -> Json:
    brand = cast("Json", charge.payment_method_details["card"])["brand"]
    card: Json = {"brand": brand, "case_type": case_type, "network": brand, "network_reason_code": None}
    return {"card": card, "type": "card"}


def _win(sandbox: Sandbox, owner: str, found: Dispute) -> None:
    # Stripe does not say whether a payment that was won can be refunded: here it can.
    found.is_charge_refundable = True
    if found.status == INQUIRY:
        found.status = "warning_closed"
        sandbox.books.put(owner, found)
        return
    found.status = "won"
    _move(sandbox, found, found.amount, REVERSAL)
    sandbox.books.put(owner, found)
    sandbox.emit(owner, "charge.dispute.funds_reinstated", found, NOT_ASKED)


def _lose(sandbox: Sandbox, owner: str, found: Dispute) -> None:
    was_inquiry = found.status == INQUIRY
    found.status, found.is_charge_refundable = "lost", False
    if was_inquiry:
        cast("Json", found.payment_method_details["card"])["case_type"] = "chargeback"
        _move(sandbox, found, -found.amount, ADJUSTMENT)
        sandbox.emit(owner, "charge.dispute.funds_withdrawn", found, NOT_ASKED)
    sandbox.books.put(owner, found)


def _move(sandbox: Sandbox, found: Dispute, amount: int, kind: tuple[str, str]) -> None:
    moved = balance_transaction(found.id, amount, found.currency, sandbox.now(), kind)
    found.balance_transactions.append(moved)
