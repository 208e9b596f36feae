"""Reversals: what the business or the payer's bank took back of a captured payment.

Both happen at the processor, in the business's dashboard or at the bank. `occurred_at` of the payment stays
the moment it was paid; a refund has its own. A refund that has not gone through is an attempt: nothing was
given back by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from msgspec.structs import replace
from servicehub_events import (
    Dispute,
    DisputeClosed,
    DisputeStatus,
    Payment,
    PaymentDisputed,
    PaymentRefunded,
    Refund,
    RefundFailed,
    RefundStarted,
    RefundStatus,
    Share,
    Tip,
    TipRefund,
    TipRefunded,
    as_event,
    whole_refunds,
)
from servicehub_events.money import allocate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRefund:
    """A refund as the processor reports it; `amount` in minor units of what was taken."""

    refund_id: str
    amount: int
    at: datetime
    status: RefundStatus = "succeeded"
    failure_reason: str | None = None
    ended_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether its money is with the business, for good."""
        return self.status in FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDispute:
    """A dispute as the processor reports it; `amount` in minor units."""

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
    disputes: Sequence[ReportedDispute] = ()

    @property
    def given_back(self) -> int:
        """What went back, in minor units of what was taken."""
        return sum(refund.amount for refund in self.refunds if refund.status == "succeeded")


Part = TypeVar("Part", Refund, TipRefund)
FAILED: Final = ("failed", "canceled")
NOTHING_TAKEN: Final = Reversals()


def reverse(state: Payment, reversals: Reversals, credit: Mapping[str, int]) -> list[Payment]:
    """What is new; each event carries what the one before left. `credit` by invoice id, in minor units.

    Of a payment under review nothing: its money counts as not received, and neither does what left it again.
    """
    if state.status != "captured" or state.review:
        return []
    refunded = _refunded(state, reversals.refunds, credit)
    events = [as_event(kind, refunded) for kind in _refund_news(state, refunded)]
    return events + _dispute_news(refunded, reversals.disputes)


def _dispute_news(state: Payment, reported: Sequence[ReportedDispute]) -> list[Payment]:
    """An event for each dispute that is new or stands otherwise, in the order in which they were opened."""
    events: list[Payment] = []
    for one in sorted(reported, key=lambda one: (one.opened_at or state.occurred_at, one.dispute_id or "")):
        known = _known_dispute(state, one)
        others = tuple(dispute for dispute in state.disputes if dispute is not known)
        dispute = _dispute(state, one, known, others)
        if dispute and (known is None or _stands_otherwise(known, dispute)):
            kind = PaymentDisputed if dispute.status == "open" else DisputeClosed
            state = as_event(kind, state, dispute=dispute, other_disputes=others)
            events.append(state)
        elif dispute and known is state.dispute:
            state = replace(state, dispute=dispute)  # no event, but it has its id now
    return events


def _known_dispute(state: Payment, reported: ReportedDispute) -> Dispute | None:
    """Disputes of before they had ids are the only ones of their payment."""
    same = (one for one in state.disputes if one.dispute_id in (None, reported.dispute_id))
    return next(same, None)


def _refund_news(before: Payment, after: Payment) -> list[type[Payment]]:
    """What happened to refunds; those of tip alone are told by an event of their own, unless others tell."""
    kinds: list[type[Payment]] = []
    if {one.refund_id for one in after.refunds} - {one.refund_id for one in before.refunds}:
        kinds.append(PaymentRefunded)
    known = {(one.refund_id, one.status) for one in before.refund_attempts}
    news = [one for one in after.refund_attempts if (one.refund_id, one.status) not in known]
    if any(one.status not in FAILED for one in news):
        kinds.append(RefundStarted)
    if any(one.status in FAILED for one in news):
        kinds.append(RefundFailed)
    told = {(one.refund_id, one.status) for one in (before.tip.refunds if before.tip else ())}
    of_tip = {(one.refund_id, one.status) for one in (after.tip.refunds if after.tip else ())}
    return kinds or ([TipRefunded] if of_tip - told else [])


def _refunded(state: Payment, reported: Sequence[ReportedRefund], credit: Mapping[str, int]) -> Payment:
    """With each refund as it stands: one that is known keeps its split."""
    left, before = dict(credit), 0
    for refund in sorted(reported, key=lambda refund: (refund.at, refund.refund_id)):
        amount = counted(state, before + refund.amount) - counted(state, before)
        before += 0 if refund.failed else refund.amount
        if any(one.refund_id == refund.refund_id for one in whole_refunds(state)):
            state = _as_told(state, refund)
        elif amount:
            state = _added(state, refund, amount, left)
    return state


def _as_told(state: Payment, reported: ReportedRefund) -> Payment:
    """With a refund that is known as it stands now: what of it was for whom stays."""
    for refund in (*state.refunds, *state.refund_attempts):
        if refund.refund_id == reported.refund_id:
            state = _with_refund(state, _as_reported(refund, reported))
    for refund in state.tip.refunds if state.tip else ():
        if refund.refund_id == reported.refund_id:
            state = _with_tip_refund(state, _as_reported(refund, reported))
    return state


def _as_reported(refund: Part, reported: ReportedRefund) -> Part:
    return replace(
        refund,
        status=reported.status,
        failure_reason=reported.failure_reason,
        ended_at=reported.ended_at,
    )


