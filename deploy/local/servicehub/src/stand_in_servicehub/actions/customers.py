"""What happens to customers, and the switch of the whole portal."""

from servicehub_events import (
    Appointment,
    AppointmentErased,
    Contact,
    Customer,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    Invoice,
    InvoiceErased,
    as_event,
)

from stand_in_servicehub.actions.commands import (
    CustomerCommand,
    Register,
    ReviseContact,
    SetAccess,
    SwitchPortal,
)
from stand_in_servicehub.core import Core, Outcome
from stand_in_servicehub.errors import BadInput, Unknown
from stand_in_servicehub.profile import Profile


async def register(core: Core, profile: Profile, command: Register) -> Outcome:
    """Take on a customer with portal access."""
    contact = Contact(
        contact_id=_next_contact_id(core, profile),
        name=command.display_name,
        email=command.email,
        phone=command.phone,
        locale=command.locale,
    )
    customer = CustomerRegistered(
        business_id=profile.business_id,
        customer_id=core.next_id(profile.business_id, "customer", "c-"),
        display_name=command.display_name,
        kind=command.kind,
        locale=command.locale,
        portal_access=True,
        contacts=(contact,) if command.email or command.phone else (),
    )
    return await core.publish(customer)


async def set_access(core: Core, profile: Profile, command: SetAccess) -> Outcome:
    """Give or withdraw access; withdrawing ends the customer's sessions."""
    customer = core.customer(profile.business_id, command.customer_id)
    return await core.publish(as_event(CustomerRevised, customer, portal_access=command.allowed))


async def revise_contact(core: Core, profile: Profile, command: ReviseContact) -> Outcome:
    """Change how a contact is reached."""
    if not command.email and not command.phone:
        raise BadInput("Nothing to revise: give email, phone, or both.")
    customer = core.customer(profile.business_id, command.customer_id)
    if command.contact_id not in (contact.contact_id for contact in customer.contacts):
        raise Unknown(f"{customer.customer_id} has no contact {command.contact_id!r}.")
    contacts = tuple(
        _revised(contact, command) if contact.contact_id == command.contact_id else contact
        for contact in customer.contacts
    )
    return await core.publish(as_event(CustomerRevised, customer, contacts=contacts))


async def erase(core: Core, profile: Profile, command: CustomerCommand) -> Outcome:
    """Erase a customer, then its visits and invoices: ids only, the last record of each key."""
    business_id, customer = profile.business_id, core.customer(profile.business_id, command.customer_id)
    customer_id = customer.customer_id
    visits = [
        AppointmentErased(
            business_id=business_id, appointment_id=row.state.appointment_id, customer_id=customer_id
        )
        for row in core.store.all(business_id, "appointment")
        if isinstance(row.state, Appointment) and row.state.customer_id == customer_id
    ]
    invoices = [
        InvoiceErased(business_id=business_id, invoice_id=row.state.invoice_id, customer_id=customer_id)
        for row in core.store.all(business_id, "invoice")
        if isinstance(row.state, Invoice) and row.state.customer_id == customer_id
    ]
    erased = CustomerErased(business_id=business_id, customer_id=customer_id)
    return await core.publish(erased, *visits, *invoices)


async def switch_portal(core: Core, profile: Profile, command: SwitchPortal) -> Outcome:
    """Switch the portal on or off at branding, which publishes it."""
    await core.portals.switch(profile.business_id, enabled=command.enabled)
    core.store.set_portal(profile.business_id, enabled=command.enabled)
    return Outcome(f"The portal of {profile.portal.name} is {'on' if command.enabled else 'off'}.", [])


def _revised(contact: Contact, command: ReviseContact) -> Contact:
    return Contact(
        contact_id=contact.contact_id,
        name=contact.name,
        email=command.email or contact.email,
        phone=command.phone or contact.phone,
        locale=contact.locale,
        roles=contact.roles,
    )


def _next_contact_id(core: Core, profile: Profile) -> str:
    taken = {
        contact.contact_id
        for row in core.store.all(profile.business_id, "customer")
        if isinstance(row.state, Customer)
        for contact in row.state.contacts
    }
    return next(name for number in range(1, len(taken) + 2) if (name := f"p-{number}") not in taken)
