"""A Checkout Session (mode `payment`, hosted page)."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape, no_entries, no_fields, nulls

Status = Literal["open", "complete", "expired"]
PaymentStatus = Literal["paid", "unpaid"]


def _automatic_tax() -> Json:
    return {"enabled": False, "liability": None, "provider": None, "status": None}


def _custom_text() -> Json:
    return nulls("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


def _branding() -> Json:
    return {
        "background_color": "#ffffff",
        "border_style": "rounded",
        "button_color": "#0074d4",
        "display_name": "",
        "font_family": "default",
        "icon": None,
        "logo": None,
    }


def _invoice_creation() -> Json:
    nothing = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    return {"enabled": False, "invoice_data": {**nulls(*nothing), "metadata": {}}}


class Session(Shape, kw_only=True):
    """`checkout.session`; `line_items` is there only when it was asked for."""

    object: Literal["checkout.session"] = "checkout.session"
    adaptive_pricing: Json = msgspec.field(default_factory=lambda: {"enabled": False})
    after_expiration: None = None
    allow_promotion_codes: bool | None = None
    amount_subtotal: int
    amount_total: int
    automatic_tax: Json = msgspec.field(default_factory=_automatic_tax)
    billing_address_collection: str | None = None
    branding_settings: Json = msgspec.field(default_factory=_branding)
    cancel_url: str | None = None
    client_reference_id: str | None = None
    client_secret: None = None
    collected_information: Json | None = None
    consent: None = None
    consent_collection: None = None
    currency: str
    currency_conversion: None = None
    custom_fields: list[Json] = msgspec.field(default_factory=no_entries)
    custom_text: Json = msgspec.field(default_factory=_custom_text)
    customer: None = None
    customer_account: None = None
    customer_creation: str | None = "if_required"
    customer_details: Json | None = None
    customer_email: str | None = None
    discounts: list[Json] = msgspec.field(default_factory=no_entries)
    excluded_payment_method_types: list[str] = msgspec.field(default_factory=list[str])
    expires_at: int
    integration_identifier: str | None = None
    invoice: None = None
    invoice_creation: Json = msgspec.field(default_factory=_invoice_creation)
    livemode: bool = False
    locale: str | None = None
    managed_payments: Json = msgspec.field(default_factory=lambda: {"enabled": False})
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    mode: Literal["payment"] = "payment"
    name_collection: Json | msgspec.UnsetType = msgspec.UNSET
    optional_items: None = None
    origin_context: str | None = None
    payment_intent: str | None = None
    payment_link: None = None
    payment_method_collection: str | None = "if_required"
    payment_method_configuration_details: None = None
    payment_method_options: Json = msgspec.field(default_factory=no_fields)
    payment_method_types: list[str]
    payment_status: PaymentStatus = "unpaid"
    permissions: None = None
    phone_number_collection: Json = msgspec.field(default_factory=lambda: {"enabled": False})
    recovered_from: None = None
    saved_payment_method_options: None = None
    setup_intent: None = None
    shipping_address_collection: None = None
    shipping_cost: None = None
    shipping_options: list[Json] = msgspec.field(default_factory=no_entries)
    status: Status = "open"
    submit_type: str | None = None
    subscription: None = None
    success_url: str
    total_details: Json = msgspec.field(
        default_factory=lambda: {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    )
    ui_mode: Literal["hosted_page"] = "hosted_page"
    url: str | None
    wallet_options: None = None
