"""What the pages show, ready to print."""

from datetime import date, datetime
from typing import NamedTuple

from servicehub_events import Appointment, Customer, Invoice, InvoiceMoney, invoice_money

from stand_in_servicehub.core import Core
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.rows import Kind, Row
from stand_in_servicehub.web.payment_views import (
    PaymentShown,
    Takings,
    invoice_notes,
    newest_first,
    shown_payment,
    takings,
)


class InvoiceShown(NamedTuple):
    """An invoice with what is true of its money, and a line for each payment made in the portal."""

    invoice: Invoice
    version: int
    money: InvoiceMoney
    notes: list[str]


class Shown(NamedTuple):
    """A business on the page; what comes next is first, then the past backwards."""

    profile: Profile
    enabled: bool
    customers: list[tuple[Customer, int]]
    visits: list[tuple[Appointment, int]]
    invoices: list[InvoiceShown]
    payments: list[PaymentShown]
    takings: list[Takings]
    names: dict[str, str]
    today: date
    erased: int


def shown(core: Core, profile: Profile) -> Shown:
    """The business as it stands; what was erased is only counted."""
    business_id = profile.business_id
    kinds: tuple[Kind, ...] = ("customer", "appointment", "invoice")
    rows: list[Row] = [row for kind in kinds for row in core.store.all(business_id, kind)]
    customers = [(row.state, row.version) for row in rows if isinstance(row.state, Customer)]
    visits = [(row.state, row.version) for row in rows if isinstance(row.state, Appointment)]
    invoices = [(row.state, row.version) for row in rows if isinstance(row.state, Invoice)]
    names = {state.customer_id: state.display_name for state, _ in customers}
    payments = newest_first(shown_payment(row, profile, names) for row in core.store.payments(business_id))
    return Shown(
        profile=profile,
        enabled=bool(core.store.portal(business_id)),
        customers=customers,
        visits=_coming_first(visits, core.clock()),
        invoices=_newest_invoices_first(invoices, payments),
        payments=payments,
        takings=takings(payments),
        names=names,
        today=core.today(profile),
        erased=len(rows) - len(customers) - len(visits) - len(invoices),
    )


def _newest_invoices_first(
    invoices: list[tuple[Invoice, int]], payments: list[PaymentShown]
) -> list[InvoiceShown]:
    states = [shown.payment for shown in payments]
    return [
        InvoiceShown(invoice, version, invoice_money(invoice, states), invoice_notes(invoice, payments))
        for invoice, version in sorted(invoices, key=lambda listed: listed[0].invoice_id, reverse=True)
    ]


def _coming_first(visits: list[tuple[Appointment, int]], now: datetime) -> list[tuple[Appointment, int]]:
    in_order = sorted(visits, key=lambda visit: visit[0].window.start)
    over = [visit for visit in in_order if visit[0].window.end < now]
    return [visit for visit in in_order if visit not in over] + over[::-1]


def window(visit: Appointment, profile: Profile) -> str:
    """`Tue 24 Nov 10:00–12:00`, at the business."""
    start, end = (moment.astimezone(profile.zone) for moment in (visit.window.start, visit.window.end))
    return f"{start:%a} {start.day} {start:%b} {start:%H:%M}–{end:%H:%M}"


def field_time(moment: datetime, profile: Profile) -> str:
    """The value of a `datetime-local` field."""
    return moment.astimezone(profile.zone).strftime("%Y-%m-%dT%H:%M")
