"""Stripe's objects, complete: every field that its OpenAPI description has for what this sandbox can do."""

from stand_in_stripe.shapes.account import Account
from stand_in_stripe.shapes.charge import Charge
from stand_in_stripe.shapes.common import Json, Metadata, Shape
from stand_in_stripe.shapes.dispute import Dispute
from stand_in_stripe.shapes.event import Event
from stand_in_stripe.shapes.line_items import LineItem, LineItems, Price
from stand_in_stripe.shapes.payment_intent import PaymentIntent
from stand_in_stripe.shapes.refund import Refund
from stand_in_stripe.shapes.session import Session

__all__ = [
    "Account",
    "Charge",
    "Dispute",
    "Event",
    "Json",
    "LineItem",
    "LineItems",
    "Metadata",
    "PaymentIntent",
    "Price",
    "Refund",
    "Session",
    "Shape",
]
