"""Payment: one attempt to pay one or more invoices. Published by billing; holds no personal data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Event, Value
from servicehub_events.catalogue.business import SurplusHandling
from servicehub_events.catalogue.invoice_taxes import TaxCategory
from servicehub_events.catalogue.scalars import (
    Amount,
    AtMost,
    Charge,
    Count,
    Currency,
    Day,
    Id,
    MovedAmount,
    Rate,
    ShortText,
    TakenAmount,
    Time,
    Url,
    Word,
)

PaymentStatus = Literal["started", "processing", "captured", "failed", "expired"]
DisputeStatus = Literal["open", "won", "lost"]
ReviewReason = Literal["amount", "currency", "account", "invoice"]
ClearingDecision = Literal["accepted", "refunded", "released"]
RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled"]


class Allocation(Value, frozen=True, kw_only=True):
    """The part of a payment that goes to one invoice, read at `invoice_version` (its `ce_sequence`)."""

    invoice_id: Id
    """The invoice."""
    invoice_version: Count
    """The `ce_sequence` at which the invoice was read."""
    amount: Charge
    """The part of the payment that goes to it."""
    issued_on: Day | None = None
    """When the invoice was issued, as it was read; absent in payments from before it was recorded."""


class Share(Value, frozen=True, kw_only=True):
    """The part of a refund or dispute that falls to one invoice."""

    invoice_id: Id
    """The invoice."""
    amount: Charge
    """The part that falls to it."""


class Method(Value, frozen=True, kw_only=True):
    """How it is paid: `card`, `konbini`, `bank_transfer`, `paypay`, …"""

    type: Word
    """How: `card`, `konbini`, `bank_transfer`, `paypay`, …"""
    brand: ShortText | None = None
    """Brand of the card."""
    last4: Annotated[str, Meta(pattern=r"^[0-9]{4}(?![\s\S])")] | None = None
    """Last four digits of the card."""


class Failure(Value, frozen=True, kw_only=True):
    """Why it failed, in the processor's word, and whether trying again may help."""

    code: Word
    """Why, in the processor's word."""
    retryable: bool
    """Whether trying again may help."""


class LoweredTax(Value, frozen=True, kw_only=True):
    """What a refund takes off an invoice at one tax rate."""

    rate: Rate
    """The rate, as that of the invoice's tax group."""
    category: TaxCategory | None = None
    """Its category, as that of the group."""
    net: Amount
    """What is taken off without the tax."""
    tax: Amount
    """The tax of that."""


class LoweredPrice(Value, frozen=True, kw_only=True):
    """By how much a refund lowers the price of an invoice; the invoice's total stays."""

    invoice_id: Id
    """The invoice."""
    amount: Charge
    """How much, tax included."""
    taxes: Annotated[tuple[LoweredTax, ...], AtMost(50, "one for each rate of the invoice")]
    """The same for each rate; together, net and tax are the amount."""


class RefundNote(Value, frozen=True, kw_only=True):
    """The paper of a refund: a credit note (返金明細書), or of what was paid too much (過入金の返金)."""

    number: ShortText
    """Its own number, ascending in each business, taken with the event that told the refund."""
    copies: Count
    """How often it was made out: 0 is not yet; of several, the last alone is valid (再発行)."""
    lowered: Annotated[tuple[LoweredPrice, ...], AtMost(100, "the invoices of the payment")] = ()
    """What of the refund lowers prices. The rest was paid too much, and taxes nothing."""


class Refund(Value, frozen=True, kw_only=True):
    """Money given back, split over the payment's invoices."""

    refund_id: Id
    """The refund."""
    amount: Charge
    """What was given back."""
    allocations: Annotated[tuple[Share, ...], AtMost(100, "the invoices of the payment")]
    """How that falls on the invoices; together it is the amount."""
    at: Time
    """When it was made."""
    status: RefundStatus | None = None
    """Where it stands. `requires_action`: the payer has to name an account first, as at a konbini."""
    failure_reason: Word | None = None
    """Why it failed, in the processor's word."""
    ended_at: Time | None = None
    """When the money of one that failed came back to the business."""
    note: RefundNote | None = None
    """Its paper, once the money went back. It stays where the refund fails after all, and is void then."""


