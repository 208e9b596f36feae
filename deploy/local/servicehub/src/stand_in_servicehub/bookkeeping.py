"""How ServiceHub books what customers pay in the portal: an entry on the invoice that names the payment.

Such an entry is an echo: whoever adds up the money of an invoice counts the payment itself, not the entry.
"""

from datetime import date

from servicehub_events import Invoice, InvoiceRevised, Payment, RecordedPayment, as_event


def is_received(payment: Payment) -> bool:
    """Whether the money is there and nobody has to look at it first."""
    return payment.status == "captured" and payment.review is None


def book(invoice: Invoice, payment: Payment, received_on: date) -> InvoiceRevised | None:
    """The invoice with its part of the payment written down; None when there is nothing (more) to write.

    Decided from the invoice alone, so it is done once however often the payment arrives. Money for a void
    invoice is written down too: it came. `received_on` is a day at the business.
    """
    part = next((part for part in payment.allocations if part.invoice_id == invoice.invoice_id), None)
    if part is None or not is_received(payment) or not _belongs(invoice, payment):
        return None
    if any(entry.portal_payment_id == payment.payment_id for entry in invoice.recorded_payments):
        return None
    entry = RecordedPayment(
        id=next_entry_id(invoice),
        method="other",
        amount=part.amount,
        received_on=received_on,
        portal_payment_id=payment.payment_id,
    )
    return as_event(InvoiceRevised, invoice, recorded_payments=(*invoice.recorded_payments, entry))


def next_entry_id(invoice: Invoice) -> str:
    """An id for one more recorded payment: `r-3`."""
    taken = {entry.id for entry in invoice.recorded_payments}
    return next(name for number in range(1, len(taken) + 2) if (name := f"r-{number}") not in taken)


def _belongs(invoice: Invoice, payment: Payment) -> bool:
    whose, currency = invoice.customer_id, invoice.currency
    return payment.customer_id == whose and payment.currency == currency
