"""What can be asked of the simulator, as JSON or from a form. Times without an offset are local.

Money is in minor units of the business's currency. Times are ISO 8601, such as `2026-11-24T10:00`.
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta
from servicehub_events import CustomerKind, RecordedMethod
from servicehub_events.catalogue.scalars import (
    Amount,
    Charge,
    Email,
    Id,
    Locale,
    Phone,
    Quantity,
    Rate,
    SignedAmount,
)

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Days = Annotated[int, Meta(ge=-365, le=365)]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request. A field that is unknown is an error, so that a misspelt one is noticed."""


class VisitCommand(Command, frozen=True, kw_only=True):
    """Something about one visit: en-route, start, miss."""

    appointment_id: Id


class Schedule(Command, frozen=True, kw_only=True):
    """Agree a new visit; `end` left out is two hours after `start`."""

    customer_id: Id
    service: Text
    start: str
    end: str | None = None
    staff_ids: tuple[Id, ...] = ()
    instructions: Text | None = None


class Reschedule(VisitCommand, frozen=True, kw_only=True):
    """Move a visit; `end` left out keeps its length."""

    start: str
    end: str | None = None


class AssignStaff(VisitCommand, frozen=True, kw_only=True):
    """Settle who comes; nobody if empty."""

    staff_ids: tuple[Id, ...] = ()


class Complete(VisitCommand, frozen=True, kw_only=True):
    """The work is done."""

    summary: Text | None = None


class Cancel(VisitCommand, frozen=True, kw_only=True):
    """Call a visit off."""

    reason: Text | None = None


class InvoiceCommand(Command, frozen=True, kw_only=True):
    """Something about one invoice: void, write-off."""

    invoice_id: Id


class NewLine(Command, frozen=True, kw_only=True):
    """A line; its rate left out is the business's usual one. A negative price takes something off."""

    description: Text
    quantity: Quantity = "1"
    unit_price: SignedAmount
    tax_rate: Rate | None = None


Lines = Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=100)]


class IssueInvoice(Command, frozen=True, kw_only=True):
    """Bill a customer. The deposit, if any, is due today."""

    customer_id: Id
    lines: Lines
    due_in_days: Days = 14
    deposit: Charge | None = None
    appointment_ids: tuple[Id, ...] = ()
    memo: Text | None = None


class ReviseInvoice(InvoiceCommand, frozen=True, kw_only=True):
    """Add lines to an invoice, bring its total to an amount by one more line (untaxed), move its due date."""

    lines: tuple[NewLine, ...] = ()
    total: Amount | None = None
    due_on: date | None = None


class AllowPartPayment(InvoiceCommand, frozen=True, kw_only=True):
    """Let the customer choose how much to pay, `minimum` or more; or no longer."""

    allowed: bool = True
    minimum: Charge | None = None


class RecordPayment(InvoiceCommand, frozen=True, kw_only=True):
    """Write down money that came outside the portal; `amount` left out is all that is left.

    With `portal_payment_id` it is the echo of a payment made in the portal.
    """

    amount: Charge | None = None
    method: RecordedMethod = "cash"
    portal_payment_id: Id | None = None


class CustomerCommand(Command, frozen=True, kw_only=True):
    """Something about one customer: erase."""

    customer_id: Id


class SetAccess(CustomerCommand, frozen=True, kw_only=True):
    """Give or withdraw access to the portal."""

    allowed: bool


class ReviseContact(CustomerCommand, frozen=True, kw_only=True):
    """Change the email or phone of a contact; what is left out stays."""

    contact_id: Id
    email: Email | None = None
    phone: Phone | None = None


class Register(Command, frozen=True, kw_only=True):
    """Take on a customer with one contact, or none if neither email nor phone is given."""

    display_name: Text
    kind: CustomerKind = "person"
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None


class SwitchPortal(Command, frozen=True, kw_only=True):
    """Switch the business's portal on or off."""

    enabled: bool
