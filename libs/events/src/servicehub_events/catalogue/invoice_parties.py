"""Who issues an invoice, whom it is made out to, and what place it is for."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.scalars import AtMost, Id, LongText, ShortText

RegistrationNumber = Annotated[str, Meta(pattern=r"^T[0-9]{13}(?![\s\S])", description="T and 13 digits.")]


class TaxId(Value, frozen=True, kw_only=True):
    """A number that a tax authority gave: VAT, ABN, GST."""

    name: ShortText
    """What it is called on the invoice: `VAT number`, `ABN`, `GST/HST`."""
    value: ShortText
    """The number, as it is written there: `GB 123 4567 89`."""


class Recipient(Value, frozen=True, kw_only=True):
    """Whom the invoice is made out to (宛名), where it is not the customer's own name."""

    name: ShortText
    """Name on the invoice."""
    address: LongText | None = None
    """Address on the invoice."""
    department: ShortText | None = None
    """Department or person in charge (部署・担当者), below the name."""
    honorific: ShortText | None = None
    """What follows the name in Japanese (御中, 様); absent: as for the customer."""
    tax_ids: Annotated[tuple[TaxId, ...], AtMost(10, "a page shows each")] = ()
    """Numbers of the recipient, which a reverse charge needs."""


class InvoiceSite(Value, frozen=True, kw_only=True):
    """The place the invoice is for."""

    label: ShortText
    """What people call the place."""
    site_id: Id | None = None
    """The site of the customer."""


class Issuer(Value, frozen=True, kw_only=True):
    """Who issues it; a registration number makes it a qualified invoice (適格請求書)."""

    legal_name: ShortText
    """Who issues it, as registered."""
    registration_number: RegistrationNumber | None = None
    """Number of a qualified invoice issuer (登録番号)."""
    address: LongText | None = None
    """Address of the issuer."""
    tax_ids: Annotated[tuple[TaxId, ...], AtMost(10, "a page shows each")] = ()
    """Other numbers of the issuer; a VAT invoice needs the VAT number."""
    company_number: ShortText | None = None
    """Number in the register of companies."""
    registered_office: LongText | None = None
    """Registered office, where it is not the address."""
    trading_name: ShortText | None = None
    """The name it trades under (屋号), where it is another one."""
    phone: ShortText | None = None
    """Telephone number, as it is written on the invoice."""
