"""An event at the processor, posted as a webhook or listed by asking: it says which payment to ask about."""

from dataclasses import dataclass
from datetime import datetime

_ABOUT_ACCOUNTS = ("account.updated", "account.application.deauthorized")
_ABOUT_PAYMENTS = ("checkout.session.", "charge.refunded", "charge.dispute.", "refund.")
_ABOUT_PAYOUTS = ("payout.paid",)
_INTENT = "pi_"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """Something happened at the processor; what, it is asked.

    `payment_id` is ours, or the processor's where its object does not name ours; "" without a payment. Of a
    payout, which is about many payments, it is the payout's id.
    """

    event_id: str
    account: str
    kind: str
    live: bool
    payment_id: str
    at: datetime
    body: bytes


def is_about_payment(kind: str) -> bool:
    """Whether an event of this kind may change what we know of a payment."""
    return kind.startswith(_ABOUT_PAYMENTS)


def is_about_account(kind: str) -> bool:
    """Whether an event of this kind may change whether its account can be charged."""
    return kind in _ABOUT_ACCOUNTS


def is_about_payout(kind: str) -> bool:
    """Whether an event of this kind says that money arrived at the business's bank."""
    return kind in _ABOUT_PAYOUTS


def is_intent(payment_id: str) -> bool:
    """Whether an id is the processor's own of a payment, not ours."""
    return payment_id.startswith(_INTENT)
