"""Businesses for the tests of money: each with a portal, an account at the sandbox, and bills to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import httpx
from local_stack.environment import Addresses
from msgspec.structs import replace
from portal_testing.stack.stripe_sandbox import StripeSandbox
from servicehub_events import Contact, Customer, InvoiceRevised, Line, PartialPayment, TaxGroup, as_event
from servicehub_events_tools.testing import samples

from .aggregates import address_of, customer
from .processes import environment_of
from .records import Sending, wire

Bill = tuple[str, str]
"""Business id and invoice id."""
LEAST = 1000
"""The smallest part of a bill that is taken."""


class Shop(NamedTuple):
    """A business, and where its money goes."""

    business_id: str
    slug: str
    account: str
    country: str
    currency: str


@dataclass(frozen=True)
class Debtor:
    """A customer with bills at a shop. Money in minor units of the shop's currency."""

    shop: Shop
    customer_id: str
    bills: Sequence[str]
    total: int
    """Of each bill."""
    contacts: int = 1

    @property
    def owes(self) -> dict[Bill, int]:
        """What each bill comes to."""
        return {(self.shop.business_id, bill): self.total for bill in self.bills}

    def address(self, contact: int) -> str:
        """Where a contact reads mail."""
        return address_of(self.shop.business_id, f"{self.customer_id}-{contact}")

    def told(self) -> list[Sending]:
        """What ServiceHub tells about them, without the news of a bill, which would be mailed."""
        told = customer(self.shop.business_id, self.customer_id, 1)
        assert isinstance(told, Customer)
        who = replace(told, contacts=tuple(self._contact(told, n) for n in range(self.contacts)))
        bills = [as_event(InvoiceRevised, samples.invoice(), **self._bill(bill)) for bill in self.bills]
        return [Sending("event", wire(event, 1)) for event in (who, *bills)]

    def _contact(self, told: Customer, number: int) -> Contact:
        contact_id = f"co-{self.customer_id}-{number}"
        return replace(told.contacts[0], contact_id=contact_id, email=self.address(number))

    def _bill(self, invoice_id: str) -> dict[str, object]:
        return {
            "business_id": self.shop.business_id,
            "customer_id": self.customer_id,
            "invoice_id": invoice_id,
            "number": invoice_id,
            "currency": self.shop.currency,
            "lines": (
                Line(
                    description="Work", quantity="1", unit_price=self.total, amount=self.total, tax_rate="0"
                ),
            ),
            "discounts": (),
            "tax_groups": (TaxGroup(rate="0", net=self.total, tax=0),),
            "total": self.total,
            "partial_payment": PartialPayment(allowed=True, minimum=LEAST),
            "recorded_payments": (),
        }


async def open_shop(
    shop: Shop, addresses: Addresses, sandbox: StripeSandbox, http: httpx.AsyncClient
) -> None:
    """Open the account at the sandbox, then the portal."""
    await sandbox.account(shop.account, shop.country, shop.currency.lower())
    key = environment_of(addresses, "branding")["BRANDING_API_KEY"]
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{addresses.url_of('branding')}/branding/businesses/{shop.business_id}"
    for answer in (
        await http.put(url, json=_settings(shop), headers=headers),
        await http.post(f"{url}/enable", headers=headers),
    ):
        assert answer.status_code == 200, answer.text


def _settings(shop: Shop) -> dict[str, object]:
    return {
        "slug": shop.slug,
        "name": shop.slug.title(),
        "primary_colour": "#0B6E4F",
        "locales": ["en", "ja"],
        "default_locale": "en",
        "time_zone": "Asia/Tokyo",
        "currency": shop.currency,
        "country": shop.country,
        "support": {"email": f"info@{shop.slug}.example"},
        "stripe_account": shop.account,
    }