class Dispute(Value, frozen=True, kw_only=True):
    """The payer's bank asks for the money back."""

    status: DisputeStatus
    """Where it stands."""
    amount: Charge
    """What the bank asks back."""
    allocations: Annotated[tuple[Share, ...], AtMost(100, "the invoices of the payment")]
    """How that falls on the invoices; together it is the amount."""
    tip: Charge | None = None
    """What the bank asks back beside the amount: of the tip, once invoices have no more to give."""
    dispute_id: Id | None = None
    """The processor's id of it."""
    reason: Word | None = None
    """Why, in the processor's word."""
    opened_at: Time | None = None
    """When the bank opened it."""
    respond_by: Time | None = None
    """Until when the business can answer."""

    @property
    def asked_back(self) -> int:
        """What the bank asks back in all."""
        return self.amount + (self.tip or 0)


class TipRefund(Value, frozen=True, kw_only=True):
    """What of a refund was tip. The rest of the same refund, if any, is in `refunds` or `refund_attempts`."""

    refund_id: Id
    """The refund."""
    amount: Charge
    """How much of it was tip."""
    at: Time
    """When it was made."""
    status: RefundStatus
    """Where it stands: only what `succeeded` went back."""
    failure_reason: Word | None = None
    """Why it failed, in the processor's word."""
    ended_at: Time | None = None
    """When the money of one that failed came back to the business."""


class Tip(Value, frozen=True, kw_only=True):
    """What the payer gave beside the invoices: part of no allocation, balance, credit or tax."""

    amount: Charge
    """How much; taken together with the payment's `amount`, in one charge."""
    refunds: Annotated[tuple[TipRefund, ...], AtMost(200, "as refunds")] = ()
    """What of it was given back, or was to be. A refund takes from invoices first, and from the tip last."""


class Review(Value, frozen=True, kw_only=True):
    """The capture does not match our own attempt; an operator must look."""

    reason: ReviewReason
    """What does not match; `account` also when the account can't be asked any more."""


class Taken(Value, frozen=True, kw_only=True):
    """What the processor took, where that is not what was asked for."""

    amount: TakenAmount
    """What was taken."""
    currency: Currency
    """The currency it was taken in."""


class Clearing(Value, frozen=True, kw_only=True):
    """What an operator decided about a payment that did not match, or could not be confirmed."""

    decision: ClearingDecision
    """`accepted`: it counts as paid. `refunded`: all of it was given back. `released`: it does not count.
    After the last two, its invoices can be paid again."""
    by: ShortText
    """Who decided: a name that the operators know, not that of a customer."""
    reason: ShortText
    """Why, in the operator's words."""
    at: Time
    """When."""


class PaymentReceipt(Value, frozen=True, kw_only=True):
    """The receipt of a payment (領収書): its number, and how often it was made out."""

    number: ShortText
    """Its own number, ascending in each business, taken when the money came. It stays through every copy."""
    copies: Count
    """How often it was made out: 0 is not yet; of several, the last alone is valid (再発行)."""


class Surplus(Value, frozen=True, kw_only=True):
    """What a payment brought beyond what its invoices asked for when it came, as after a late voucher."""

    amount: Charge
    """How much."""
    handling: SurplusHandling
    """`refund`: it is given back without anybody asking. `credit`: the business keeps it for the customer."""


class Movement(Value, frozen=True, kw_only=True):
    """A line in the processor's books: what a charge, refund or dispute moved on the business's balance."""

    movement_id: Id
    """The processor's id of it: a balance transaction."""
    kind: Word
    """What moved it, in the processor's word: `charge`, `payment`, `refund`, `adjustment`, …"""
    source_id: Id
    """The charge, refund or dispute."""
    amount: MovedAmount
    """What it moved, before the fee; below zero is money that left."""
    fee: MovedAmount
    """What the processor keeps of it."""
    net: MovedAmount
    """`amount` less `fee`: what the balance changed by."""
    currency: Currency
    """The currency of these amounts: that of the business's balance."""
    at: Time
    """When."""
    available_at: Time | None = None
    """From when it can be paid out."""
    payout_id: Id | None = None
    """The payout that brought it to the business's bank, once there is one."""
    arrived_at: Time | None = None
    """The day on which that payout arrives."""


class Processor(Value, frozen=True, kw_only=True):
    """Who moves the money, on whose account, and under which reference (empty until there is one)."""

    name: Word
    """Who moves the money: `stripe`."""
    account: ShortText
    """Whose account receives it."""
    reference: ShortText
    """The processor's id of it; empty until there is one."""
    intent_id: Id | None = None
    """The processor's id of the intent to pay, once the payer began."""
    charge_id: Id | None = None
    """The processor's id of the charge, once there is one."""
    live: bool | None = None
    """Whether it is real money: false in test mode."""


