"""What messages tell about a payment, with what was taken back of it. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from servicehub_events import (
    ClearingDecision,
    Dispute,
    DisputeStatus,
    Method,
    Payment,
    PaymentStatus,
    Share,
    Taken,
    WholeRefund,
    whole_refunds,
)


class RefundFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Money that was given back; minor units. `tip` is what of the amount was tip.

    `credit_note` is the number of its paper where a price is lower by it, `note` of one that lowers nothing.
    """

    refund_id: str
    amount: int
    invoice_ids: tuple[str, ...]
    at: datetime
    credit_note: str = ""
    note: str = ""
    tip: int = 0


class DisputeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's bank asks for the money back; minor units. `dispute_id` is empty where nobody said it.

    `tip` is what of the amount was tip.
    """

    dispute_id: str
    status: DisputeStatus
    amount: int
    invoice_ids: tuple[str, ...]
    tip: int = 0


class PaymentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A payment; money in minor units. `checked` is false while an operator must look at it.

    `amount` goes to invoices, `tip` beside them. `allocated` is what of it went to each invoice, `shares` the
    same less what was given back, `refunding` what is on its way back. `failed_refunds` never went through,
    or stood once and are gone. What is below `checked` has a default: facts stored before it have none.
    """

    status: PaymentStatus
    amount: int
    currency: str
    invoice_ids: tuple[str, ...]
    method: Method | None
    contact_id: str | None
    at: datetime
    checked: bool
    expires_at: datetime | None = None
    instructions_url: str | None = None
    shares: Mapping[str, int] = msgspec.field(default_factory=dict[str, int])
    taken: Taken | None = None
    clearing: ClearingDecision | None = None
    refunds: tuple[RefundFacts, ...] = ()
    failed_refunds: tuple[RefundFacts, ...] = ()
    dispute: DisputeFacts | None = None
    other_disputes: tuple[DisputeFacts, ...] = ()
    tip: int = 0
    allocated: Mapping[str, int] = msgspec.field(default_factory=dict[str, int])
    refunding: Mapping[str, int] = msgspec.field(default_factory=dict[str, int])

    @property
    def charged(self) -> int:
        """What the payer pays in all."""
        return self.amount + self.tip

    @property
    def received(self) -> Mapping[str, int]:
        """What each invoice received of it: a refund makes nothing owed again."""
        return self.allocated or self.shares

    @property
    def is_voucher(self) -> bool:
        """Whether it is paid with a number, at a konbini."""
        return self.method is not None and self.method.type == "konbini" and self.expires_at is not None

    @property
    def refunded(self) -> int:
        """What was given back in all."""
        return sum(refund.amount for refund in self.refunds)

    @property
    def disputes(self) -> tuple[DisputeFacts, ...]:
        """All of them, the one that was told last at the end."""
        return (*self.other_disputes, self.dispute) if self.dispute else self.other_disputes

    def find_dispute(self, dispute_id: str) -> DisputeFacts | None:
        """One by its id; "" is that of one of which nobody said it."""
        return next((dispute for dispute in self.disputes if dispute.dispute_id == dispute_id), None)

    def refund(self, refund_id: str) -> RefundFacts | None:
        """One that stands, or stood once."""
        known = (*self.refunds, *self.failed_refunds)
        return next((refund for refund in known if refund.refund_id == refund_id), None)


def payment_facts(event: Payment) -> PaymentFacts:
    """What messages tell about it, as far as this event says."""
    return PaymentFacts(
        status=event.status,
        amount=event.amount,
        currency=event.currency,
        invoice_ids=tuple(part.invoice_id for part in event.allocations),
        method=event.method,
        contact_id=event.contact_id,
        at=event.occurred_at,
        checked=event.review is None,
        expires_at=event.expires_at,
        instructions_url=event.instructions_url,
        shares=_shares(event),
        taken=event.taken,
        clearing=event.clearing.decision if event.clearing else None,
        refunds=tuple(_refund(event, one) for one in whole_refunds(event) if one.stands),
        failed_refunds=tuple(_refund(event, one) for one in whole_refunds(event) if one.failed),
        dispute=_dispute(event.dispute) if event.dispute else None,
        other_disputes=tuple(map(_dispute, event.other_disputes)),
        tip=event.charged - event.amount,
        allocated=_allocated(event),
        refunding=_sums(share for refund in event.refunds_on_their_way() for share in refund.allocations),
    )


def with_failed_refunds(payment: PaymentFacts, former: PaymentFacts | None) -> PaymentFacts:
    """With the refunds that stood in its `former` facts, or had failed by then, and do not stand in these."""
    known = (*former.refunds, *former.failed_refunds) if former else ()
    standing = {refund.refund_id for refund in payment.refunds}
    told = {refund.refund_id for refund in payment.failed_refunds}
    gone = tuple(refund for refund in known if refund.refund_id not in standing | told)
    return msgspec.structs.replace(payment, failed_refunds=(*gone, *payment.failed_refunds))


def _allocated(event: Payment) -> dict[str, int]:
    return {part.invoice_id: part.amount for part in event.allocations}


def _sums(shares: Iterable[Share]) -> dict[str, int]:
    sums = Counter[str]()
    for share in shares:
        sums[share.invoice_id] += share.amount
    return dict(sums)


def _shares(event: Payment) -> dict[str, int]:
    shares = _allocated(event)
    for refund in event.refunds:
        for share in refund.allocations:
            shares[share.invoice_id] = shares.get(share.invoice_id, 0) - share.amount
    return shares


def _refund(event: Payment, refund: WholeRefund) -> RefundFacts:
    """One of tip alone is about the invoices that were paid with it."""
    ids = tuple(share.invoice_id for share in refund.allocations or event.allocations)
    number, lowers = (refund.note.number, bool(refund.note.lowered)) if refund.note else ("", False)
    return RefundFacts(
        refund_id=refund.refund_id,
        amount=refund.amount,
        invoice_ids=ids,
        at=refund.at,
        credit_note=number if lowers else "",
        note="" if lowers else number,
        tip=refund.tip,
    )


def _dispute(dispute: Dispute) -> DisputeFacts:
    return DisputeFacts(
        dispute_id=dispute.dispute_id or "",
        status=dispute.status,
        amount=dispute.asked_back,
        invoice_ids=tuple(share.invoice_id for share in dispute.allocations),
        tip=dispute.tip or 0,
    )
