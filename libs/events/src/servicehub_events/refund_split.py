"""How a refund made outside (in the processor's dashboard) falls on the invoices of its payment."""

from __future__ import annotations

from collections.abc import Mapping

from servicehub_events.catalogue.payment import Payment, Share
from servicehub_events.money import allocate


def split_refund(payment: Payment, amount: int, credit: Mapping[str, int]) -> tuple[Share, ...]:
    """Share a new refund of `amount` minor units over the payment's invoices, in the order of allocation.

    It goes first to invoices that hold a credit (`credit`, by invoice id), then in proportion to what is left
    to refund of each, by largest remainder. Raises ValueError when it is more than the payment has left.
    """
    room = [part.amount - refunded(payment, part.invoice_id) for part in payment.allocations]
    if not 0 < amount <= sum(room):
        raise ValueError(f"a refund of {amount} does not fit a payment that has {sum(room)} left")
    left, taken = amount, [0] * len(room)
    for i, part in enumerate(payment.allocations):
        taken[i] = max(0, min(credit.get(part.invoice_id, 0), room[i], left))
        left -= taken[i]
    rest = allocate(left, [space - first for space, first in zip(room, taken, strict=True)])
    amounts = [first + more for first, more in zip(taken, rest, strict=True)]
    return tuple(
        Share(invoice_id=part.invoice_id, amount=share)
        for part, share in zip(payment.allocations, amounts, strict=True)
        if share
    )


def refunded(payment: Payment, invoice_id: str) -> int:
    """What the payment's refunds have given back on one invoice."""
    return sum(
        share.amount
        for refund in payment.refunds
        for share in refund.allocations
        if share.invoice_id == invoice_id
    )