class Payment(Event, frozen=True, kw_only=True):
    """A payment's full state; every amount is in minor units of `currency`."""

    payment_id: Id
    """The payment: the second part of the record key."""
    customer_id: Id
    """Who pays."""
    contact_id: Id | None = None
    """Which contact started it."""
    status: PaymentStatus
    """Where it stands; refunds and disputes do not change it."""
    amount: Charge
    """What is paid in all, before refunds."""
    currency: Currency
    """The currency of every amount in it."""
    allocations: Annotated[tuple[Allocation, ...], AtMost(100, "invoices that a payer ticks at once")]
    """How the amount falls on the invoices; together it is the amount."""
    tip: Tip | None = None
    """What the payer gave beside the amount; what is charged is the amount and this, in one sum."""
    method: Method | None = None
    """How it is paid, once that is known."""
    expires_at: Time | None = None
    """Until when it can be completed."""
    instructions_url: Url | None = None
    """Where the payer finds how to pay in the shop."""
    failure: Failure | None = None
    """Why it failed."""
    refunds: Annotated[tuple[Refund, ...], AtMost(200, "a page shows each")]
    """What was given back so far."""
    refund_attempts: Annotated[tuple[Refund, ...], AtMost(200, "as refunds")] = ()
    """Refunds that did not go through, by their `status`: those on their way, and those that failed."""
    dispute: Dispute | None = None
    """The dispute that was told last; usually there is no other."""
    other_disputes: Annotated[tuple[Dispute, ...], AtMost(50, "a bank asks once or twice")] = ()
    """The payment's other disputes, each as it stands; one that is told anew is in `dispute`."""
    review: Review | None = None
    """What an operator must look at; absent once that is settled."""
    receipt: PaymentReceipt | None = None
    """Its receipt, once the money is there."""
    taken: Taken | None = None
    """What was really taken; absent while that is the amount in its currency."""
    clearing: Clearing | None = None
    """How an operator settled the review."""
    surplus: Surplus | None = None
    """What it brought beyond what was owed, and what becomes of that."""
    movements: Annotated[tuple[Movement, ...], AtMost(400, "one or two for each refund and dispute")] = ()
    """What the processor's books show of it so far."""
    autopay: bool = False
    """Whether autopay made it: nobody was on a page, and the customer had agreed to it before."""
    processor: Processor
    """Who moves the money."""
    occurred_at: Time
    """When it happened at the processor."""

    @property
    def charged(self) -> int:
        """What the payer is asked for in all: the amount, and the tip."""
        return self.amount + (self.tip.amount if self.tip else 0)

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """All disputes, in the order in which they were opened, as far as that is known."""
        told = (*self.other_disputes, self.dispute) if self.dispute else self.other_disputes
        return tuple(sorted(told, key=lambda dispute: dispute.opened_at or self.occurred_at))

    @property
    def dispute_status(self) -> DisputeStatus | None:
        """Where its disputes stand together: open while one is, then lost if one took money."""
        told = {dispute.status for dispute in self.disputes}
        return next((status for status in ("open", "lost", "won") if status in told), None)

    @property
    def taken_back(self) -> int:
        """What banks took back for good."""
        return sum(dispute.asked_back for dispute in self.disputes if dispute.status == "lost")

    @property
    def surplus_to_refund(self) -> int:
        """What goes back without anybody asking; where no invoice wanted any of it, the tip does, too."""
        surplus = self.surplus
        if surplus is None or surplus.handling != "refund":
            return 0
        return self.charged if surplus.amount == self.amount else surplus.amount

    def is_received(self) -> bool:
        """Whether its money is there, and nobody has to look at it."""
        asked = Taken(amount=self.charged, currency=self.currency)
        return self.status == "captured" and self.review is None and self.taken in (None, asked)

    def refunds_on_their_way(self) -> tuple[Refund, ...]:
        """The refunds that were made, and have neither gone through nor failed."""
        return tuple(one for one in self.refund_attempts if one.status in ("pending", "requires_action"))

    def may_be_receipted(self) -> bool:
        """Whether a receipt may be made out: something of the money is left, and no bank asks for it back."""
        kept = self.charged - sum(refund.amount for refund in whole_refunds(self) if refund.stands)
        asked_back = self.dispute_status in ("open", "lost")
        return self.is_received() and kept > 0 and not asked_back

    def _violations(self) -> Iterator[str]:
        yield from rules.currency("currency", self.currency)
        if self.taken:
            yield from rules.currency("taken.currency", self.taken.currency)
        yield from rules.unique("allocations[].invoice_id", (part.invoice_id for part in self.allocations))
        yield from rules.adds_up(
            "allocations", (part.amount for part in self.allocations), "amount", self.amount
        )
        yield from rules.unique("refunds[].refund_id", (refund.refund_id for refund in self.refunds))
        for refund in self.refunds:
            yield from self._share_violations("refunds[]", refund)
        for refund in self.refund_attempts:
            yield from self._share_violations("refund_attempts[]", refund)
        for movement in self.movements:
            yield from rules.currency("movements[].currency", movement.currency)
        if self.dispute:
            yield from self._dispute_violations("dispute", self.dispute)
        for dispute in self.other_disputes:
            yield from self._dispute_violations("other_disputes[]", dispute)
        yield from self._refunds_within_allocations()
        if self.tip:
            yield from self._tip_violations(self.tip)

    def _tip_violations(self, tip: Tip) -> Iterator[str]:
        yield from rules.unique("tip.refunds[].refund_id", (refund.refund_id for refund in tip.refunds))
        back = sum(refund.amount for refund in tip.refunds if refund.status == "succeeded")
        if back > tip.amount:
            yield f"tip.refunds give back {back} of a tip of {tip.amount}"

    def _dispute_violations(self, field: str, dispute: Dispute) -> Iterator[str]:
        yield from self._share_violations(field, dispute)
        given = self.tip.amount if self.tip else 0
        if (dispute.tip or 0) > given:
            yield f"{field}.tip is {dispute.tip} of a tip of {given}"

    def _share_violations(self, field: str, taken: Refund | Dispute) -> Iterator[str]:
        shares = taken.allocations
        yield from rules.unique(f"{field}.allocations[].invoice_id", (share.invoice_id for share in shares))
        yield from rules.adds_up(
            f"{field}.allocations", (share.amount for share in shares), f"{field}.amount", taken.amount
        )
        if {share.invoice_id for share in shares} - {part.invoice_id for part in self.allocations}:
            yield f"{field}.allocations names an invoice that the payment is not for"
        if isinstance(taken, Refund) and taken.note:
            yield from _note_violations(f"{field}.note", taken, taken.note)

    def _refunds_within_allocations(self) -> Iterator[str]:
        for part in self.allocations:
            refunded = sum(
                share.amount
                for refund in self.refunds
                for share in refund.allocations
                if share.invoice_id == part.invoice_id
            )
            if refunded > part.amount:
                yield f"refunds[] give back {refunded} of an allocation of {part.amount}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRefund:
    """A refund as the payer sees it. `amount` is all of it, and `tip` what of that was tip."""

    refund_id: str
    amount: int
    tip: int
    allocations: tuple[Share, ...]
    at: datetime
    status: RefundStatus
    failure_reason: str | None
    ended_at: datetime | None
    note: RefundNote | None

    @property
    def stands(self) -> bool:
        """Whether its money went back."""
        return self.status == "succeeded"

    @property
    def failed(self) -> bool:
        """Whether its money is with the business, for good."""
        return self.status in ("failed", "canceled")


