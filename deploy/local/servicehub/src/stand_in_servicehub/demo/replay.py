"""Turns rows into events by the actions themselves, done at past moments: sums and totals are never typed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from servicehub_events import (
    Appointment,
    ArrivalWindow,
    Customer,
    CustomerRegistered,
    Discount,
    Event,
    Invoice,
)
from servicehub_events.money import from_decimal

from stand_in_servicehub.actions import invoices, visits
from stand_in_servicehub.actions.fields import NewLine
from stand_in_servicehub.business import Desk
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.rows import BusinessFile, CustomerRow, InvoiceRow, VisitRow
from stand_in_servicehub.store import Store

CUSTOMER_SINCE = "120 days ago, 9:00"
BOOKED_AHEAD = timedelta(days=10)
_STEPS = {"en_route": visits.set_off, "started": visits.begin, "missed": visits.miss}
_CLOSE = {"void": invoices.void, "uncollectible": invoices.write_off}

T = TypeVar("T")
FirstEvent = tuple[Event, datetime]


class Replay:
    """One business from long ago up to today. Raises ValueError or SimulatorError for a wrong row."""

    def __init__(self, file: BusinessFile, calendar: Calendar, store: Store) -> None:
        self._profile = file.business
        self._calendar = calendar
        self._store = store
        self._staff = {member.name: member.staff_id for member in file.business.staff}
        self._services = {service.name: service for service in file.business.services}
        self._visits = {row.appointment_id: row for row in file.visits}
        self._invoice_of = {visit: f"inv-{row.number}" for row in file.invoices for visit in row.visits}
        self._customers: dict[str, Customer] = {}

    def customer(self, row: CustomerRow) -> FirstEvent:
        """A customer was taken on long ago."""
        fields = msgspec.structs.asdict(row)
        customer = CustomerRegistered(business_id=self._profile.business_id, **fields)
        self._customers[row.display_name] = customer
        return customer, self._calendar.moment(CUSTOMER_SINCE)

    def visit(self, row: VisitRow) -> FirstEvent:
        """What happened to a visit up to today."""
        calendar, invoice = self._calendar, self._invoice_of.get(row.appointment_id)
        start, end = calendar.window(f"{row.day}, {row.at}", row.until)
        first = calendar.window(row.moved_from) if row.moved_from else (start, end)
        moments = [start - BOOKED_AHEAD]
        visit: Appointment = visits.schedule(
            self._desk(moments[0]),
            find(self._customers, row.customer, "customer"),
            service=find(self._services, row.service, "service").name,
            start=first[0].isoformat(),
            end=first[1].isoformat(),
            staff_ids=tuple(find(self._staff, name, "staff member") for name in row.staff),
            site=row.site,
            instructions=row.instructions,
            series=calendar.series(row.repeats, row.day) if row.repeats else None,
            invoice_ids=(invoice,) if invoice else (),
            appointment_id=row.appointment_id,
            details=self._details(row),
        )
        if row.moved_from:
            moments.append(calendar.moment(row.moved_on))
            visit = visits.reschedule(self._desk(moments[-1]), visit, start.isoformat(), end.isoformat())
        if row.status in _STEPS:
            moments.append(end)
            visit = _STEPS[row.status](self._desk(end), visit)
        if row.finished:
            moments += [end, calendar.moment(f"{row.day}, {row.finished}")]
            visit = visits.complete(self._desk(moments[-1]), visit, row.summary)
        if row.cancelled_on:
            moments.append(calendar.moment(row.cancelled_on))
            visit = visits.cancel(self._desk(moments[-1]), visit, row.reason, row.cancelled_by)
        if row.expected:
            visit = msgspec.structs.replace(
                visit, estimated_arrival=calendar.moment(f"{row.day}, {row.expected}")
            )
        return visit, calendar.not_news(moments)

    def _details(self, row: VisitRow) -> visits.VisitDetails:
        arrival = None
        if row.arrives:
            earliest, latest = self._calendar.window(f"{row.day}, {row.arrives}")
            arrival = ArrivalWindow(start=earliest, end=latest)
        return visits.VisitDetails(
            arrival=arrival,
            whole_days=row.whole_days,
            duration_minutes=row.minutes,
            confirmation=row.confirmation,
            job=row.job,
            purchase_order=row.purchase_order,
            attachments=row.attachments,
        )

    def invoice(self, row: InvoiceRow) -> FirstEvent:
        """What happened to an invoice up to today."""
        calendar, customer = self._calendar, find(self._customers, row.customer, "customer")
        for visit in row.visits:
            if find(self._visits, visit, "visit").customer != row.customer:
                raise ValueError(f"{visit} is a visit of somebody else than {row.customer}")
        supplied = {calendar.day(self._visits[visit].day) for visit in row.visits}
        moments = [calendar.moment(f"{row.issued}, 9:00")]
        desk = self._desk(moments[0])
        invoice: Invoice = invoices.issue(
            desk,
            customer,
            tuple(
                NewLine(
                    description=line.description,
                    quantity=line.quantity,
                    unit_price=self._money(line.price),
                    unit=line.unit,
                    tax_rate=line.tax_rate,
                    tax_category=line.tax_category,
                )
                for line in row.lines
            ),
            due_in_days=(calendar.day(row.due) - desk.today).days,
            deposit=self._money(row.deposit) if row.deposit else None,
            deposit_in_days=(calendar.day(row.deposit_due) - desk.today).days,
            memo=row.memo,
            discounts=tuple(
                Discount(
                    description=discount.description,
                    amount=self._money(discount.amount),
                    tax_rate=discount.tax_rate or self._profile.tax_rates[0],
                )
                for discount in row.discounts
            ),
            prices_include_tax=row.prices_include_tax,
            recipient=row.recipient,
            site=row.site,
            appointment_ids=row.visits,
            number=row.number,
            purchase_order=row.purchase_order,
            service_on=min(supplied, default=None),
            service_until=max(supplied) if len(supplied) > 1 else None,
        )
        if words := row.part_payments:
            least = None if words == "any amount" else self._money(words.removesuffix(" or more"))
            invoice = invoices.allow_part_payment(desk, invoice, allowed=True, minimum=least)
        for paid in row.paid:
            moments.append(calendar.moment(f"{paid.day}, 9:00"))
            amount = self._money(paid.amount) if paid.amount else None
            invoice = invoices.record(self._desk(moments[-1]), invoice, amount, paid.method)
        if row.status in _CLOSE:
            invoice = _CLOSE[row.status](desk, invoice)
        return invoice, calendar.not_news(moments)

    def _desk(self, moment: datetime) -> Desk:
        return Desk(self._profile, moment, self._store)

    def _money(self, text: str) -> int:
        try:
            return from_decimal(text, self._profile.portal.currency)
        except ValueError as error:
            raise ValueError(f"{text!r} is not an amount ({error}): write it like 1200, or 12.50") from None


def find(table: Mapping[str, T], name: str, noun: str) -> T:
    """What a name stands for. Raises ValueError."""
    if name not in table:
        raise ValueError(f"there is no {noun} {name!r}; there are: {', '.join(table)}")
    return table[name]
