"""Giving money back: https://docs.stripe.com/refunds.

A refund takes its money from the balance when it is made, so `amount_refunded` counts one that waits as
well; one that fails, which a bank may say days after success, gives it back. Of `amount_refunded` after a
failure Stripe's pages say nothing: here it goes down, as its meaning ("amount refunded") asks.
"""

from dataclasses import dataclass, field

import msgspec

from stand_in_stripe.books import Selection
from stand_in_stripe.currencies import check_unit, money
from stand_in_stripe.errors import StripeError, invalid
from stand_in_stripe.ids import new_id
from stand_in_stripe.reversals.charges import nothing_to_refund
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Charge, Dispute, Json, Metadata, Refund
from stand_in_stripe.shapes.event import EventRequest
from stand_in_stripe.shapes.refund import Reason, Status

ANSWER_SECONDS = 45 * 24 * 60 * 60
"""How long the payer has to tell an account for the money."""
MANY = 100


@dataclass(frozen=True)
class Wish:
    """`amount` None: all that is left. `status` None: as the way it was paid begins."""

    amount: int | None = None
    status: Status | None = None
    reason: Reason | None = None
    email: str | None = None
    metadata: Metadata = field(default_factory=dict[str, str])


def refund(sandbox: Sandbox, owner: str, charge: Charge, wish: Wish, cause: EventRequest) -> Refund:
    """Give back a part of a charge, or all. Raises StripeError."""
    amount = _amount(sandbox, owner, charge, wish.amount)
    made = _refund(sandbox, charge, wish, amount)
    sandbox.books.put(owner, made)
    before = _count(sandbox, owner, charge, amount)
    sandbox.emit(owner, "charge.refunded", charge, cause, before)
    sandbox.emit(owner, "refund.created", made, cause)
    return made


def settle(sandbox: Sandbox, owner: str, waiting: Refund) -> Refund:
    """The money arrived. Raises StripeError for a refund that does not wait."""
    if waiting.status not in ("requires_action", "pending"):
        raise StripeError(400, f"This refund is {waiting.status}: it does not wait for anything.")
    before: Json = {"status": waiting.status}
    waiting.status, waiting.next_action, waiting.pending_reason = "succeeded", msgspec.UNSET, msgspec.UNSET
    sandbox.books.put(owner, waiting)
    _tell_change(sandbox, owner, waiting, before)
    return waiting


def fail(sandbox: Sandbox, owner: str, gone: Refund) -> Refund:
    """The payer's bank would not have the money, or did not keep it. Raises StripeError for a second time."""
    charge = sandbox.books.get(owner, Charge, gone.charge)
    if charge is None or gone.status in ("failed", "canceled"):
        raise StripeError(400, f"This refund is {gone.status} already.")
    before: Json = {"status": gone.status, "failure_balance_transaction": None, "failure_reason": None}
    gone.status, gone.next_action, gone.pending_reason = "failed", msgspec.UNSET, msgspec.UNSET
    by_card = gone.destination_details["type"] == "card"
    gone.failure_reason = "expired_or_canceled_card" if by_card else "unknown"
    gone.failure_balance_transaction = new_id("txn")
    sandbox.books.put(owner, gone)
    _count(sandbox, owner, charge, -gone.amount)
    _tell_change(sandbox, owner, gone, before)
    sandbox.emit(owner, "refund.failed", gone, NOT_ASKED, before)
    return gone


def _amount(sandbox: Sandbox, owner: str, charge: Charge, wanted: int | None) -> int:
    if not charge.paid:
        raise nothing_to_refund(charge.payment_intent)
    if _charged_back(sandbox, owner, charge):
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise StripeError(400, message, code="charge_disputed", remembered=True)
    left = charge.amount - charge.amount_refunded
    if left == 0:
        message = f"Charge {charge.id} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded", remembered=True)
    amount = left if wanted is None else wanted
    if amount < 1:
        raise invalid("amount", "Invalid positive integer", "parameter_invalid_integer")
    check_unit(amount, charge.currency, "amount")
    if amount > left:
        asked, rest = money(amount, charge.currency), money(left, charge.currency)
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise StripeError(400, message, param="amount", remembered=True)
    return amount


def _charged_back(sandbox: Sandbox, owner: str, charge: Charge) -> bool:
    of_it = Selection(equal={"charge": charge.id})
    return any(not each.is_charge_refundable for each in sandbox.books.newest(owner, Dispute, MANY, of_it))


def _refund(sandbox: Sandbox, charge: Charge, wish: Wish, amount: int) -> Refund:
    by_card = charge.payment_method_details["type"] == "card"
    email = wish.email or str(charge.billing_details["email"])
    made = Refund(
        id=new_id("re"),
        created=sandbox.now(),
        amount=amount,
        balance_transaction=new_id("txn"),
        charge=charge.id,
        currency=charge.currency,
        destination_details=_card_reference() if by_card else _bank_reference(),
        metadata=wish.metadata,
        payment_intent=charge.payment_intent,
        payment_method=charge.payment_method,
        reason=wish.reason,
        # Cash can't go back the way it came: Stripe asks the payer for an account by email.
        status=wish.status or ("succeeded" if by_card else "requires_action"),
    )
    if not by_card:
        made.instructions_email = email
    if made.status == "requires_action":
        made.next_action = _question(sandbox.now(), email)
    elif made.status == "pending":
        made.pending_reason = "processing"
    return made


def _card_reference() -> Json:
    return {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"}


def _bank_reference() -> Json:
    reference: Json = {"reference": None, "reference_status": None}
    return {"jp_bank_transfer": reference, "type": "jp_bank_transfer"}


def _question(now: int, email: str) -> Json:
    sent: Json = {"email_sent_at": now, "email_sent_to": email}
    details: Json = {"email_sent": sent, "expires_at": now + ANSWER_SECONDS}
    return {"display_details": details, "type": "display_details"}


def _count(sandbox: Sandbox, owner: str, charge: Charge, more: int) -> Json:
    """Write what is refunded into the charge; returns what stood there."""
    before: Json = {"amount_refunded": charge.amount_refunded}
    was = charge.refunded
    charge.amount_refunded += more
    charge.refunded = charge.amount_refunded == charge.amount
    sandbox.books.put(owner, charge)
    return before if was == charge.refunded else before | {"refunded": was}


def _tell_change(sandbox: Sandbox, owner: str, changed: Refund, before: Json) -> None:
    for kind in ("refund.updated", "charge.refund.updated"):
        sandbox.emit(owner, kind, changed, NOT_ASKED, before)
