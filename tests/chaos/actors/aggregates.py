"""The events that are published: customers, appointments, invoices, and in billing's place payments.

Each state tells its version.
"""

from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    Appointment,
    AppointmentErased,
    AppointmentScheduled,
    Contact,
    Customer,
    CustomerErased,
    CustomerRevised,
    Event,
    Invoice,
    InvoiceErased,
    InvoiceRevised,
    PaymentCaptured,
    RecordedPayment,
    Refund,
    Share,
    as_event,
)
from servicehub_events_tools.testing import samples

BUSINESSES = ("biz-sparkle", "biz-hikari")
SLUGS = {"biz-sparkle": "sparkle-home", "biz-hikari": "hikari-seisou"}


def resident(number: int) -> str:
    """The id of a customer who is never erased and keeps access, for signing in."""
    return f"resident-{number}"


def email_of(business_id: str, customer_id: str) -> str:
    """The email address of a customer's only contact; nobody else has it."""
    return f"{customer_id}@{business_id}.example"


def customer(business_id: str, customer_id: str, version: int, *, access: bool = True) -> Event:
    """A customer with one contact."""
    contact = Contact(
        contact_id=f"co-{customer_id}",
        name=f"Contact of version {version}",
        email=email_of(business_id, customer_id),
        locale="en" if version % 2 else "ja",
        roles=("visits", "invoices", "pay") if version % 3 else ("visits",),
    )
    return as_event(
        CustomerRevised,
        samples.customer(),
        business_id=business_id,
        customer_id=customer_id,
        display_name=f"Version {version}",
        portal_access=access,
        contacts=(contact,),
    )


def appointment(business_id: str, appointment_id: str, customer_id: str, version: int) -> Event:
    """A scheduled appointment."""
    return as_event(
        AppointmentScheduled,
        samples.appointment(),
        business_id=business_id,
        appointment_id=appointment_id,
        customer_id=customer_id,
        instructions=f"Version {version}",
    )


def invoice(business_id: str, invoice_id: str, customer_id: str, version: int) -> Event:
    """An invoice whose recorded cash depends on its version, so what covers it changes."""
    cash = RecordedPayment(
        id="rp-1", method="cash", amount=1000 * (version % 9), received_on=samples.invoice().issued_on
    )
    return as_event(
        InvoiceRevised,
        samples.invoice(),
        business_id=business_id,
        invoice_id=invoice_id,
        number=invoice_id,
        customer_id=customer_id,
        recorded_payments=(cash,),
        memo=f"Version {version}",
    )


def payment(business_id: str, payment_id: str, invoice_id: str, customer_id: str, version: int) -> Event:
    """A captured payment for one invoice, of another amount in each version."""
    amount = 9000 + 1000 * (version % 9)
    old = samples.payment()
    allocation = Allocation(invoice_id=invoice_id, invoice_version=version, amount=amount)
    refund = _refund(old.refunds[0], invoice_id)
    return as_event(
        PaymentCaptured,
        old,
        business_id=business_id,
        payment_id=payment_id,
        customer_id=customer_id,
        amount=amount,
        allocations=(allocation,),
        refunds=(refund,),
    )


def _refund(old: Refund, invoice_id: str) -> Refund:
    """The same refund, and its paper, of another invoice."""
    note = old.note and replace(
        old.note, lowered=tuple(replace(price, invoice_id=invoice_id) for price in old.note.lowered)
    )
    return replace(old, allocations=(Share(invoice_id=invoice_id, amount=500),), note=note)


def erased(event: Event) -> Event:
    """The ids-only end of an aggregate."""
    match event:
        case Customer():
            return CustomerErased(business_id=event.business_id, customer_id=event.customer_id)
        case Appointment():
            return as_event(AppointmentErased, event)
        case Invoice():
            return as_event(InvoiceErased, event)
        case _:
            raise TypeError(f"nobody erases {type(event).__name__}")
