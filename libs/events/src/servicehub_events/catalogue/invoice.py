"""Invoice: what a customer is asked to pay. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event
from servicehub_events.catalogue.invoice_arithmetic import arithmetic_violations
from servicehub_events.catalogue.invoice_parts import (
    Deposit,
    Discount,
    InvoiceSite,
    Issuer,
    Line,
    PartialPayment,
    Recipient,
    RecordedPayment,
    TaxGroup,
)
from servicehub_events.catalogue.scalars import Amount, Currency, Day, Id

InvoiceStatus = Literal["open", "void", "uncollectible"]


class Invoice(Event, frozen=True, kw_only=True):
    """An invoice's full state; every amount is in minor units of `currency`."""

    invoice_id: Id
    number: str
    customer_id: Id
    status: InvoiceStatus
    issued_on: Day
    due_on: Day
    currency: Currency
    prices_include_tax: bool
    lines: tuple[Line, ...]
    discounts: tuple[Discount, ...] = ()
    tax_groups: tuple[TaxGroup, ...]
    total: Amount
    deposit: Deposit | None = None
    partial_payment: PartialPayment | None = None
    recorded_payments: tuple[RecordedPayment, ...]
    recipient: Recipient | None = None
    site: InvoiceSite | None = None
    issuer: Issuer
    appointment_ids: tuple[Id, ...] = ()
    memo: str | None = None

    def _violations(self) -> Iterator[str]:
        yield from rules.currency("currency", self.currency)
        yield from arithmetic_violations(
            self.lines, self.discounts, self.tax_groups, self.total, self.prices_include_tax
        )
        if self.deposit and self.deposit.amount > self.total:
            yield f"deposit.amount {self.deposit.amount} is more than total {self.total}"
        yield from rules.unique("recorded_payments[].id", (payment.id for payment in self.recorded_payments))

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
    customer_id: Id
