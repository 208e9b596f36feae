"""Invoice: what a customer is asked to pay. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event
from servicehub_events.catalogue.invoice_arithmetic import arithmetic_violations
from servicehub_events.catalogue.invoice_parties import InvoiceSite, Issuer, Recipient
from servicehub_events.catalogue.invoice_parts import CreditNote, Discount, Line, Revision, Voiding
from servicehub_events.catalogue.invoice_payments import (
    Deposit,
    PartialPayment,
    PaymentInstruction,
    RecordedPayment,
    Withholding,
)
from servicehub_events.catalogue.invoice_rules import (
    credit_note_violations,
    recorded_violations,
    service_violations,
    withholding_violations,
)
from servicehub_events.catalogue.invoice_tax_checks import TaxRules
from servicehub_events.catalogue.invoice_taxes import TaxGroup, TaxRounding
from servicehub_events.catalogue.scalars import Amount, Currency, Day, Id

InvoiceStatus = Literal["open", "void", "uncollectible"]


class Invoice(Event, frozen=True, kw_only=True):
    """An invoice's full state; every amount is in minor units of `currency`."""

    invoice_id: Id
    """The invoice: the second part of the record key."""
    number: str
    """The number printed on it."""
    customer_id: Id
    """Who owes it."""
    status: InvoiceStatus
    """Open, or no longer collected; what is paid follows from payments, not from this."""
    issued_on: Day
    """The date on it."""
    due_on: Day
    """By when it is to be paid."""
    service_on: Day | None = None
    """The day of supply (取引年月日); lines may state their own."""
    service_until: Day | None = None
    """The last day of supply, if it went over several."""
    tax_point: Day | None = None
    """The day on which the tax arises, where it is neither of these days (UK and EU)."""
    currency: Currency
    """The currency of every amount in it."""
    prices_include_tax: bool
    """Whether the amounts of lines and discounts include the tax."""
    lines: tuple[Line, ...]
    """What is charged."""
    discounts: tuple[Discount, ...] = ()
    """What is taken off."""
    tax_groups: tuple[TaxGroup, ...]
    """Net and tax for each rate; together they are the total."""
    tax_rounding: TaxRounding | None = None
    """How tax was rounded; absent: any lawful way."""
    total: Amount
    """What is to be paid in all, tax included, payments not taken off."""
    withholdings: tuple[Withholding, ...] = ()
    """What of the total the payer keeps and pays to the state (源泉徴収)."""
    deposit: Deposit | None = None
    """A part of the total that is due earlier."""
    partial_payment: PartialPayment | None = None
    """Whether it can be paid in parts; absent: no."""
    recorded_payments: tuple[RecordedPayment, ...]
    """What the business received outside the portal, and its notes of portal payments."""
    payment_instructions: tuple[PaymentInstruction, ...] = ()
    """How to pay other than in the portal."""
    credit_notes: tuple[CreditNote, ...] = ()
    """What of it was taken back since, each on a paper of its own."""
    purchase_order: str | None = None
    """The customer's own number for the order (ご発注番号)."""
    recipient: Recipient | None = None
    """Whom it is made out to (宛名); absent: the customer."""
    site: InvoiceSite | None = None
    """The place it is for."""
    issuer: Issuer
    """Who issues it."""
    appointment_ids: tuple[Id, ...] = ()
    """The visits it is for."""
    memo: str | None = None
    """A remark to the customer."""
    revision: Revision | None = None
    """The last correction of what is printed on it; absent: it is as it was issued."""
    voiding: Voiding | None = None
    """When, why and in favor of which invoice it was withdrawn."""

    def _violations(self) -> Iterator[str]:
        yield from rules.currency("currency", self.currency)
        yield from arithmetic_violations(
            self.lines, self.discounts, self.tax_groups, self.total, self._tax_rules()
        )
        if self.deposit and self.deposit.amount > self.total:
            yield f"deposit.amount {self.deposit.amount} is more than total {self.total}"
        yield from rules.unique("recorded_payments[].id", (payment.id for payment in self.recorded_payments))
        yield from recorded_violations(self.recorded_payments)
        yield from withholding_violations(self.withholdings, self.total)
        yield from credit_note_violations(self.credit_notes, self.total, self._tax_rules())
        yield from service_violations(self.service_on, self.service_until, self.lines)
        if self.voiding and self.status != "void":
            yield f"voiding is given, but status is {self.status}"
        if self.revision and self.revision.number < 2:
            yield f"revision.number is {self.revision.number}, but the first revision is number 2"

    def _tax_rules(self) -> TaxRules:
        qualified = self.issuer.registration_number is not None
        return TaxRules(self.prices_include_tax, self.tax_rounding, qualified)

    def violations(self) -> tuple[str, ...]:
        return tuple(self._violations())


class InvoiceIssued(Invoice, frozen=True, kw_only=True):
    """The invoice was sent to the customer."""


class InvoiceRevised(Invoice, frozen=True, kw_only=True):
    """The invoice changed: lines, dates, or a payment was recorded."""


class InvoiceVoided(Invoice, frozen=True, kw_only=True):
    """The invoice was withdrawn; nothing is owed on it."""


class InvoiceWrittenOff(Invoice, frozen=True, kw_only=True):
    """The business gave up collecting it."""


class InvoiceErased(Erased, frozen=True, kw_only=True):
    """The invoice was erased together with its customer."""

    invoice_id: Id
    """The invoice that was erased."""
    customer_id: Id
    """Whose invoice it was."""
