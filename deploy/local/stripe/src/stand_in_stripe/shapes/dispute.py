"""What a payer's bank holds against a charge."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape, no_entries, nulls

Status = Literal["warning_needs_response", "warning_closed", "needs_response", "won", "lost"]
_EVIDENCE = """
access_activity_log appeal billing_address cancellation_policy cancellation_policy_disclosure
cancellation_rebuttal customer_communication customer_email_address customer_name customer_purchase_ip
customer_signature duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id
product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date
service_documentation shipping_address shipping_carrier shipping_date shipping_documentation
shipping_tracking_number uncategorized_file uncategorized_text
"""


def _no_evidence() -> Json:
    return {**nulls(*_EVIDENCE.split()), "enhanced_evidence": {}}


class Dispute(Shape, kw_only=True):
    """`dispute`. It has metadata of its own, which nobody has given."""

    object: Literal["dispute"] = "dispute"
    amount: int
    balance_transactions: list[Json] = msgspec.field(default_factory=no_entries)
    charge: str
    currency: str
    enhanced_eligibility_types: list[str] = msgspec.field(default_factory=list[str])
    evidence: Json = msgspec.field(default_factory=_no_evidence)
    evidence_details: Json
    is_charge_refundable: bool
    livemode: bool = False
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    payment_intent: str
    payment_method_details: Json
    reason: str
    status: Status


def evidence_details(due_by: int) -> Json:
    """Until when the business may answer, in Unix seconds; it has not."""
    return {
        "due_by": due_by,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
