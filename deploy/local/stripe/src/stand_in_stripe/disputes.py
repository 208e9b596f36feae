"""A payer's bank takes a payment into question: https://docs.stripe.com/disputes/how-disputes-work.

A chargeback withdraws the money at once, and a win brings it back. An inquiry (`warning_…`) withdraws
nothing, and the charge stays refundable. `disputed` of a charge stays true after the end.
"""

from stand_in_stripe import balance
from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import FACTS, Json, change, plain
from stand_in_stripe.refunds import charge_of
from stand_in_stripe.sandbox import Context

INQUIRY, CHARGEBACK = "warning_needs_response", "needs_response"
WON = {INQUIRY: "warning_closed", CHARGEBACK: "won"}
ANSWER_SECONDS = 7 * 24 * 60 * 60


def open_dispute(ctx: Context, session: Json, amount: int | None = None, *, warning: bool = False) -> Json:
    """The payer's bank disputes `amount`, else all that is left of a payment.

    `warning`: it only inquires, and takes no money. Raises StripeError where there is not as much to dispute.
    """
    charge = charge_of(ctx, session)
    left: int = charge["amount"] - charge["amount_refunded"] - lost_of(ctx, charge)
    amount = left if amount is None else amount
    if not balance.is_by_card(charge):
        way = charge["payment_method_details"]["type"]
        raise StripeError(400, f"Only a payment by card can be disputed; this one was paid by {way}.")
    if left == 0:
        raise StripeError(400, "All of this payment went back: there is nothing left to dispute.")
    if not 0 < amount <= left:
        raise StripeError(400, f"There are {left} left to dispute of this payment.")
    if find_open(ctx, charge):
        raise StripeError(400, "This payment is in dispute already.")
    made = _dispute(ctx, charge, amount, warning=warning)
    if not warning:
        _move(ctx, made, -amount, "dispute")
    ctx.write(charge, disputed=True)
    ctx.write(made, "charge.dispute.created")
    if not warning:
        ctx.emit("charge.dispute.funds_withdrawn", made)
    return made


def escalate_dispute(ctx: Context, session: Json) -> Json:
    """An inquiry becomes a chargeback: the same dispute takes the money now. Raises StripeError."""
    dispute = _inquiry(ctx, session)
    _charge_back(ctx, dispute)
    due = {**dispute["evidence_details"], "due_by": ctx.now + ANSWER_SECONDS}
    change(dispute, status=CHARGEBACK, is_charge_refundable=False, evidence_details=due)
    ctx.write(dispute, "charge.dispute.updated")
    ctx.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def prevent_dispute(ctx: Context, session: Json) -> Json:
    """The network settles an inquiry for the payer before it is a chargeback. Raises StripeError.

    Stripe, "Dispute prevention": the payer gets the money, and the dispute's status is `prevented`.
    """
    dispute = _inquiry(ctx, session)
    dispute["payment_method_details"]["card"]["case_type"] = "resolution"
    _move(ctx, dispute, -dispute["amount"], "dispute", fee=0)
    return _close(ctx, dispute, "charge.dispute.funds_withdrawn", "prevented", refundable=False)


def _inquiry(ctx: Context, session: Json) -> Json:
    dispute = find_open(ctx, charge_of(ctx, session))
    if dispute is None or dispute["status"] != INQUIRY:
        raise StripeError(400, "This payment has no open inquiry.")
    return dispute


def _charge_back(ctx: Context, dispute: Json) -> None:
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    _move(ctx, dispute, -dispute["amount"], "dispute")


def close_dispute(ctx: Context, session: Json, *, won: bool) -> Json:
    """What the bank decides, seen by the business. Raises StripeError.

    An inquiry that is lost became a chargeback on its way.
    """
    dispute = find_open(ctx, charge_of(ctx, session))
    if dispute is None:
        raise StripeError(400, "This payment has no open dispute.")
    was, moved = dispute["status"], ""
    if won and was == CHARGEBACK:
        _move(ctx, dispute, dispute["amount"], "dispute_reversal")
        moved = "charge.dispute.funds_reinstated"
    elif was == INQUIRY and not won:
        _charge_back(ctx, dispute)
        moved = "charge.dispute.funds_withdrawn"
    # Stripe does not say whether a payment that was won can be refunded: here it can.
    return _close(ctx, dispute, moved, WON[was] if won else "lost", refundable=won)


def find_open(ctx: Context, charge: Json) -> Json | None:
    """The dispute that waits for an answer, if any: a charge has at most one at a time."""
    return next(iter(ctx.newest("dispute", 1, charge=charge["id"], status=(INQUIRY, CHARGEBACK))), None)


def lost_of(ctx: Context, charge: Json) -> int:
    """What banks took back of a charge for good."""
    gone = ctx.newest("dispute", charge=charge["id"], status=("lost", "prevented"))
    return sum(dispute["amount"] for dispute in gone)


def _close(ctx: Context, dispute: Json, moved: str, status: str, *, refundable: bool) -> Json:
    ctx.write(dispute, moved, status=status, is_charge_refundable=refundable)
    ctx.emit("charge.dispute.closed", dispute)
    return dispute


def _dispute(ctx: Context, charge: Json, amount: int, *, warning: bool) -> Json:
    brand = charge["payment_method_details"]["card"]["brand"]
    card = {"brand": brand, "case_type": "inquiry" if warning else "chargeback", "network": brand}
    return ctx.new(
        "dispute",
        "du",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        evidence_details={"due_by": ctx.now + ANSWER_SECONDS},
        is_charge_refundable=warning,
        payment_intent=charge["payment_intent"],
        payment_method_details={"card": card, "type": "card"},
        reason="general" if warning else "fraudulent",
        status=INQUIRY if warning else CHARGEBACK,
    )


def _move(ctx: Context, dispute: Json, amount: int, category: str, fee: int | None = None) -> None:
    """What it does to the account's balance; Stripe's fee is not given back."""
    usual: int = FACTS["dispute_fee"].get(dispute["currency"], 0) if amount < 0 else 0
    moved = balance.move(ctx, dispute, amount, "adjustment", category, usual if fee is None else fee)
    change(dispute, balance_transactions=[*dispute["balance_transactions"], plain(moved)])
