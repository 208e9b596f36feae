"""What can be done to customers, and the switch of the whole portal."""

from typing import Annotated

import msgspec
from servicehub_events import (
    Appointment,
    AppointmentErased,
    Contact,
    Customer,
    CustomerErased,
    CustomerKind,
    CustomerRegistered,
    CustomerRevised,
    Event,
    Invoice,
    InvoiceErased,
    as_event,
)
from servicehub_events.catalogue.scalars import Id

from stand_in_servicehub.actions.action import Action, PortalSwitch
from stand_in_servicehub.actions.fields import (
    Ask,
    EmailAddress,
    Language,
    OfCustomer,
    PhoneNumber,
    Switch,
    Text,
)
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import BadInput, Unknown


@Action("register", "Register a customer")
def register(
    desk: Desk,
    display_name: Annotated[Text, Ask("Name", "Of the customer.")],
    email: EmailAddress = None,
    phone: PhoneNumber = None,
    locale: Language = None,
    kind: Annotated[CustomerKind, Ask("Kind", "Whether a person or an organisation.")] = "person",
) -> CustomerRegistered:
    """Take on a customer.

    Nobody can sign in for one with neither email nor phone.
    """
    taken = {contact.contact_id for customer in desk.living(Customer) for contact in customer.contacts}
    free = next(name for number in range(1, len(taken) + 2) if (name := f"p-{number}") not in taken)
    contact = Contact(contact_id=free, name=display_name, email=email, phone=phone, locale=locale)
    return CustomerRegistered(
        business_id=desk.profile.business_id,
        customer_id=desk.next_id(Customer, "c-"),
        display_name=display_name,
        kind=kind,
        locale=locale,
        portal_access=True,
        contacts=(contact,) if email or phone else (),
    )


@Action("access", "Give", undo="Withdraw")
def set_access(desk: Desk, customer: OfCustomer, allowed: Switch) -> CustomerRevised:
    """Give or withdraw access to the portal."""
    return as_event(CustomerRevised, customer, portal_access=allowed)


@Action("contact", "Change")
def revise_contact(
    desk: Desk,
    customer: OfCustomer,
    contact_id: Annotated[Id, Ask("Contact", "Id of the contact, such as p-1.")],
    email: EmailAddress = None,
    phone: PhoneNumber = None,
) -> CustomerRevised:
    """Change how a contact is reached.

    What is left out stays.
    """
    if not email and not phone:
        raise BadInput("Nothing to revise: give email, phone, or both.")
    contacts = {contact.contact_id: contact for contact in customer.contacts}
    if not (contact := contacts.get(contact_id)):
        raise Unknown(f"{customer.customer_id} has no contact {contact_id!r}.")
    contacts[contact_id] = msgspec.structs.replace(
        contact, email=email or contact.email, phone=phone or contact.phone
    )
    return as_event(CustomerRevised, customer, contacts=tuple(contacts.values()))


@Action("erase", "Erase", grave=True, sure="for ever, with visits and invoices")
def erase(desk: Desk, customer: OfCustomer) -> list[Event]:
    """Erase a customer, with visits and invoices.

    First the customer, then theirs: ids only, the last record of each key.
    """
    whose = {"business_id": desk.profile.business_id, "customer_id": customer.customer_id}
    visits = desk.living(Appointment, customer.customer_id)
    invoices = desk.living(Invoice, customer.customer_id)
    return [
        CustomerErased(**whose),
        *(AppointmentErased(**whose, appointment_id=visit.appointment_id) for visit in visits),
        *(InvoiceErased(**whose, invoice_id=invoice.invoice_id) for invoice in invoices),
    ]


@Action("portal", "Switch the portal on", undo="Switch the portal off")
def switch_portal(desk: Desk, enabled: Switch) -> PortalSwitch:
    """Switch the business's portal on or off."""
    return PortalSwitch(enabled)