def whole_refunds(payment: Payment) -> tuple[WholeRefund, ...]:
    """All refunds of a payment, each once with its tip: those that went through, then the others."""
    tips = {refund.refund_id: refund for refund in (payment.tip.refunds if payment.tip else ())}
    listed = [(refund, tips.pop(refund.refund_id, None)) for refund in payment.refunds]
    listed += [(refund, tips.pop(refund.refund_id, None)) for refund in payment.refund_attempts]
    whole = [_whole(refund, tip) for refund, tip in listed] + [_whole(tip, tip) for tip in tips.values()]
    return tuple(sorted(whole, key=lambda refund: not refund.stands))


def _whole(refund: Refund | TipRefund, tip: TipRefund | None) -> WholeRefund:
    """`refund` is the tip itself where nothing of it was for invoices."""
    on_invoices = refund if isinstance(refund, Refund) else None
    of_tip = tip.amount if tip else 0
    return WholeRefund(
        refund_id=refund.refund_id,
        amount=(on_invoices.amount if on_invoices else 0) + of_tip,
        tip=of_tip,
        allocations=on_invoices.allocations if on_invoices else (),
        at=refund.at,
        status=refund.status or "succeeded",
        failure_reason=refund.failure_reason,
        ended_at=refund.ended_at,
        note=on_invoices.note if on_invoices else None,
    )


