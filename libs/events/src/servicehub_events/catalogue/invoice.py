"""Invoice: what a customer is asked to pay. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

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
from servicehub_events.catalogue.scalars import Amount, AtMost, Currency, Day, Id, LongText, ShortText

InvoiceStatus = Literal["open", "void", "uncollectible"]


class Invoice(Event, frozen=True, kw_only=True):
    """An invoice's full state; every amount is in minor units of `currency`."""

    invoice_id: Id
    """The invoice: the second part of the record key."""
    number: ShortText
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
    lines: Annotated[tuple[Line, ...], AtMost(500, "a month of a large customer")]
    """What is charged."""
    discounts: Annotated[tuple[Discount, ...], AtMost(100, "a page shows each")] = ()
    """What is taken off."""
    tax_groups: Annotated[tuple[TaxGroup, ...], AtMost(50, "one for each rate and tax")]
    """Net and tax for each rate; together they are the total."""
    tax_rounding: TaxRounding | None = None
    """How tax was rounded; absent: any lawful way."""
    total: Amount
    """What is to be paid in all, tax included, payments not taken off."""
    withholdings: Annotated[tuple[Withholding, ...], AtMost(20, "one for each step of a tariff")] = ()
    """What of the total the payer keeps and pays to the state (源泉徴収)."""
    deposit: Deposit | None = None
    """A part of the total that is due earlier."""
    partial_payment: PartialPayment | None = None
    """Whether it can be paid in parts; absent: no."""
    recorded_payments: Annotated[tuple[RecordedPayment, ...], AtMost(200, "a page shows each")]
    """What the business received outside the portal, and its notes of portal payments."""
    payment_instructions: Annotated[tuple[PaymentInstruction, ...], AtMost(20, "a page shows each")] = ()
    """How to pay other than in the portal."""
    credit_notes: Annotated[tuple[CreditNote, ...], AtMost(50, "a page shows each")] = ()
    """What of it was taken back since, each on a paper of its own."""
    purchase_order: ShortText | None = None
    """The customer's own number for the order (ご発注番号)."""
    recipient: Recipient | None = None
    """Whom it is made out to (宛名); absent: the customer."""
    site: InvoiceSite | None = None
    """The place it is for."""
    issuer: Issuer
    """Who issues it."""
    appointment_ids: Annotated[tuple[Id, ...], AtMost(500, "a page links to each")] = ()
    """The visits it is for."""
    memo: LongText | None = None
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

    def _tax_rules(self) -> TaxRules:
        qualified = self.issuer.registration_number is not None
        return TaxRules(self.prices_include_tax, self.tax_rounding, qualified)


class InvoiceIssued(Invoice, frozen=True, kw_only=True):
    """The invoice was sent to the customer."""

    carries: ClassVar = {"status": ("open",)}


class InvoiceRevised(Invoice, frozen=True, kw_only=True):
    """The invoice changed: lines, dates, or a payment was recorded."""


class InvoiceVoided(Invoice, frozen=True, kw_only=True):
    """The invoice was withdrawn; nothing is owed on it."""

    carries: ClassVar = {"status": ("void",)}


class InvoiceWrittenOff(Invoice, frozen=True, kw_only=True):
    """The business gave up collecting it."""

    carries: ClassVar = {"status": ("uncollectible",)}


class InvoiceErased(Erased, frozen=True, kw_only=True):
    """The invoice was erased together with its customer."""

    invoice_id: Id
    """The invoice that was erased."""
    customer_id: Id
    """Whose invoice it was."""
