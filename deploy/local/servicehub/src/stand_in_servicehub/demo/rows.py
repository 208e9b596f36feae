"""The rows of the demo's files. Days are words (`in 3 days`), money is text in major units (`72.50`)."""

from typing import Literal

import msgspec
from servicehub_events import (
    AppointmentJob,
    AttachedFile,
    Confirmation,
    Contact,
    CustomerKind,
    CustomerSite,
    Recipient,
    RecordedMethod,
    TaxCategory,
    WholeDays,
)

from stand_in_servicehub.business import Profile


class CustomerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A customer, with the fields of the contract."""

    customer_id: str
    display_name: str
    kind: CustomerKind = "person"
    reading: str | None = None
    honorific: str | None = None
    locale: str | None = None
    portal_access: bool = True
    contacts: tuple[Contact, ...] = ()
    sites: tuple[CustomerSite, ...] = ()


class VisitRow(msgspec.Struct, frozen=True, kw_only=True):
    """A visit; customer, service, staff and site by name. It is completed once `finished` says when.

    `repeats` is a series and how often: `series-1, every 2 weeks`. One of several days ends on `until`, when
    `at` ends. `arrives` is a window within it, `expected` when those who are on the way will be there.
    """

    appointment_id: str
    customer: str
    service: str
    day: str
    at: str
    until: str | None = None
    arrives: str | None = None
    whole_days: WholeDays | None = None
    minutes: int | None = None
    confirmation: Confirmation | None = None
    staff: tuple[str, ...] = ()
    site: str | None = None
    job: AppointmentJob | None = None
    purchase_order: str | None = None
    attachments: tuple[AttachedFile, ...] = ()
    expected: str | None = None
    instructions: str | None = None
    repeats: str | None = None
    moved_from: str | None = None
    moved_on: str = "yesterday, 9:00"
    status: Literal["scheduled", "en_route", "started", "missed"] = "scheduled"
    finished: str | None = None
    summary: str | None = None
    cancelled_on: str | None = None
    cancelled_by: Literal["business", "customer", "weather"] | None = None
    reason: str | None = None


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line; without a rate, the business's usual one."""

    description: str
    quantity: str = "1"
    price: str
    unit: str | None = None
    tax_rate: str | None = None
    tax_category: TaxCategory | None = None


class DiscountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An amount taken off the lines of one rate."""

    description: str
    amount: str
    tax_rate: str | None = None


class PaidRow(msgspec.Struct, frozen=True, kw_only=True):
    """Money that the business received itself; without an amount, all that was left."""

    method: RecordedMethod
    amount: str | None = None
    day: str


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice. `part_payments` is `any amount`, or the least there may be: `20.00 or more`."""

    number: str
    customer: str
    issued: str
    due: str
    lines: tuple[LineRow, ...]
    discounts: tuple[DiscountRow, ...] = ()
    prices_include_tax: bool | None = None
    deposit: str | None = None
    deposit_due: str = "today"
    part_payments: str | None = None
    paid: tuple[PaidRow, ...] = ()
    visits: tuple[str, ...] = ()
    recipient: Recipient | None = None
    site: str | None = None
    memo: str | None = None
    purchase_order: str | None = None
    status: Literal["open", "void", "uncollectible"] = "open"


class BusinessFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a business."""

    business: Profile
    customers: tuple[CustomerRow, ...]
    visits: tuple[VisitRow, ...]
    invoices: tuple[InvoiceRow, ...]


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be: names, and the slug of the business."""

    business: str
    customer: str
    contact: str
    text: str


class BusinessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A business to be, by its slug."""

    business: str
    text: str


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something to try, and where."""

    title: str
    text: str
    link: Literal["mailbox", "simulator", "stripe"] | None = None
    label: str = ""


class StartPage(msgspec.Struct, frozen=True, kw_only=True):
    """The file of the start page: whom a visitor can be, and what to try."""

    people: tuple[PersonRow, ...]
    businesses: tuple[BusinessRow, ...]
    steps: tuple[StepRow, ...]
