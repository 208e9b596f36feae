"""The parts that an invoice is made of."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.invoice_taxes import NamedTaxes, TaxCategory, TaxGroup
from servicehub_events.catalogue.scalars import (
    Amount,
    AtMost,
    Charge,
    Day,
    Id,
    LongText,
    Quantity,
    Rate,
    ShortText,
    SignedAmount,
)

RevisionNumber = Annotated[
    int, Meta(ge=2, le=9999, description="2 to 9,999: the invoice as issued was the first.")
]


class Line(Value, frozen=True, kw_only=True):
    """One line; `amount` is with or without tax as the invoice's `prices_include_tax` says."""

    description: LongText
    """What it is for."""
    quantity: Quantity
    """How many; the line's amount need not be quantity times price, to allow for rounding."""
    unit: ShortText | None = None
    """What is counted, as it stands behind the quantity: `hours`, `m²`, `式`."""
    unit_price: SignedAmount
    """The price of one."""
    amount: SignedAmount
    """What the line comes to, before discounts."""
    tax_rate: Rate
    """The rate it is taxed at; with several taxes, their rates together."""
    reduced_rate: bool = False
    """Whether that rate is a reduced one (軽減税率), which the invoice then marks."""
    tax_category: TaxCategory | None = None
    """Which tax group of this rate it is in, where there are several."""
    taxes: NamedTaxes = ()
    """The taxes on it, where two tax groups of one rate and category consist of different ones."""
    tax: SignedAmount | None = None
    """The tax on it, if the invoice's tax is the sum of taxes rounded line by line."""
    service_on: Day | None = None
    """The day it was supplied (取引年月日), where it is not that of the invoice."""
    service_until: Day | None = None
    """The last day, if it was supplied over several."""


class Discount(Value, frozen=True, kw_only=True):
    """An amount taken off the lines of one tax rate."""

    description: ShortText
    """Why."""
    amount: Amount
    """How much is taken off."""
    tax_rate: Rate
    """The lines it is taken off: those of this rate."""
    tax_category: TaxCategory | None = None
    """The tax group of this rate whose lines they are, where there are several."""
    taxes: NamedTaxes = ()
    """The taxes on those lines, where two tax groups of one rate and category consist of different ones."""
    tax: SignedAmount | None = None
    """The tax it takes off, if the invoice's tax is the sum of taxes rounded line by line."""


class InvoiceReference(Value, frozen=True, kw_only=True):
    """Another invoice of the customer."""

    invoice_id: Id
    """Which."""
    number: ShortText
    """The number printed on it."""


class Revision(Value, frozen=True, kw_only=True):
    """That the invoice was corrected: it keeps its number, and counts its revisions.

    Recording a payment or moving the due date is none.
    """

    number: RevisionNumber
    """Which revision it is."""
    on: Day
    """When it was revised."""
    reason: LongText | None = None
    """What changed."""


class Voiding(Value, frozen=True, kw_only=True):
    """When and why the invoice was withdrawn."""

    on: Day
    """Since when it is void."""
    reason: LongText | None = None
    """Why."""
    replaced_by: InvoiceReference | None = None
    """The invoice that was issued in its place."""


class CreditNote(Value, frozen=True, kw_only=True):
    """A paper that lowers what was charged (適格返還請求書); the invoice's total stays.

    Its amounts are positive. It says nothing of money that went back: that is a refund.
    """

    id: Id
    """The credit note, in the books of the business."""
    number: ShortText
    """The number printed on it."""
    issued_on: Day
    """The date on it."""
    reason: LongText | None = None
    """Why."""
    lines: Annotated[tuple[Line, ...], AtMost(500, "as on an invoice")]
    """What is taken back, and when that was supplied."""
    tax_groups: Annotated[tuple[TaxGroup, ...], AtMost(50, "one for each rate and tax")]
    """Net and tax for each rate, as on an invoice."""
    total: Charge
    """How much less is to be paid, tax included."""
