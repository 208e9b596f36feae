"""Customer: whom a business serves, and the contacts who may act for it. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event, Value
from servicehub_events.catalogue.scalars import Email, Id, Locale, Phone

CustomerKind = Literal["person", "organisation"]
Role = Literal["visits", "invoices", "pay"]


class Contact(Value, frozen=True, kw_only=True):
    """A person who may sign in for the customer; `roles` left out means all of them."""

    contact_id: Id
    name: str
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None
    roles: tuple[Role, ...] | None = None

    def may(self, role: Role) -> bool:
        """Whether this contact has the role."""
        return self.roles is None or role in self.roles


class CustomerSite(Value, frozen=True, kw_only=True):
    """A place the customer is served at, such as "Unit 4B"."""

    site_id: Id
    label: str
    address: str


class Customer(Event, frozen=True, kw_only=True):
    """A customer's full state. One that nobody can reach is valid: nobody can sign in for it."""

    customer_id: Id
    display_name: str
    kind: CustomerKind
    reading: str | None = None
    honorific: str | None = None
    locale: Locale | None = None
    portal_access: bool
    contacts: tuple[Contact, ...]
    sites: tuple[CustomerSite, ...] = ()

    def _violations(self) -> Iterator[str]:
        yield from rules.unique("contacts[].contact_id", (contact.contact_id for contact in self.contacts))
        yield from rules.unique("sites[].site_id", (site.site_id for site in self.sites))

    def violations(self) -> tuple[str, ...]:
        return tuple(self._violations())


class CustomerRegistered(Customer, frozen=True, kw_only=True):
    """A customer was taken on."""


class CustomerRevised(Customer, frozen=True, kw_only=True):
    """Something about the customer changed: name, contacts, sites or portal access."""


class CustomerErased(Erased, frozen=True, kw_only=True):
    """The customer was erased; delete what is known and ignore later rows of this customer."""

    customer_id: Id
