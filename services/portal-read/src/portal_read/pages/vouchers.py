"""Konbini vouchers: a number to pay with at a till until a day; or not to pay with, once it is not wanted."""

from collections.abc import Sequence
from typing import Final

from servicehub_events import Payment

CALLED_OFF: Final = "called_off"
"""The code of a voucher that is not wanted any more, and may still be paid."""
TAKEN_BACK: Final = "canceled"
"""The code of one that nobody can pay any more."""


def is_voucher(payment: Payment) -> bool:
    """Whether it is paid with a number, at a konbini."""
    return payment.method is not None and payment.method.type == "konbini"


def voucher_of(payments: Sequence[Payment]) -> Payment | None:
    """The voucher that the payer is to pay."""
    return next((one for one in payments if is_waiting(one) and one.expires_at), None)


def is_waiting(payment: Payment) -> bool:
    """Whether it is a voucher that waits to be paid."""
    return payment.status == "processing" and is_voucher(payment) and payment.review is None


def called_off_of(payments: Sequence[Payment]) -> Payment | None:
    """A voucher that the payer is not to pay any more, though they could."""
    return next((one for one in payments if code_of(one) == CALLED_OFF), None)


def code_of(payment: Payment) -> str | None:
    """Why it failed, in the code of the event."""
    return payment.failure.code if payment.status == "failed" and payment.failure else None
