"""Money that was taken, or refused."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape, no_fields


class Charge(Shape, kw_only=True):
    """`charge`; its `refunds` are there only when they were asked for (since 2022-11-15)."""

    object: Literal["charge"] = "charge"
    amount: int
    amount_captured: int
    amount_refunded: int = 0
    application: None = None
    application_fee: None = None
    application_fee_amount: int | None = None
    balance_transaction: str | None
    billing_details: Json
    calculated_statement_descriptor: str | None
    captured: bool
    currency: str
    customer: None = None
    description: str | None = None
    disputed: bool = False
    failure_balance_transaction: None = None
    failure_code: str | None = None
    failure_message: str | None = None
    fraud_details: Json = msgspec.field(default_factory=no_fields)
    livemode: bool = False
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    on_behalf_of: None = None
    outcome: Json
    paid: bool
    payment_intent: str
    payment_method: str
    payment_method_details: Json
    radar_options: Json = msgspec.field(default_factory=no_fields)
    receipt_email: str | None = None
    receipt_number: None = None
    receipt_url: str | None
    refunded: bool = False
    review: None = None
    shipping: None = None
    source: None = None
    source_transfer: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: Literal["succeeded", "failed"]
    transfer_data: None = None
    transfer_group: str | None = None
