"""How the invoices of a payment stand without it: what is to pay, and whether it is asked for. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from servicehub_events import InvoiceStatus

from notifier.domain.facts import InvoiceFacts
from notifier.domain.payment_facts import PaymentFacts


class InvoiceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How an invoice of a payment stands without that payment: `left` is still to pay; minor units.

    `in_parts`: a deposit was asked for, so that less than all that is left may be due now.
    """

    invoice_id: str
    number: str
    status: InvoiceStatus
    left: int
    in_parts: bool = False


def standings_of(
    invoices: Mapping[str, InvoiceFacts | None], others: Iterable[PaymentFacts]
) -> tuple[InvoiceStanding, ...]:
    """How the invoices of a payment stand, `others` being the captured payments for them beside it."""
    paid = Counter[str]()
    for other in others:
        if other.checked:
            paid.update(other.received)
    return tuple(
        InvoiceStanding(
            invoice_id=invoice_id,
            number=invoice.number,
            status=invoice.status,
            left=0 if invoice.status == "void" else max(0, invoice.amount_due - paid[invoice_id]),
            in_parts=bool(invoice.deposit),
        )
        for invoice_id, invoice in invoices.items()
        if invoice
    )


def open_amount(payment: PaymentFacts, invoices: Iterable[InvoiceStanding]) -> int:
    """What of the payment's amount is still to pay on its invoices."""
    return sum(min(_asked(payment, invoice), invoice.left) for invoice in invoices)


def is_asked_for(payment: PaymentFacts, invoices: Sequence[InvoiceStanding]) -> bool:
    """Whether its invoices still take all that it would pay."""
    return all(invoice.left >= _asked(payment, invoice) for invoice in invoices)


Reason = Literal["paid", "void", "changed"]


def reason_to_call_off(invoices: Sequence[InvoiceStanding]) -> Reason:
    """Why a payment is not asked for any more."""
    if invoices and all(invoice.status == "void" for invoice in invoices):
        return "void"
    settled = all(invoice.left == 0 for invoice in invoices)
    return "paid" if invoices and settled else "changed"


def _asked(payment: PaymentFacts, invoice: InvoiceStanding) -> int:
    return payment.shares.get(invoice.invoice_id, 1)
