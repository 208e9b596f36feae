"""Stripe's objects, complete: every field that its OpenAPI description has for what this sandbox can do."""

from local_stack.stripe_sandbox.shapes.account import Account
from local_stack.stripe_sandbox.shapes.charge import Charge
from local_stack.stripe_sandbox.shapes.common import Json, Metadata, Shape
from local_stack.stripe_sandbox.shapes.dispute import Dispute
from local_stack.stripe_sandbox.shapes.event import Event
from local_stack.stripe_sandbox.shapes.line_items import LineItem, LineItems, Price
from local_stack.stripe_sandbox.shapes.payment_intent import PaymentIntent
from local_stack.stripe_sandbox.shapes.refund import Refund
from local_stack.stripe_sandbox.shapes.session import Session

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
