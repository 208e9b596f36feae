"""The parameters of a new Checkout Session, as in Stripe's OpenAPI description."""

from typing import Literal

import msgspec

from stand_in_stripe.parameters import Parameters
from stand_in_stripe.shapes import Metadata


class ProductData(Parameters, kw_only=True):
    """What is sold."""

    name: str
    description: str | None = None
    images: list[str] = msgspec.field(default_factory=list[str])
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    tax_code: str | None = None
    unit_label: str | None = None


class PriceData(Parameters, kw_only=True):
    """For how much; `unit_amount` in the smallest unit of `currency`."""

    currency: str
    product_data: ProductData
    unit_amount: int
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] = "unspecified"

    @classmethod
    def elsewhere(cls) -> frozenset[str]:
        """Products kept at Stripe."""
        return frozenset({"product", "recurring", "unit_amount_decimal"})


class Item(Parameters, kw_only=True):
    """One line."""

    price_data: PriceData
    quantity: int
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])

    @classmethod
    def elsewhere(cls) -> frozenset[str]:
        """Prices kept at Stripe, and what changes them on the page."""
        return frozenset({"adjustable_quantity", "price", "tax_rates"})


class PaymentIntentData(Parameters, kw_only=True):
    """What the PaymentIntent shall carry."""

    application_fee_amount: int | None = None
    capture_method: Literal["automatic", "automatic_async"] | None = None
    description: str | None = None
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    receipt_email: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None

    @classmethod
    def elsewhere(cls) -> frozenset[str]:
        """Charges on behalf of others, and shipping."""
        return frozenset({"on_behalf_of", "shipping", "transfer_data"})


class CardOptions(Parameters, kw_only=True):
    """How a card is asked for."""

    request_three_d_secure: Literal["any", "automatic", "challenge"] = "automatic"
    statement_descriptor_suffix_kana: str | None = None
    statement_descriptor_suffix_kanji: str | None = None


class KonbiniOptions(Parameters, kw_only=True):
    """How long a voucher is good for: until 23:59:59 in Tokyo, that many days later."""

    expires_after_days: int = 3


class MethodOptions(Parameters, kw_only=True):
    """Options of each method of payment."""

    card: CardOptions | None = None
    konbini: KonbiniOptions | None = None


class Switch(Parameters, kw_only=True):
    """Something that is on or off."""

    enabled: bool = False


class Words(Parameters, kw_only=True):
    """A text of the business."""

    message: str


class CustomText(Parameters, kw_only=True):
    """Texts of the business on the page."""

    after_submit: Words | None = None
    submit: Words | None = None


class CreateSession(Parameters, kw_only=True):
    """`POST /v1/checkout/sessions`."""

    mode: Literal["payment", "setup", "subscription"]
    line_items: list[Item]
    success_url: str
    adaptive_pricing: Switch | None = None
    allow_promotion_codes: bool | None = None
    automatic_tax: Switch | None = None
    billing_address_collection: Literal["auto", "required"] | None = None
    cancel_url: str | None = None
    client_reference_id: str | None = None
    currency: str | None = None
    custom_text: CustomText | None = None
    customer_creation: Literal["always", "if_required"] = "if_required"
    customer_email: str | None = None
    excluded_payment_method_types: list[str] = msgspec.field(default_factory=list[str])
    expand: list[str] = msgspec.field(default_factory=list[str])
    expires_at: int | None = None
    integration_identifier: str | None = None
    invoice_creation: Switch | None = None
    locale: str | None = None
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    origin_context: Literal["mobile_app", "web"] | None = None
    payment_intent_data: PaymentIntentData | None = None
    payment_method_collection: Literal["always", "if_required"] = "if_required"
    payment_method_options: MethodOptions | None = None
    payment_method_types: list[str] = msgspec.field(default_factory=list[str])
    phone_number_collection: Switch | None = None
    submit_type: Literal["auto", "book", "donate", "pay", "subscribe"] | None = None
    ui_mode: Literal["hosted_page", "embedded_page", "elements", "form"] = "hosted_page"

    @classmethod
    def elsewhere(cls) -> frozenset[str]:
        """Everything else that Stripe has."""
        return ELSEWHERE


_ELSEWHERE = """
after_expiration branding_settings consent_collection custom_fields customer customer_account
customer_update discounts managed_payments name_collection optional_items payment_method_configuration
payment_method_data permissions redirect_on_completion return_url saved_payment_method_options
setup_intent_data shipping_address_collection shipping_options subscription_data tax_id_collection
wallet_options
"""
ELSEWHERE = frozenset(_ELSEWHERE.split())
