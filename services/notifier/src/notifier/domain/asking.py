"""What of an invoice its customer is asked for, and whether a reminder is true, as all is now. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import AppointmentFacts, Facts, InvoiceFacts
from notifier.domain.payment_facts import PaymentFacts
from notifier.domain.reminders import PlannedReminder, stands


def asked_for(
    invoice_id: str, invoice: InvoiceFacts, payments: Iterable[PaymentFacts], autopay: AutopayFacts | None
) -> int:
    """What is still to pay, in minor units; 0 where nobody is asked.

    `payments` are all of the customer for it. Nobody is asked while one is on its way, being checked or
    disputed, or while autopay is about to pay. A refund or a lost dispute makes nothing owed again.
    """
    if invoice.status != "open" or _is_covered(autopay, invoice_id):
        return 0
    received = 0
    for payment in payments:
        if invoice_id not in payment.invoice_ids:
            continue
        if payment.status == "processing" or not payment.checked or _is_disputed(payment):
            return 0
        if payment.status == "captured" and payment.currency == invoice.currency:
            received += _paid(payment, invoice_id, invoice.amount_due)
    return max(0, invoice.amount_due - received)


def still_asks(reminder: PlannedReminder, facts: Facts | None, asked: Mapping[str, int]) -> bool:
    """Whether the visit is to come at the time that this was planned for, or the invoice to pay by then."""
    match facts:
        case AppointmentFacts():
            return stands(facts) and facts.start == datetime.fromisoformat(reminder.occasion)
        case InvoiceFacts():
            return asked.get(reminder.subject_id, 0) > 0 and facts.due_on == reminder.day
        case _:
            return False


def _paid(payment: PaymentFacts, invoice_id: str, owed: int) -> int:
    """Before anything went back. Facts from before that was kept: all that is owed, if anything went back."""
    if payment.allocated:
        return payment.allocated.get(invoice_id, 0)
    return owed if payment.refunds or not payment.shares else payment.shares.get(invoice_id, 0)


def _is_disputed(payment: PaymentFacts) -> bool:
    return payment.dispute is not None and payment.dispute.status == "open"


def _is_covered(autopay: AutopayFacts | None, invoice_id: str) -> bool:
    """Whether autopay pays it: its own notice tells of that."""
    charge = autopay.charge(invoice_id) if autopay and autopay.status == "on" else None
    return charge is not None and not charge.ended
