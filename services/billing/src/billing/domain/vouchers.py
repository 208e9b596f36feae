"""Vouchers: a number with which a payer pays at a till, within days. It can be called off until then.

Stripe takes one back by cancelling its intent, and refuses while somebody stands at the till with it, or
where it holds that the intent belongs to its Checkout Session. So one that is not wanted any more may still
be paid: its invoices are free, and what it brings counts as far as something is owed; the rest is a surplus.
"""

from datetime import datetime
from typing import Final

from servicehub_events import Failure, Payment, PaymentFailed, as_event

CALLED_OFF: Final = "called_off"
"""The code of a voucher that is not wanted any more, and may still be paid."""
TAKEN_BACK: Final = "canceled"
"""The code of one that the processor took back: nobody can pay it."""


def is_voucher(state: Payment) -> bool:
    """Whether it waits for the payer to pay at a till."""
    voucher = state.method is not None and state.method.type == "konbini"
    return state.status == "processing" and voucher and state.review is None


def is_called_off(state: Payment) -> bool:
    """Whether its voucher may still be paid, though nobody wants that."""
    return state.status == "failed" and state.failure is not None and state.failure.code == CALLED_OFF


def call_off(state: Payment, at: datetime) -> list[Payment]:
    """The event, once the processor was asked to take the voucher back and has not done so."""
    if not is_voucher(state):
        return []
    failure = Failure(code=CALLED_OFF, retryable=True)
    return [as_event(PaymentFailed, state, status="failed", failure=failure, occurred_at=at)]
