"""The Charge that an attempt to pay leaves behind."""

from stand_in_stripe.cards import Decline
from stand_in_stripe.ids import new_id
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Charge, Json, PaymentIntent


def charge_for(
    sandbox: Sandbox,
    intent: PaymentIntent,
    billing: Json,
    method: tuple[str, Json],
    decline: Decline | None = None,
) -> Charge:
    """A charge of the whole amount. `method`: id of the payment method, and the details of this payment."""
    identifier, paid = new_id("ch"), decline is None
    return Charge(
        id=identifier,
        created=sandbox.now(),
        amount=intent.amount,
        amount_captured=intent.amount if paid else 0,
        application_fee_amount=intent.application_fee_amount,
        balance_transaction=new_id("txn") if paid else None,
        billing_details=billing,
        calculated_statement_descriptor=intent.statement_descriptor or "STRIPE SANDBOX",
        captured=paid,
        currency=intent.currency,
        description=intent.description,
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        metadata=intent.metadata,
        outcome=_outcome(decline),
        paid=paid,
        payment_intent=intent.id,
        payment_method=method[0],
        payment_method_details=method[1],
        receipt_email=intent.receipt_email,
        receipt_url=f"{sandbox.origin}/receipts/{identifier}" if paid else None,
        statement_descriptor=intent.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix,
        status="succeeded" if paid else "failed",
        transfer_group=intent.transfer_group,
    )


def _outcome(decline: Decline | None) -> Json:
    common: Json = {"network_advice_code": None, "network_decline_code": None, "risk_level": "normal"}
    if decline is None:
        return common | {
            "advice_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_score": 12,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return common | {
        "advice_code": "try_again_later",
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "risk_score": 12,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
