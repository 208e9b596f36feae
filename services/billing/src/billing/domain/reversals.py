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
    """A refund that stands, as the processor reports it; `amount` in minor units of what was taken."""

    refund_id: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDispute:
    """The latest dispute, as the processor reports it; `amount` in minor units."""

    status: DisputeStatus
    amount: int
    dispute_id: str | None = None
    reason: str | None = None
    opened_at: datetime | None = None
    respond_by: datetime | None = None


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
    if dispute and _is_news(dispute, state.dispute):
        kind = PaymentDisputed if dispute.status == "open" else DisputeClosed
        events.append(as_event(kind, refunded, dispute=dispute))
    return events


def _refunded(state: Payment, reported: Iterable[ReportedRefund], credit: Mapping[str, int]) -> Payment:
    """With the refunds that stand: one that failed at the bank is gone, one that is known keeps its split."""
    standing = {refund.refund_id: refund for refund in reported}
    kept = tuple(refund for refund in state.refunds if refund.refund_id in standing)
    state = as_event(PaymentRefunded, state, refunds=kept)
    known, left = {refund.refund_id for refund in kept}, dict(credit)
    before = 0
    for refund in sorted(standing.values(), key=lambda refund: (refund.at, refund.refund_id)):
        amount = counted(state, before + refund.amount) - counted(state, before)
        before += refund.amount
        if refund.refund_id in known or not amount:
            continue
        shares = split_refund(state, amount, left)
        for share in shares:
            left[share.invoice_id] = left.get(share.invoice_id, 0) - share.amount
        added = Refund(refund_id=refund.refund_id, amount=amount, allocations=shares, at=refund.at)
        state = as_event(PaymentRefunded, state, refunds=(*state.refunds, added))
    return state


def counted(state: Payment, amount: int) -> int:
    """What was taken back, as the payment counts: in proportion, where it was taken in another currency."""
    taken = state.taken
    if taken is None or taken.currency == state.currency or not taken.amount:
        return amount
    return min(amount, taken.amount) * state.amount // taken.amount


def _is_news(dispute: Dispute, known: Dispute | None) -> bool:
    """Whether it is another dispute, or stands otherwise; that its date moved is no event."""
    if known is None:
        return True
    other = known.dispute_id is not None and known.dispute_id != dispute.dispute_id
    return other or (known.status, known.amount) != (dispute.status, dispute.amount)


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
    amount = min(counted(state, reported.amount), state.amount) if reported else 0
    if reported is None or amount < 1:
        return None
    shares = _shares(state, allocate(amount, [part.amount for part in state.allocations]))
    return Dispute(
        status=reported.status,
        amount=amount,
        allocations=shares,
        dispute_id=reported.dispute_id,
        reason=reported.reason,
        opened_at=reported.opened_at,
        respond_by=reported.respond_by,
    )


def _shares(payment: Payment, amounts: Sequence[int]) -> tuple[Share, ...]:
    """Amounts in the order of allocation as shares; none for an invoice that gets nothing."""
    return tuple(
        Share(invoice_id=part.invoice_id, amount=amount)
        for part, amount in zip(payment.allocations, amounts, strict=True)
        if amount
    )
