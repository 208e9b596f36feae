"""Customer: whom a business serves, and the contacts who may act for it. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event, Value
from servicehub_events.catalogue.request import RequestAnswer
from servicehub_events.catalogue.scalars import AtMost, Email, Id, Locale, LongText, Phone, ShortText

CustomerKind = Literal["person", "organisation"]
Role = Literal["visits", "invoices", "pay"]


def has_role(roles: Collection[Role] | None, role: Role) -> bool:
    """Whether a contact's roles allow what `role` stands for; None (they are left out) allows everything.

    Who may pay must see what is to pay, so `pay` includes `invoices`.
    """
    return roles is None or role in roles or (role == "invoices" and "pay" in roles)


class Contact(Value, frozen=True, kw_only=True):
    """A person who may sign in for the customer; `roles` left out means all of them."""

    contact_id: Id
    """The contact."""
    name: ShortText
    """What the contact is called."""
    email: Email | None = None
    """Where mail reaches the contact, and one way to sign in."""
    phone: Phone | None = None
    """Where texts reach the contact, and one way to sign in."""
    locale: Locale | None = None
    """Language of messages to the contact; absent: that of the customer."""
    roles: Annotated[tuple[Role, ...], AtMost(10, "there are three")] | None = None
    """What the contact may see and do; absent: everything. `pay` includes `invoices`."""

    def may(self, role: Role) -> bool:
        """Whether this contact may see or do what the role stands for."""
        return has_role(self.roles, role)


class CustomerSite(Value, frozen=True, kw_only=True):
    """A place the customer is served at, such as "Unit 4B"."""

    site_id: Id
    """The place."""
    label: ShortText
    """What people call it."""
    address: LongText
    """Where it is, on as many lines as it takes."""


class Customer(Event, frozen=True, kw_only=True):
    """A customer's full state. One that nobody can reach is valid: nobody can sign in for it."""

    customer_id: Id
    """The customer: the second part of the record key."""
    display_name: ShortText
    """The name that the portal greets and invoices name."""
    kind: CustomerKind
    """A natural person, or an organisation."""
    reading: ShortText | None = None
    """How the name is read (フリガナ)."""
    honorific: ShortText | None = None
    """What follows the name when the customer is addressed: `様`."""
    locale: Locale | None = None
    """Language of the customer; absent: the default of the business."""
    portal_access: bool
    """Whether anybody may sign in for the customer; false ends every session."""
    contacts: Annotated[tuple[Contact, ...], AtMost(200, "an organisation with its people")]
    """Everyone who may act for the customer; nobody else can sign in."""
    sites: Annotated[tuple[CustomerSite, ...], AtMost(1000, "a property manager has hundreds")] = ()
    """Places that the customer is served at."""
    answers: Annotated[tuple[RequestAnswer, ...], AtMost(20, "of the newest requests")] = ()
    """What was answered to requests of the customer that are about no visit."""

    def _violations(self) -> Iterator[str]:
        yield from rules.unique("contacts[].contact_id", (contact.contact_id for contact in self.contacts))
        yield from rules.unique("sites[].site_id", (site.site_id for site in self.sites))
        yield from rules.unique("answers[].request_id", (answer.request_id for answer in self.answers))


class CustomerRegistered(Customer, frozen=True, kw_only=True):
    """A customer was taken on."""


class CustomerRevised(Customer, frozen=True, kw_only=True):
    """Something about the customer changed: name, contacts, sites or portal access."""


class CustomerErased(Erased, frozen=True, kw_only=True):
    """The customer was erased; delete what is known and ignore later rows of this customer."""

    customer_id: Id
    """The customer that was erased."""
