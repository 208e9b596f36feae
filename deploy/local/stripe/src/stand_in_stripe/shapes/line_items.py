"""What is sold in a Checkout Session."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape, no_fields


class Price(Shape, kw_only=True):
    """`price`, made for one session from its `price_data`."""

    object: Literal["price"] = "price"
    active: bool = False
    billing_scheme: str = "per_unit"
    currency: str
    custom_unit_amount: None = None
    livemode: bool = False
    lookup_key: None = None
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    nickname: None = None
    product: str
    recurring: None = None
    tax_behavior: str = "unspecified"
    tiers_mode: None = None
    transform_quantity: None = None
    type: str = "one_time"
    unit_amount: int
    unit_amount_decimal: str


class LineItem(msgspec.Struct, kw_only=True):
    """`item`: amounts without discount or tax, which this sandbox has none of."""

    id: str
    object: Literal["item"] = "item"
    adjustable_quantity: None = None
    amount_discount: int = 0
    amount_subtotal: int
    amount_tax: int = 0
    amount_total: int
    currency: str
    description: str
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    price: Price
    quantity: int


class LineItems(Shape, kw_only=True):
    """All line items of the session with the same id, kept apart because they are sent only when asked for.

    `intent` holds the `payment_intent_data` for the PaymentIntent that the first attempt to pay will make.
    """

    items: list[LineItem]
    details: list[str | None]
    """What each product says of itself beneath its name."""
    intent: Json = msgspec.field(default_factory=no_fields)
