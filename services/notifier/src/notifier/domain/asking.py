"""How an invoice stands with its payments, what of it is asked for, and whether a reminder is true. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from servicehub_events import Method

from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import AppointmentFacts, Facts, InvoiceFacts
from notifier.domain.payment_facts import PaymentFacts
from notifier.domain.reminders import PlannedReminder, stands


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceBalance:
    """How an invoice stands with the payments of it, in minor units.

    `left` is to pay, `deposit` what of it is due first. `kept` is money for it that the business has,
    `going_back` what is on its way back. While a payment is `on_its_way`, or being checked, nothing can be
    paid; while one is `disputed`, what is left can, and nobody is asked. `paid_on` is the day on which
    autopay pays it, by `paid_by`.
    """

    left: int
    deposit: int = 0
    kept: int = 0
    going_back: int = 0
    on_its_way: bool = False
    disputed: bool = False
    paid_on: date | None = None
    paid_by: Method | None = None

    @property
    def asked_for(self) -> int:
        """What the customer is asked for of what is left: nothing while a payment is on its way, being
        checked or disputed, or autopay pays it.
        """
        return 0 if self.on_its_way or self.disputed or self.paid_on else self.left

    def asked(self, facts: InvoiceFacts, today: date) -> int:
        """What is to be paid now: a deposit while it is missing, else all that is asked for; `today` where
        the business is.
        """
        return self.deposit if self.asked_for and self.deposit and today <= facts.due_on else self.asked_for


def balance_of(
    invoice_id: str, facts: InvoiceFacts, payments: Collection[PaymentFacts], autopay: AutopayFacts | None
) -> InvoiceBalance:
    """How it stands with its payments, of any status; `payments` are all of the customer for it, and those
    for others are ignored. A refund or a lost dispute makes nothing owed again.
    """
    payments = [payment for payment in payments if invoice_id in payment.invoice_ids]
    captured = [payment for payment in payments if payment.status == "captured"]
    mine = [payment for payment in captured if payment.checked and payment.currency == facts.currency]
    paid = sum(_paid(payment, invoice_id, facts.amount_due) for payment in mine)
    left = max(0, facts.amount_due - paid) if facts.status == "open" else 0
    going_back = sum(payment.refunding.get(invoice_id, 0) for payment in mine)
    undisputed = sum(payment.shares.get(invoice_id, 0) for payment in mine if not _asked_back(payment))
    charge = autopay.charge(invoice_id) if autopay and autopay.status == "on" else None
    planned = charge if charge and not charge.ended and left else None
    return InvoiceBalance(
        left=left,
        deposit=min(left, max(0, (facts.deposit or 0) - paid)),
        kept=max(0, facts.kept + undisputed - going_back),
        going_back=going_back,
        on_its_way=any(payment.status == "processing" or not payment.checked for payment in payments),
        disputed=any(dispute.status == "open" for payment in payments for dispute in payment.disputes),
        paid_on=planned.charge_on if planned else None,
        paid_by=autopay.card if autopay and planned else None,
    )


def _paid(payment: PaymentFacts, invoice_id: str, owed: int) -> int:
    """Before anything went back. Facts from before that was kept: all that is owed, if anything went back."""
    if payment.allocated:
        return payment.allocated.get(invoice_id, 0)
    return owed if payment.refunds or not payment.shares else payment.shares.get(invoice_id, 0)


def _asked_back(payment: PaymentFacts) -> bool:
    return any(dispute.status != "won" for dispute in payment.disputes)


def still_asks(reminder: PlannedReminder, facts: Facts | None, asked: Mapping[str, int]) -> bool:
    """Whether the visit is to come at the time that this was planned for, or the invoice to pay by then."""
    match facts:
        case AppointmentFacts():
            return stands(facts) and facts.start == datetime.fromisoformat(reminder.occasion)
        case InvoiceFacts():
            return asked.get(reminder.subject_id, 0) > 0 and facts.due_on == reminder.day
        case _:
            return False
