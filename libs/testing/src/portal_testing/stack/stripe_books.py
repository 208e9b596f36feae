"""The books of the Stripe sandbox as tests read them. Here and below, other fields are ignored."""

from typing import Literal

import msgspec
from stand_in_stripe.shapes.refund import Status as RefundStatus


class BookedSession(msgspec.Struct):
    """A Checkout Session. Money is in Stripe's smallest unit."""

    id: str
    stripe_account: str
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["paid", "unpaid"]
    amount_total: int
    currency: str
    created: int
    expires_at: int
    url: str | None
    payment_intent: str | None
    client_reference_id: str | None
    metadata: dict[str, str]


class BookedIntent(msgspec.Struct):
    """A PaymentIntent."""

    id: str
    stripe_account: str
    status: str
    amount: int
    amount_received: int
    latest_charge: str | None
    metadata: dict[str, str]


class BookedCharge(msgspec.Struct):
    """A charge: `paid` is what counts."""

    id: str
    stripe_account: str
    paid: bool
    amount: int
    amount_refunded: int
    refunded: bool
    disputed: bool
    currency: str
    payment_intent: str
    metadata: dict[str, str]


class BookedRefund(msgspec.Struct):
    """A refund: money that went back, or tried to."""

    id: str
    stripe_account: str
    status: RefundStatus
    amount: int
    currency: str
    charge: str
    payment_intent: str
    metadata: dict[str, str]


class BookedDispute(msgspec.Struct):
    """A dispute: what the payer's bank holds against a charge."""

    id: str
    stripe_account: str
    status: str
    amount: int
    currency: str
    charge: str
    payment_intent: str
    metadata: dict[str, str]


class Attempt(msgspec.Struct):
    """One try to deliver. `kind`: sent, duplicate, forged-signature, old-timestamp, dropped."""

    at: float
    kind: str
    status: int | None
    outcome: str


class Delivery(msgspec.Struct):
    """`state`: pending, held, delivered, dropped, given-up."""

    state: str
    tries: int
    attempts: list[Attempt]


class BookedEvent(msgspec.Struct):
    """An event and how far its webhook came."""

    id: str
    stripe_account: str
    type: str
    created: int
    delivery: Delivery


class StripeBooks(msgspec.Struct):
    """Everything the sandbox knows, oldest first."""

    sessions: list[BookedSession]
    payment_intents: list[BookedIntent]
    charges: list[BookedCharge]
    refunds: list[BookedRefund]
    disputes: list[BookedDispute]
    events: list[BookedEvent]

    def paid(self) -> list[BookedCharge]:
        """The charges that took money."""
        return [charge for charge in self.charges if charge.paid]
