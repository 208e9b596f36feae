"""Money that goes back to the payer."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape

Status = Literal["requires_action", "pending", "succeeded", "failed", "canceled"]
Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]


class Refund(Shape, kw_only=True):
    """`refund`; what has no value yet is not there where Stripe leaves it out."""

    object: Literal["refund"] = "refund"
    amount: int
    balance_transaction: str | None
    charge: str
    currency: str
    customer: None = None
    customer_account: None = None
    destination_details: Json
    failure_balance_transaction: str | msgspec.UnsetType = msgspec.UNSET
    failure_reason: str | msgspec.UnsetType = msgspec.UNSET
    instructions_email: str | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    next_action: Json | msgspec.UnsetType = msgspec.UNSET
    payment_intent: str
    payment_method: str
    pending_reason: str | msgspec.UnsetType = msgspec.UNSET
    reason: Reason | None = None
    receipt_number: None = None
    source_transfer_reversal: None = None
    status: Status
    transfer_reversal: None = None
