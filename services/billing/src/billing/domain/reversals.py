"""Reversals: what the business or the payer's bank took back of a captured payment.

Both happen at the processor, in the business's dashboard or at the bank. `occurred_at` of the payment stays
the moment it was paid; a refund has its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from servicehub_events import (
    Dispute,
    DisputeClosed,
    DisputeStatus,
    Payment,
    PaymentDisputed,
    PaymentRefunded,
    Refund,
    Share,
    as_event,
)
from servicehub_events.money import allocate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRefund:
    """A refund that stands, as the processor reports it; `amount` in minor units."""

    refund_id: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDispute:
    """The latest dispute, as the processor reports it; `amount` in minor units."""

    status: DisputeStatus
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversals:
    """All that was taken back of a payment until now."""

    refunds: Sequence[ReportedRefund] = ()
    dispute: ReportedDispute | None = None


NOTHING_TAKEN: Final = Reversals()


def reverse(state: Payment, reversals: Reversals, credit: Mapping[str, int]) -> list[Payment]:
    """What is new; each event carries what the one before left. `credit` by invoice id, in minor units.

    Of a payment under review nothing: its money counts as not received, and neither does what left it again.
    """
    if state.status != "captured" or state.review:
        return []
    events: list[Payment] = []
    refunded = _refunded(state, reversals.refunds, credit)
    if refunded.refunds != state.refunds:
        events.append(as_event(PaymentRefunded, refunded))
    dispute = _dispute(state, reversals.dispute)
    if dispute and dispute != state.dispute:
        kind = PaymentDisputed if dispute.status == "open" else DisputeClosed
        events.append(as_event(kind, refunded, dispute=dispute))
    return events


def _refunded(state: Payment, reported: Iterable[ReportedRefund], credit: Mapping[str, int]) -> Payment:
    """With the refunds that stand: one that failed at the bank is gone, one that is known keeps its split."""
    standing = {refund.refund_id: refund for refund in reported}
    kept = tuple(refund for refund in state.refunds if refund.refund_id in standing)
    state = as_event(PaymentRefunded, state, refunds=kept)
    known, left = {refund.refund_id for refund in kept}, dict(credit)
    for refund in sorted(standing.values(), key=lambda refund: (refund.at, refund.refund_id)):
        if refund.refund_id in known:
            continue
        shares = split_refund(state, refund.amount, left)
        for share in shares:
            left[share.invoice_id] = left.get(share.invoice_id, 0) - share.amount
        added = Refund(refund_id=refund.refund_id, amount=refund.amount, allocations=shares, at=refund.at)
        state = as_event(PaymentRefunded, state, refunds=(*state.refunds, added))
    return state


def split_refund(payment: Payment, amount: int, credit: Mapping[str, int]) -> tuple[Share, ...]:
    """Share a new refund of `amount` minor units over the payment's invoices, in the order of allocation.

    It goes first to invoices that hold a credit (`credit`, by invoice id), then in proportion to what is left
    to refund of each, by largest remainder. Raises ValueError when it is more than the payment has left.
    """
    room = [part.amount - _refunded_on(payment, part.invoice_id) for part in payment.allocations]
    if not 0 < amount <= sum(room):
        raise ValueError(f"a refund of {amount} does not fit a payment that has {sum(room)} left")
    left, taken = amount, [0] * len(room)
    for i, part in enumerate(payment.allocations):
        taken[i] = max(0, min(credit.get(part.invoice_id, 0), room[i], left))
        left -= taken[i]
    rest = allocate(left, [space - first for space, first in zip(room, taken, strict=True)])
    return _shares(payment, [first + more for first, more in zip(taken, rest, strict=True)])


def _refunded_on(payment: Payment, invoice_id: str) -> int:
    return sum(
        share.amount
        for refund in payment.refunds
        for share in refund.allocations
        if share.invoice_id == invoice_id
    )


def _dispute(state: Payment, reported: ReportedDispute | None) -> Dispute | None:
    """In proportion over the payment's invoices."""
    amount = min(reported.amount, state.amount) if reported else 0
    if reported is None or amount < 1:
        return None
    shares = _shares(state, allocate(amount, [part.amount for part in state.allocations]))
    return Dispute(status=reported.status, amount=amount, allocations=shares)


def _shares(payment: Payment, amounts: Sequence[int]) -> tuple[Share, ...]:
    """Amounts in the order of allocation as shares; none for an invoice that gets nothing."""
    return tuple(
        Share(invoice_id=part.invoice_id, amount=amount)
        for part, amount in zip(payment.allocations, amounts, strict=True)
        if amount
    )
