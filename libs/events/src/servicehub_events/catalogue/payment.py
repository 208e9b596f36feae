"""Payment: one attempt to pay one or more invoices. Published by billing; holds no personal data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Event, Value
from servicehub_events.catalogue.scalars import Charge, Count, Currency, Id, Time, Url, Word

PaymentStatus = Literal["started", "processing", "captured", "failed", "expired"]
DisputeStatus = Literal["open", "won", "lost"]
ReviewReason = Literal["amount", "currency", "account", "invoice"]


class Allocation(Value, frozen=True, kw_only=True):
    """The part of a payment that goes to one invoice, read at `invoice_version` (its `ce_sequence`)."""

    invoice_id: Id
    invoice_version: Count
    amount: Charge


class Share(Value, frozen=True, kw_only=True):
    """The part of a refund or dispute that falls to one invoice."""

    invoice_id: Id
    amount: Charge


class Method(Value, frozen=True, kw_only=True):
    """How it is paid: `card`, `konbini`, `bank_transfer`, `paypay`, …"""

    type: Word
    brand: str | None = None
    last4: Annotated[str, Meta(pattern=r"^[0-9]{4}(?![\s\S])")] | None = None


class Failure(Value, frozen=True, kw_only=True):
    """Why it failed, in the processor's word, and whether trying again may help."""

    code: Word
    retryable: bool


class Refund(Value, frozen=True, kw_only=True):
    """Money given back, split over the payment's invoices."""

    refund_id: Id
    amount: Charge
    allocations: tuple[Share, ...]
    at: Time


class Dispute(Value, frozen=True, kw_only=True):
    """The payer's bank asks for the money back."""

    status: DisputeStatus
    amount: Charge
    allocations: tuple[Share, ...]


class Review(Value, frozen=True, kw_only=True):
    """The capture does not match our own attempt; an operator must look."""

    reason: ReviewReason


class Processor(Value, frozen=True, kw_only=True):
    """Who moves the money, on whose account, and under which reference (empty until there is one)."""

    name: Word
    account: str
    reference: str


class Payment(Event, frozen=True, kw_only=True):
    """A payment's full state; every amount is in minor units of `currency`."""

    payment_id: Id
    customer_id: Id
    contact_id: Id | None = None
    status: PaymentStatus
    amount: Charge
    currency: Currency
    allocations: tuple[Allocation, ...]
    method: Method | None = None
    expires_at: Time | None = None
    instructions_url: Url | None = None
    failure: Failure | None = None
    refunds: tuple[Refund, ...]
    dispute: Dispute | None = None
    review: Review | None = None
    processor: Processor
    occurred_at: Time

    def _violations(self) -> Iterator[str]:
        yield from rules.currency("currency", self.currency)
        yield from rules.unique("allocations[].invoice_id", (part.invoice_id for part in self.allocations))
        yield from rules.adds_up(
            "allocations", (part.amount for part in self.allocations), "amount", self.amount
        )
        yield from rules.unique("refunds[].refund_id", (refund.refund_id for refund in self.refunds))
        for refund in self.refunds:
            yield from self._share_violations("refunds[]", refund)
        if self.dispute:
            yield from self._share_violations("dispute", self.dispute)
        yield from self._refunds_within_allocations()

    def _share_violations(self, field: str, taken: Refund | Dispute) -> Iterator[str]:
        shares = taken.allocations
        yield from rules.unique(f"{field}.allocations[].invoice_id", (share.invoice_id for share in shares))
        yield from rules.adds_up(
            f"{field}.allocations", (share.amount for share in shares), f"{field}.amount", taken.amount
        )
        if {share.invoice_id for share in shares} - {part.invoice_id for part in self.allocations}:
            yield f"{field}.allocations names an invoice that the payment is not for"

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

    def violations(self) -> tuple[str, ...]:
        return tuple(self._violations())


class PaymentStarted(Payment, frozen=True, kw_only=True):
    """The payer was sent to the processor's page."""


class PaymentProcessing(Payment, frozen=True, kw_only=True):
    """The payer did their part and the money is on its way (konbini, bank transfer)."""


class PaymentCaptured(Payment, frozen=True, kw_only=True):
    """The money is there."""


class PaymentFailed(Payment, frozen=True, kw_only=True):
    """The attempt failed; nothing was charged."""


class PaymentExpired(Payment, frozen=True, kw_only=True):
    """The attempt ran out of time; nothing was charged."""


class PaymentRefunded(Payment, frozen=True, kw_only=True):
    """Some or all of the money was given back."""


class PaymentDisputed(Payment, frozen=True, kw_only=True):
    """The payer's bank opened a dispute."""


class DisputeClosed(Payment, frozen=True, kw_only=True):
    """The dispute was won or lost."""


class PaymentFlagged(Payment, frozen=True, kw_only=True):
    """The payment needs an operator's eye; see `review`."""


class PaymentCleared(Payment, frozen=True, kw_only=True):
    """An operator settled the review."""
