"""The parts that an invoice is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.scalars import Amount, Day, Id, Quantity, Rate, SignedAmount

RecordedMethod = Literal["cash", "cheque", "transfer", "other"]
RegistrationNumber = Annotated[str, Meta(pattern=r"^T[0-9]{13}(?![\s\S])", description="T and 13 digits.")]


class Line(Value, frozen=True, kw_only=True):
    """One line; `amount` is with or without tax as the invoice's `prices_include_tax` says."""

    description: str
    quantity: Quantity
    unit_price: SignedAmount
    amount: SignedAmount
    tax_rate: Rate
    reduced_rate: bool = False


class Discount(Value, frozen=True, kw_only=True):
    """An amount taken off the lines of one tax rate."""

    description: str
    amount: Amount
    tax_rate: Rate


class TaxGroup(Value, frozen=True, kw_only=True):
    """Everything taxed at one rate: net, and the tax on it, rounded once."""

    rate: Rate
    net: SignedAmount
    tax: SignedAmount


class Deposit(Value, frozen=True, kw_only=True):
    """A first part of the total that is due earlier."""

    amount: Amount
    due_on: Day


class PartialPayment(Value, frozen=True, kw_only=True):
    """Whether the payer may choose an amount, and the least of it."""

    allowed: bool
    minimum: Amount | None = None


class RecordedPayment(Value, frozen=True, kw_only=True):
    """A payment the business wrote down; with `portal_payment_id` it echoes one made in the portal."""

    id: Id
    method: RecordedMethod
    amount: Amount
    received_on: Day
    portal_payment_id: Id | None = None


class Recipient(Value, frozen=True, kw_only=True):
    """Whom the invoice is made out to (宛名), where it is not the customer's own name."""

    name: str
    address: str | None = None


class InvoiceSite(Value, frozen=True, kw_only=True):
    """The place the invoice is for."""

    label: str


class Issuer(Value, frozen=True, kw_only=True):
    """Who issues it; a registration number makes it a qualified invoice (適格請求書)."""

    legal_name: str
    registration_number: RegistrationNumber | None = None
    address: str | None = None
