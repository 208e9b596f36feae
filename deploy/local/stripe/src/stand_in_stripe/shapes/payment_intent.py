"""The attempt to collect the money of one Checkout Session."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape, no_fields

Status = Literal["requires_payment_method", "requires_action", "processing", "succeeded", "canceled"]


class PaymentIntent(Shape, kw_only=True):
    """`payment_intent`."""

    object: Literal["payment_intent"] = "payment_intent"
    allowed_payment_method_types: None = None
    amount: int
    amount_capturable: int = 0
    amount_details: Json = msgspec.field(default_factory=lambda: {"tip": {}})
    amount_received: int = 0
    application: None = None
    application_fee_amount: int | None = None
    automatic_payment_methods: None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    capture_method: str = "automatic_async"
    client_secret: str
    confirmation_method: str = "automatic"
    currency: str
    customer: None = None
    customer_account: None = None
    description: str | None = None
    excluded_payment_method_types: None = None
    last_payment_error: Json | None = None
    latest_charge: str | None = None
    livemode: bool = False
    managed_payments: None = None
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    next_action: Json | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_configuration_details: None = None
    payment_method_options: Json = msgspec.field(default_factory=no_fields)
    payment_method_types: list[str]
    processing: None = None
    receipt_email: str | None = None
    review: None = None
    setup_future_usage: str | None = None
    shipping: None = None
    source: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: Status = "requires_payment_method"
    transfer_data: None = None
    transfer_group: str | None = None
