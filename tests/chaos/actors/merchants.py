"""Businesses with an account at the Stripe sandbox, and customers of theirs with invoices to pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import httpx
from local_stack.environment import Addresses
from msgspec.structs import replace
from portal_testing.stack.stripe_sandbox import StripeSandbox
from servicehub_events import Contact, Customer, InvoiceRevised, Line, PartialPayment, TaxGroup, as_event
from servicehub_events_tools.testing import samples

from tests.chaos.actors.aggregates import customer, email_of
from tests.chaos.actors.record_stream import Sending, sending
from tests.chaos.judges.ledger import InvoiceKey

SMALLEST_PART = 1000
"""The smallest part of an invoice that is taken."""


class Merchant(NamedTuple):
    """A business, and where its money goes."""

    business_id: str
    slug: str
    account: str
    country: str
    currency: str


@dataclass(frozen=True)
class Debtor:
    """A customer with invoices of a merchant. Money in minor units of the merchant's currency."""

    merchant: Merchant
    customer_id: str
    invoices: Sequence[str]
    total: int
    """Of each invoice."""
    contacts: int = 1

    @property
    def owes(self) -> Mapping[InvoiceKey, int]:
        """What each invoice comes to."""
        return {(self.merchant.business_id, invoice_id): self.total for invoice_id in self.invoices}

    def address(self, contact: int) -> str:
        """Where a contact reads mail."""
        return email_of(self.merchant.business_id, f"{self.customer_id}-{contact}")

    def sendings(self) -> list[Sending]:
        """What ServiceHub publishes of them; no `InvoiceIssued`, of which a mail would tell."""
        described = customer(self.merchant.business_id, self.customer_id, 1)
        assert isinstance(described, Customer)
        contacts = tuple(self._contact(described.contacts[0], number) for number in range(self.contacts))
        invoices = [
            as_event(InvoiceRevised, samples.invoice(), **self._invoice(name)) for name in self.invoices
        ]
        return [sending(event, 1) for event in (replace(described, contacts=contacts), *invoices)]

    def _contact(self, contact: Contact, number: int) -> Contact:
        return replace(contact, contact_id=f"co-{self.customer_id}-{number}", email=self.address(number))

    def _invoice(self, invoice_id: str) -> dict[str, object]:
        line = Line(description="Work", quantity="1", unit_price=self.total, amount=self.total, tax_rate="0")
        return {
            "business_id": self.merchant.business_id,
            "customer_id": self.customer_id,
            "invoice_id": invoice_id,
            "number": invoice_id,
            "currency": self.merchant.currency,
            "lines": (line,),
            "discounts": (),
            "tax_groups": (TaxGroup(rate="0", net=self.total, tax=0),),
            "total": self.total,
            "partial_payment": PartialPayment(allowed=True, minimum=SMALLEST_PART),
            "recorded_payments": (),
        }


async def open_merchant(
    merchant: Merchant,
    addresses: Addresses,
    branding_key: str,
    sandbox: StripeSandbox,
    http: httpx.AsyncClient,
) -> None:
    """Open the account at the sandbox, then the portal."""
    await sandbox.account(merchant.account, merchant.country, merchant.currency.lower())
    headers = {"Authorization": f"Bearer {branding_key}"}
    url = f"{addresses.url_of('branding')}/branding/businesses/{merchant.business_id}"
    for answer in (
        await http.put(url, json=_settings(merchant), headers=headers),
        await http.post(f"{url}/enable", headers=headers),
    ):
        assert answer.status_code == 200, answer.text


def _settings(merchant: Merchant) -> dict[str, object]:
    return {
        "slug": merchant.slug,
        "name": merchant.slug.title(),
        "primary_colour": "#0B6E4F",
        "locales": ["en", "ja"],
        "default_locale": "en",
        "time_zone": "Asia/Tokyo",
        "currency": merchant.currency,
        "country": merchant.country,
        "support": {"email": f"info@{merchant.slug}.example"},
        "stripe_account": merchant.account,
    }
