"""Giving money back: https://docs.stripe.com/refunds.

A refund takes its money from the balance when it is made, so `amount_refunded` counts one that waits as
well; one that fails, which a bank may say days after success, gives it back. Of `amount_refunded` after a
failure Stripe's pages say nothing: here it goes down, as its meaning ("amount refunded") asks.
"""

from collections.abc import Mapping

from stand_in_stripe import balance
from stand_in_stripe.currencies import check_unit, money
from stand_in_stripe.errors import StripeError, missing, not_a_number, refused
from stand_in_stripe.objects import Json, change
from stand_in_stripe.sandbox import Context

ANSWER_SECONDS = 45 * 24 * 60 * 60
"""How long the payer has to tell an account for the money."""


DESTINATIONS: Mapping[str, Json] = {
    "card": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
    "konbini": {"jp_bank_transfer": {}, "type": "jp_bank_transfer"},
    "paypay": {"type": "paypay"},
}
"""Where the money of a refund goes, by how it was paid."""


def create(ctx: Context, asked: Json, _named: Mapping[str, str]) -> Json:
    """`POST /v1/refunds`. Raises StripeError."""
    intent = asked.get("payment_intent")
    if "charge" in asked:
        charge = ctx.get("charge", asked["charge"], "charge")
        if intent not in (None, charge["payment_intent"]):
            message = f"Charge {charge['id']} does not belong to PaymentIntent {intent}."
            raise StripeError(400, message, param="payment_intent")
    elif intent is None:
        raise missing("charge")
    else:
        charge = _paid_charge(ctx, ctx.get("payment_intent", intent, "payment_intent"))
    wanted = {name: asked[name] for name in ("metadata", "reason", "instructions_email") if name in asked}
    return refund(ctx, charge, asked.get("amount"), **wanted)


def refund(
    ctx: Context, charge: Json, amount: int | None = None, status: str | None = None, **wanted: object
) -> Json:
    """Give back a part of a charge, or all that is left. Raises StripeError.

    `status`: how it begins; None: as a refund of what was paid this way does.
    """
    amount = _amount(ctx, charge, amount)
    made = _refund(ctx, charge, amount, status, wanted)
    _count(ctx, charge, amount, "charge.refunded")
    ctx.write(made, "refund.created", balance_transaction=balance.give_back(ctx, made, charge))
    return made


def settle(ctx: Context, waiting: Json) -> Json:
    """The money arrived. Raises StripeError for a refund that does not wait."""
    if waiting["status"] not in ("requires_action", "pending"):
        raise StripeError(400, f"This refund is {waiting['status']}: it does not wait for anything.")
    _end(ctx, waiting, status="succeeded")
    return waiting


def fail(ctx: Context, gone: Json) -> Json:
    """The payer's bank would not have the money, or did not keep it. Raises StripeError for a second time."""
    if gone["status"] in ("failed", "canceled"):
        raise StripeError(400, f"This refund is {gone['status']} already.")
    by_card = gone["destination_details"]["type"] == "card"
    why = "expired_or_canceled_card" if by_card else "unknown"
    charge = ctx.get("charge", gone["charge"], "charge")
    _count(ctx, charge, -gone["amount"])
    back = balance.give_back(ctx, gone, charge, failed=True)
    before = _end(ctx, gone, status="failed", failure_balance_transaction=back, failure_reason=why)
    ctx.emit("refund.failed", gone, before)
    return gone


def charge_of(ctx: Context, session: Json) -> Json:
    """The charge that paid a session. Raises StripeError."""
    if (intent := ctx.find("payment_intent", session["payment_intent"])) is None:
        raise StripeError(400, "This session took no money: nothing of it can go back.")
    return _paid_charge(ctx, intent)


def _paid_charge(ctx: Context, intent: Json) -> Json:
    charge = ctx.find("charge", intent["latest_charge"])
    if charge is None or not charge["paid"]:
        raise _nothing_to_refund(intent["id"])
    return charge


def _nothing_to_refund(intent: str) -> StripeError:
    message = f"This PaymentIntent ({intent}) does not have a successful charge to refund."
    return refused(message, param="payment_intent")


def _amount(ctx: Context, charge: Json, wanted: int | None) -> int:
    if not charge["paid"]:
        raise _nothing_to_refund(charge["payment_intent"])
    if any(not dispute["is_charge_refundable"] for dispute in ctx.newest("dispute", charge=charge["id"])):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise refused(message, code="charge_disputed")
    left: int = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if wanted is None else wanted
    if amount < 1:
        raise not_a_number("amount", "Invalid positive integer")
    check_unit(amount, charge["currency"], "amount")
    if amount > left:
        asked, rest = money(amount, charge["currency"]), money(left, charge["currency"])
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise refused(message, param="amount")
    return amount


def _refund(ctx: Context, charge: Json, amount: int, status: str | None, wanted: Json) -> Json:
    way: str = charge["payment_method_details"]["type"]
    email: str = wanted.pop("instructions_email", charge["billing_details"]["email"])
    # Cash can't go back the way it came: Stripe asks the payer for an account by email.
    status = status or ("requires_action" if way == "konbini" else "succeeded")
    if way == "konbini":
        wanted["instructions_email"] = email
    if status == "requires_action":
        sent = {"email_sent_at": ctx.now, "email_sent_to": email}
        details = {"email_sent": sent, "expires_at": ctx.now + ANSWER_SECONDS}
        wanted["next_action"] = {"display_details": details, "type": "display_details"}
    elif status == "pending":
        wanted["pending_reason"] = "processing"
    return ctx.new(
        "refund",
        "re",
        **{name: charge[name] for name in ("currency", "payment_intent", "payment_method")},
        **wanted,
        amount=amount,
        charge=charge["id"],
        destination_details=DESTINATIONS[way],
        status=status,
    )


def _count(ctx: Context, charge: Json, more: int, event: str = "") -> None:
    """Write what is refunded into the charge."""
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    refunded: int = charge["amount_refunded"] + more
    ctx.write(charge, amount_refunded=refunded, refunded=refunded == charge["amount"])
    if event:
        ctx.emit(event, charge, {name: value for name, value in before.items() if value != charge[name]})


def _end(ctx: Context, ended: Json, **fields: object) -> Json:
    """Write how a refund ended, and tell it; returns what stood there."""
    before = {name: ended.get(name) for name in fields}
    for name in ("next_action", "pending_reason"):
        ended.pop(name, None)
    change(ended, **fields)
    ctx.write(ended)
    for kind in ("refund.updated", "charge.refund.updated"):
        ctx.emit(kind, ended, before)
    return before