def _note_violations(field: str, refund: Refund, note: RefundNote) -> Iterator[str]:
    shares = {share.invoice_id: share.amount for share in refund.allocations}
    yield from rules.unique(f"{field}.lowered[].invoice_id", (price.invoice_id for price in note.lowered))
    for price in note.lowered:
        parts = [amount for tax in price.taxes for amount in (tax.net, tax.tax)]
        yield from rules.adds_up(f"{field}.lowered[].taxes", parts, f"{field}.lowered[].amount", price.amount)
        if price.amount > shares.get(price.invoice_id, 0):
            yield f"{field}.lowered[] takes more off an invoice than the refund gives back on it"


class PaymentStarted(Payment, frozen=True, kw_only=True):
    """The payer was sent to the processor's page."""

    carries: ClassVar = {"status": ("started",)}


class PaymentProcessing(Payment, frozen=True, kw_only=True):
    """The payer did their part and the money is on its way (konbini, bank transfer)."""

    carries: ClassVar = {"status": ("processing",)}


class PaymentCaptured(Payment, frozen=True, kw_only=True):
    """The money is there."""

    carries: ClassVar = {"status": ("captured",)}


class PaymentFailed(Payment, frozen=True, kw_only=True):
    """The attempt failed: nothing was charged, unless `failure.code` is `unconfirmed`: nobody could say."""

    carries: ClassVar = {"status": ("failed",)}


class PaymentExpired(Payment, frozen=True, kw_only=True):
    """The attempt ran out of time; nothing was charged."""

    carries: ClassVar = {"status": ("expired",)}


class PaymentRefunded(Payment, frozen=True, kw_only=True):
    """Some or all of the money was given back."""

    carries: ClassVar = {"status": ("captured",)}


class RefundStarted(Payment, frozen=True, kw_only=True):
    """A refund was made that has not gone through yet; see `refund_attempts`."""

    carries: ClassVar = {"status": ("captured",)}
    needs: ClassVar = ("refund_attempts",)


class RefundFailed(Payment, frozen=True, kw_only=True):
    """A refund did not go through, or came back: the money is with the business; see `refund_attempts`."""

    carries: ClassVar = {"status": ("captured",)}
    needs: ClassVar = ("refund_attempts",)


class PaymentBooked(Payment, frozen=True, kw_only=True):
    """The processor's books say more of it, as its fee or payout; `failed`: of money that does not count."""

    carries: ClassVar = {"status": ("captured", "failed")}
    needs: ClassVar = ("movements",)


class PaymentDisputed(Payment, frozen=True, kw_only=True):
    """The payer's bank opened a dispute."""

    carries: ClassVar = {"status": ("captured",), "dispute.status": ("open",)}


class DisputeClosed(Payment, frozen=True, kw_only=True):
    """The dispute was won or lost."""

    carries: ClassVar = {"status": ("captured",), "dispute.status": ("won", "lost")}


class ReceiptIssued(Payment, frozen=True, kw_only=True):
    """The payer had its receipt made out, for the first time or anew; no money moved."""

    carries: ClassVar = {"status": ("captured",), "review": (None,)}
    needs: ClassVar = ("receipt",)


class RefundNoteIssued(Payment, frozen=True, kw_only=True):
    """The payer had the paper of a refund made out, for the first time or anew; no money moved."""

    carries: ClassVar = {"status": ("captured",), "review": (None,)}
    needs: ClassVar = ("refunds",)


class TipRefunded(Payment, frozen=True, kw_only=True):
    """A refund of tip alone was made, went through or failed; see `tip.refunds`.

    One that gives back anything of an invoice, too, is told by the other events of refunds.
    """

    carries: ClassVar = {"status": ("captured",), "review": (None,)}
    needs: ClassVar = ("tip.refunds",)


class PaymentFlagged(Payment, frozen=True, kw_only=True):
    """The payment needs an operator's eye; see `review`."""

    needs: ClassVar = ("review",)


class PaymentCleared(Payment, frozen=True, kw_only=True):
    """An operator settled the review; see `clearing`. It is captured, or failed and can be paid again."""

    carries: ClassVar = {"review": (None,)}
