"""The parts that an invoice is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.scalars import (
    Amount,
    Day,
    Id,
    LongText,
    Quantity,
    Rate,
    ShortText,
    SignedAmount,
)

RecordedMethod = Literal["cash", "cheque", "transfer", "other"]
RegistrationNumber = Annotated[str, Meta(pattern=r"^T[0-9]{13}(?![\s\S])", description="T and 13 digits.")]


class Line(Value, frozen=True, kw_only=True):
    """One line; `amount` is with or without tax as the invoice's `prices_include_tax` says."""

    description: LongText
    """What it is for."""
    quantity: Quantity
    """How many; the line's amount need not be quantity times price, to allow for rounding."""
    unit_price: SignedAmount
    """The price of one."""
    amount: SignedAmount
    """What the line comes to, before discounts."""
    tax_rate: Rate
    """The rate it is taxed at."""
    reduced_rate: bool = False
    """Whether that rate is a reduced one (軽減税率), which the invoice then marks."""


class Discount(Value, frozen=True, kw_only=True):
    """An amount taken off the lines of one tax rate."""

    description: ShortText
    """Why."""
    amount: Amount
    """How much is taken off."""
    tax_rate: Rate
    """The lines it is taken off: those of this rate."""


class TaxGroup(Value, frozen=True, kw_only=True):
    """Everything taxed at one rate: net, and the tax on it, rounded once."""

    rate: Rate
    """The rate."""
    net: SignedAmount
    """Everything at this rate, without the tax."""
    tax: SignedAmount
    """The tax on it, rounded once."""


class Deposit(Value, frozen=True, kw_only=True):
    """A first part of the total that is due earlier."""

    amount: Amount
    """The part of the total that is due earlier."""
    due_on: Day
    """By when."""


class PartialPayment(Value, frozen=True, kw_only=True):
    """Whether the payer may choose an amount, and the least of it."""

    allowed: bool
    """Whether the payer may choose how much to pay."""
    minimum: Amount | None = None
    """The least they may pay at once."""


class RecordedPayment(Value, frozen=True, kw_only=True):
    """A payment the business wrote down; with `portal_payment_id` it echoes one made in the portal."""

    id: Id
    """The payment, in the books of the business."""
    method: RecordedMethod
    """How it was paid."""
    amount: Amount
    """What was received."""
    received_on: Day
    """When it was received."""
    portal_payment_id: Id | None = None
    """The portal's payment that it echoes; such a one is not counted again."""


class Recipient(Value, frozen=True, kw_only=True):
    """Whom the invoice is made out to (宛名), where it is not the customer's own name."""

    name: ShortText
    """Name on the invoice."""
    address: LongText | None = None
    """Address on the invoice."""


class InvoiceSite(Value, frozen=True, kw_only=True):
    """The place the invoice is for."""

    label: ShortText
    """What people call the place."""


class Issuer(Value, frozen=True, kw_only=True):
    """Who issues it; a registration number makes it a qualified invoice (適格請求書)."""

    legal_name: ShortText
    """Who issues it, as registered."""
    registration_number: RegistrationNumber | None = None
    """Number of a qualified invoice issuer (登録番号)."""
    address: LongText | None = None
    """Address of the issuer."""