def _added(state: Payment, reported: ReportedRefund, amount: int, left: dict[str, int]) -> Payment:
    """With a refund that is new: invoices first, and of the tip what they leave of it.

    Takes what it uses out of the credit that is `left`.
    """
    if reported.failed:
        amount = min(amount, state.charged)
        tip = max(0, amount - state.amount)
        shares = _shares(state, allocate(amount - tip, [part.amount for part in state.allocations]))
    else:
        tip = _beyond_invoices(state, amount)
        shares = split_refund(state, amount - tip, left) if amount > tip else ()
        for share in shares:
            left[share.invoice_id] = left.get(share.invoice_id, 0) - share.amount
    if shares:
        refund = Refund(refund_id=reported.refund_id, amount=amount - tip, allocations=shares, at=reported.at)
        state = _with_refund(state, _as_reported(refund, reported))
    if tip:
        refund = TipRefund(refund_id=reported.refund_id, amount=tip, at=reported.at, status=reported.status)
        state = _with_tip_refund(state, _as_reported(refund, reported))
    return state


def _beyond_invoices(state: Payment, amount: int) -> int:
    """What of a new refund the invoices have no room for, as far as the tip has."""
    room = state.amount - sum(_refunded_on(state, part.invoice_id) for part in state.allocations)
    left = state.tip.amount if state.tip else 0
    if state.tip:
        left -= sum(refund.amount for refund in state.tip.refunds if refund.status not in FAILED)
    return min(max(0, amount - room), max(0, left))


def _with_tip_refund(state: Payment, refund: TipRefund) -> Payment:
    """In the place that it had there, or last."""
    tip = state.tip or Tip(amount=refund.amount)
    refunds = {one.refund_id: one for one in tip.refunds} | {refund.refund_id: refund}
    return replace(state, tip=replace(tip, refunds=tuple(refunds.values())))


def _with_refund(state: Payment, refund: Refund) -> Payment:
    """In the list where it belongs by its status, and in no other; in the place that it had there."""
    stands = refund.status == "succeeded"
    return replace(
        state,
        refunds=_listed(state.refunds, refund, stands=stands),
        refund_attempts=_listed(state.refund_attempts, refund, stands=not stands),
    )


def _listed(refunds: Sequence[Refund], refund: Refund, *, stands: bool) -> tuple[Refund, ...]:
    if not stands:
        return tuple(one for one in refunds if one.refund_id != refund.refund_id)
    if all(one.refund_id != refund.refund_id for one in refunds):
        return (*refunds, refund)
    return tuple(refund if one.refund_id == refund.refund_id else one for one in refunds)


def counted(state: Payment, amount: int) -> int:
    """What was taken back, as the payment counts: in proportion, where it was taken in another currency."""
    taken = state.taken
    if taken is None or taken.currency == state.currency or not taken.amount:
        return amount
    return min(amount, taken.amount) * state.charged // taken.amount


def _stands_otherwise(known: Dispute, now: Dispute) -> bool:
    """That its date moved is no event."""
    return (known.status, known.amount, known.tip) != (now.status, now.amount, now.tip)


def split_refund(payment: Payment, amount: int, credit: Mapping[str, int]) -> tuple[Share, ...]:
    """Share a new refund of `amount` minor units over the payment's invoices, in the order of allocation.

    It goes first to invoices that hold a credit (`credit`, by invoice id), then in proportion to what is left
    to refund of each, by largest remainder. Raises ValueError when it is more than the payment has left.
    """
    room = [max(0, part.amount - _refunded_on(payment, part.invoice_id)) for part in payment.allocations]
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
        for refund in (*payment.refunds, *payment.refunds_on_their_way())
        for share in refund.allocations
        if share.invoice_id == invoice_id
    )


def _dispute(
    state: Payment, reported: ReportedDispute, known: Dispute | None, others: Sequence[Dispute]
) -> Dispute | None:
    """As it stands now. What of it is for whom stays while the bank asks for as much."""
    whole = min(counted(state, reported.amount), state.charged)
    if known is None or known.asked_back != whole:
        known = _split_dispute(state, reported, whole, others)
    return known and replace(
        known,
        status=reported.status,
        dispute_id=reported.dispute_id,
        reason=reported.reason,
        opened_at=reported.opened_at,
        respond_by=reported.respond_by,
    )


def _split_dispute(
    state: Payment, reported: ReportedDispute, whole: int, others: Sequence[Dispute]
) -> Dispute | None:
    """In proportion over what `others` leave of the payment's invoices, which come first, and then the tip.

    Where they leave nothing of the invoices, over all of them: a dispute is never of a tip alone.
    """
    parts = [part.amount for part in state.allocations]
    kept = [share for other in others if other.status != "won" for share in other.allocations]
    room = [
        part.amount - sum(share.amount for share in kept if share.invoice_id == part.invoice_id)
        for part in state.allocations
    ]
    room = room if sum(room) > 0 else parts
    amount = min(whole, sum(room))
    if amount < 1:
        return None
    tip = min(whole - amount, state.tip.amount if state.tip else 0)
    return Dispute(
        status=reported.status,
        amount=amount,
        allocations=_shares(state, allocate(amount, room)),
        tip=tip or None,
    )


def _shares(payment: Payment, amounts: Sequence[int]) -> tuple[Share, ...]:
    """Amounts in the order of allocation as shares; none for an invoice that gets nothing."""
    return tuple(
        Share(invoice_id=part.invoice_id, amount=amount)
        for part, amount in zip(payment.allocations, amounts, strict=True)
        if amount
    )
