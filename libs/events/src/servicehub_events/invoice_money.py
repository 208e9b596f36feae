"""The money of an invoice: one pure function of the invoice and the payments on it, whatever has arrived.

A refund or a lost dispute never makes money owed again: to collect again, the business issues a new invoice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from servicehub_events.catalogue.invoice import Invoice
from servicehub_events.catalogue.payment import Dispute, Payment, Refund

InvoiceState = Literal[
    "void",
    "uncollectible",
    "disputed",
    "being_checked",
    "processing",
    "partly_paid",
    "due",
    "overpaid",
    "taken_back",
    "refunded",
    "partly_refunded",
    "credited",
    "paid",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShare:
    """What one refund in the portal gave back on this invoice, in minor units."""

    payment_id: str
    refund_id: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceMoney:
    """What is true of an invoice's money, in minor units of `currency`, none below zero.

    `asked` is what the payer is to pay in all: the total less what they withhold and what credit notes took
    back. `received` is before refunds, `amount_due` is owed, `payable` may be paid now, and no less than
    `least_payable` of it at once. `credit` is what the business holds too much of, `given_back` the refunds
    beyond an over-payment, `refunded` and `lost` all refunds and lost disputes; `refunding` is on its way
    back and not yet there. `processing` and `under_review` are on their way. `deposit_due` is the
    deposit's part of `amount_due`.
    """

    currency: str
    total: int
    withheld: int
    credited: int
    asked: int
    received: int
    amount_due: int
    payable: int
    least_payable: int
    credit: int
    given_back: int
    processing: int
    under_review: int
    refunded: int
    refunding: int
    lost: int
    deposit_due: int
    state: InvoiceState
    refunds: tuple[RefundShare, ...]
    due_on: date
    deposit_due_on: date | None

    def overdue(self, today: date) -> bool:
        """Whether something is owed past its day; `today` is the day in the business's time zone."""
        return self.amount_due > 0 and today > self.due_on

    def deposit_overdue(self, today: date) -> bool:
        """Whether the deposit is owed past its day."""
        return self.deposit_due > 0 and self.deposit_due_on is not None and today > self.deposit_due_on

    def wants_deposit(self, today: date) -> bool:
        """Whether the deposit is what is due now: it is missing, and the rest is not past its day."""
        return self.deposit_due > 0 and today <= self.due_on

    def due_now(self, today: date) -> int:
        """What is due now, of what may be paid: a deposit while it is missing, else all that is payable."""
        return min(self.payable, self.deposit_due) if self.wants_deposit(today) else self.payable


@dataclass(slots=True)
class _Sums:
    received: int = 0
    refunded: int = 0
    refunding: int = 0
    lost: int = 0
    processing: int = 0
    under_review: int = 0
    claimed: bool = False
    disputed: bool = False
    reviewed: bool = False


def invoice_money(invoice: Invoice, payments: Iterable[Payment]) -> InvoiceMoney:
    """The money of an invoice; `payments` are of its business, each once. Those on others are ignored.

    Money in another currency than the invoice's is never added to it.
    """
    mine = sorted(
        (payment for payment in payments if _is_on(payment, invoice)), key=lambda payment: payment.payment_id
    )
    sums = _recorded(invoice)
    for payment in mine:
        _count(sums, payment, invoice)
    withheld = sum(part.amount for part in invoice.withholdings)
    credited = sum(note.total for note in invoice.credit_notes)
    price = 0 if invoice.status == "void" else invoice.total - withheld
    asked = max(0, price - credited)
    amount_due = max(0, asked - sums.received) if invoice.status == "open" else 0
    credit = max(0, sums.received - sums.refunded - sums.refunding - sums.lost - asked)
    given_back = max(0, sums.refunded - max(0, sums.received - price))
    deposit, payable = invoice.deposit, 0 if sums.claimed else amount_due
    return InvoiceMoney(
        currency=invoice.currency,
        total=invoice.total,
        withheld=withheld,
        credited=credited,
        asked=asked,
        received=sums.received,
        amount_due=amount_due,
        payable=payable,
        least_payable=_least_payable(invoice, payable),
        credit=credit,
        given_back=given_back,
        processing=sums.processing,
        under_review=sums.under_review,
        refunded=sums.refunded,
        refunding=sums.refunding,
        lost=sums.lost,
        deposit_due=min(amount_due, max(0, deposit.amount - sums.received)) if deposit else 0,
        state=_state(invoice, sums, amount_due, credit, given_back, price),
        refunds=tuple(share for payment in mine for share in _refund_shares(payment, invoice)),
        due_on=invoice.due_on,
        deposit_due_on=deposit.due_on if deposit else None,
    )


def _recorded(invoice: Invoice) -> _Sums:
    """What the business wrote down; what echoes the portal's own is told by the portal."""
    entries = invoice.recorded_payments
    return _Sums(
        received=sum(entry.amount for entry in entries if entry.portal_payment_id is None),
        refunded=sum(
            refund.amount for entry in entries for refund in entry.refunds if refund.portal_refund_id is None
        ),
    )


def _least_payable(invoice: Invoice, payable: int) -> int:
    """All of it, unless the business takes parts."""
    partial = invoice.partial_payment
    return min(partial.minimum or 1, payable) if partial and partial.allowed else payable


def _is_on(payment: Payment, invoice: Invoice) -> bool:
    return payment.business_id == invoice.business_id and any(
        part.invoice_id == invoice.invoice_id for part in payment.allocations
    )


def _allocated(payment: Payment, invoice: Invoice) -> int:
    return sum(part.amount for part in payment.allocations if part.invoice_id == invoice.invoice_id)


def _share(taken: Refund | Dispute, invoice: Invoice) -> int:
    return sum(share.amount for share in taken.allocations if share.invoice_id == invoice.invoice_id)


def _refund_shares(payment: Payment, invoice: Invoice) -> Iterable[RefundShare]:
    for refund in sorted(payment.refunds, key=lambda refund: (refund.at, refund.refund_id)):
        if amount := _share(refund, invoice):
            yield RefundShare(
                payment_id=payment.payment_id, refund_id=refund.refund_id, amount=amount, at=refund.at
            )


def _count(sums: _Sums, payment: Payment, invoice: Invoice) -> None:
    allocated = _allocated(payment, invoice) if payment.currency == invoice.currency else 0
    if payment.dispute_status == "open":
        sums.disputed = True
    if payment.review:
        # Money that is being checked is not received, so what left it again is not counted either.
        sums.reviewed = sums.claimed = True
        sums.under_review += allocated
    elif payment.status == "processing":
        sums.claimed = True
        sums.processing += allocated
    elif payment.status == "captured" and payment.currency == invoice.currency:
        sums.received += allocated
        sums.refunded += sum(_share(refund, invoice) for refund in payment.refunds)
        sums.refunding += sum(_share(refund, invoice) for refund in payment.refunds_on_their_way())
        lost = [dispute for dispute in payment.disputes if dispute.status == "lost"]
        sums.lost += sum(_share(dispute, invoice) for dispute in lost)


def _state(
    invoice: Invoice, sums: _Sums, amount_due: int, credit: int, given_back: int, price: int
) -> InvoiceState:
    """The first that fits, in the order that matters most to the payer."""
    if invoice.status != "open":
        return invoice.status
    fits: list[tuple[InvoiceState, bool]] = [
        ("disputed", sums.disputed),
        ("being_checked", sums.reviewed),
        ("processing", sums.processing > 0 and amount_due > 0),
        ("partly_paid", amount_due > 0 and sums.received > 0),
        ("due", amount_due > 0),
        ("overpaid", credit > 0),
        ("taken_back", sums.lost > 0),
        ("refunded", given_back > 0 and given_back >= min(price, sums.received)),
        ("partly_refunded", given_back > 0),
        ("credited", sums.received == 0 and len(invoice.credit_notes) > 0),
    ]
    for state, true in fits:
        if true:
            return state
    return "paid"
