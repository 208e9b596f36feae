"""A year of 200 customers in 10 zones, by a clock that is moved: each reminder at its minute, and no other.

With the suite a year of few visits; `HYPOTHESIS_PROFILE=deep` (`make year`) has many, and looks a minute
before each reminder, too. What is expected is found by `naive_reminders`, from the visits' lives alone.
"""

import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from code_samples import business_event
from msgspec.structs import replace
from naive_reminders import EDGES, HOUR, MINUTE, ZONES, naive
from notification_samples import appointment, contact, customer, invoice, payment
from notifier.handlers.remind import remind
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers
from reminder_world import ReminderWorld
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentScheduled,
    Envelope,
    Event,
    InvoiceIssued,
    PaymentCaptured,
    Reminders,
    Window,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
DEEP: Final = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
CUSTOMERS: Final = 200
VISITS: Final = 20 if DEEP else 1
INVOICES: Final = 4 if DEEP else 1
EVERY: Final = 1 if DEEP else 20
"""Every so many reminders, the minute before is looked at, too; and so many customers have an invoice."""
QUIET: Final = 0.2 if DEEP else 0.7
"""How many visits come with an import, so that nobody is mailed of them."""
DAY: Final = timedelta(days=1)
TOLD_AFTER: Final = timedelta(seconds=61)
"""News waits for a minute."""
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOURS: Final = {"b-0": (24, 2), "b-1": (48, 12, 3) if DEEP else (12,)}
OF_BUSINESS: Final = {"b-0": "Asia/Tokyo", "b-1": "America/New_York"}


class Told(NamedTuple):
    """A message about a visit or an invoice, and when."""

    kind: str
    subject: str
    at: datetime


@dataclass
class Year:
    """What happens, in no order yet, and what is expected to be told of it: at some of the `moments`."""

    rng: random.Random
    events: list[Envelope] = field(default_factory=list[Envelope])
    expected: list[Told] = field(default_factory=list[Told])
    moments: set[datetime] = field(default_factory=set[datetime])

    def happens(self, event: Event, version: int, at: datetime, *, quiet: bool = False) -> None:
        self.events.append(replace(envelope_of(event, version, time=at), quiet=quiet))


class Stay(NamedTuple):
    """From when to when a visit was to begin at `start`; `mailed`: its reader was mailed that then."""

    since: datetime
    until: datetime
    start: datetime
    mailed: bool


def contact_of(number: int) -> str:
    """Each fourth has a phone alone."""
    return f"c{number}"


def by_phone(number: int) -> bool:
    return number % 4 == 3


def live_a_visit(year: Year, number: int, n: int) -> None:
    """Booked or imported; perhaps moved by hours or a day, perhaps called off."""
    rng, zone = year.rng, ZONES[number % len(ZONES)]
    business, visit_id = f"b-{number % 2}", f"v-{number}-{n}"
    at_edge = n < len(EDGES) // 2 and rng.random() < 0.6
    if at_edge:  # a customer's visits lie days apart: several of one day would be one message
        start = EDGES[(number + 2 * n) % len(EDGES)] + rng.randint(-40, 60) * HOUR
    else:
        days = rng.randint(8, 350) if VISITS == 1 else 16 + 17 * n
        start = BEGIN + timedelta(days=days, minutes=15 * rng.randint(0, 95))
        if DEEP and any(abs(start - edge) < 9 * DAY for edge in EDGES):
            return
    at, quiet = start - rng.randint(1, 200) * HOUR - 7 * MINUTE, rng.random() < QUIET or by_phone(number)
    stays, version = [Stay(at, start, start, not quiet)], 1
    _publish(year, number, visit_id, zone, AppointmentScheduled, start, version, at, quiet=quiet)
    while rng.random() < 0.35:
        moved_at = at + rng.randint(1, 40) * HOUR + 3 * MINUTE
        if moved_at >= start - HOUR:
            break
        at, version, former = moved_at, version + 1, stays[-1]
        stays[-1] = former._replace(until=moved_at)
        if rng.random() < 0.4:
            _publish(
                year, number, visit_id, zone, AppointmentCancelled, start, version, at, status="cancelled"
            )
            break
        start += rng.choice([-2, 1, 3, 24, 26]) * HOUR
        if start <= at + HOUR:
            break
        hushed = by_phone(number)
        _publish(year, number, visit_id, zone, AppointmentRescheduled, start, version, at, quiet=hushed)
        stays.append(Stay(at, start, start, not by_phone(number)))
    found = [naive(stay.start, step, ZoneInfo(zone)) for stay in stays for step in HOURS[business]]
    year.moments |= {moment for moment, _ in filter(None, found)}
    year.expected += expected_of(visit_id, stays, HOURS[business], ZoneInfo(zone))


def _publish(
    year: Year,
    number: int,
    visit_id: str,
    zone: str,
    cls: type[Appointment],
    start: datetime,
    version: int,
    at: datetime,
    *,
    quiet: bool = False,
    **changes: object,
) -> None:
    window = Window(start=start, end=start + 2 * HOUR, time_zone=zone)
    ids = {"business_id": f"b-{number % 2}", "customer_id": f"cu-{number}", "appointment_id": visit_id}
    year.happens(appointment(cls, window=window, **ids, **changes), version, at, quiet=quiet)


def expected_of(visit_id: str, stays: list[Stay], hours: Iterable[int], zone: ZoneInfo) -> Iterator[Told]:
    """What is told of one visit, by its life."""
    told = dict[tuple[datetime, int], datetime]()
    mailed_at = [stay.since + TOLD_AFTER for stay in stays if stay.mailed]
    for stay in stays:
        for step in sorted(hours, reverse=True):
            found = naive(stay.start, step, zone)
            if not found or not stay.since < found[0] < stay.until or (stay.start, step) in told:
                continue
            moment, on_the_day = found[0], step < 12
            recent = HOUR if on_the_day else 6 * HOUR
            if any(at <= moment and moment - recent < at for at in mailed_at):
                continue
            local_day = stay.start.astimezone(zone).date()
            evening = on_the_day and moment.astimezone(zone).date() < local_day
            if evening and any(start == stay.start and other >= 12 for start, other in told):
                continue
            told[stay.start, step] = moment
            yield Told("visit_reminder", visit_id, moment)


def live_an_invoice(year: Year, number: int, n: int) -> None:
    """Issued, due weeks later, and perhaps paid on some day, in full or in part."""
    rng, business, invoice_id = year.rng, f"b-{number % 2}", f"in-{number}-{n}"
    zone = ZoneInfo(OF_BUSINESS[business])
    at = BEGIN + timedelta(
        days=rng.randint(5 + 85 * n, (40 if DEEP else 80) + 85 * n), hours=rng.randint(0, 23), minutes=11
    )
    due_on = at.date() + timedelta(days=rng.randint(1, 20))
    ids = {"business_id": business, "customer_id": f"cu-{number}"}
    made = invoice(InvoiceIssued, invoice_id=invoice_id, due_on=due_on, deposit=None, **ids)
    quiet = rng.random() < 0.3 or by_phone(number)
    year.happens(made, 1, at, quiet=quiet)
    paid_at, share = at + timedelta(days=rng.randint(1, 40), hours=1), rng.choice([0, 5000, 15180])
    if share:
        part = replace(samples.payment().allocations[0], invoice_id=invoice_id, amount=share)
        paid = payment(
            PaymentCaptured, payment_id=f"pa-{invoice_id}", amount=share, allocations=(part,), **ids
        )
        year.happens(paid, 1, paid_at, quiet=True)
    year.moments |= {_clock(due_on, days, hour, zone) for days, hour in ((-3, 9), (3, 10), (14, 10))}
    year.expected += asked_of(
        invoice_id, at, due_on, zone, not quiet, paid_at if share else None, share < 15180
    )


def asked_of(
    invoice_id: str,
    issued_at: datetime,
    due_on: date,
    zone: ZoneInfo,
    mailed: bool,
    paid_at: datetime | None,
    in_part: bool,
) -> Iterator[Told]:
    first_at = None
    for kind, days, clock in (("soon", -3, 9), ("overdue", 3, 10), ("overdue", 14, 10)):
        at = _clock(due_on, days, clock, zone)
        settled = paid_at is not None and paid_at <= at and not in_part
        lately = mailed and at - issued_at < timedelta(days=4)
        if at <= issued_at or settled or lately:
            continue
        if days == 14 and (first_at is None or (paid_at is not None and first_at < paid_at <= at)):
            continue
        first_at = at if days == 3 else first_at
        yield Told(f"invoice_{'due_soon' if kind == 'soon' else kind}", invoice_id, at)


def _clock(due_on: date, days: int, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(due_on + timedelta(days=days), time(hour), zone).astimezone(UTC)


def plan(seed: int) -> Year:
    year = Year(random.Random(seed))  # a simulation's
    for number in range(CUSTOMERS):
        for n in range(VISITS):
            live_a_visit(year, number, n)
        for n in range(INVOICES if number % EVERY == 0 else 0):
            live_an_invoice(year, number, n)
    return year


async def test_a_year_is_told_to_the_minute(servers: Servers) -> None:
    year = plan(20261130)
    async with ReminderWorld.fresh(servers) as world:
        world.clock.now = BEGIN
        for business, zone in OF_BUSINESS.items():
            reminders = Reminders(hours_before=HOURS[business])
            ids = {"business_id": business, "slug": f"slug-{business}", "former_slugs": ()}
            await world.apply(business_event(**ids, time_zone=zone, reminders=reminders))
        await world.apply(*(_customer(number) for number in range(CUSTOMERS)))
        await _live(world, year)
        told = await _told(world)
        sent = len(world.mail.sent) + len(world.sms.sent)
        assert await world.value("SELECT count(*) FROM deliveries WHERE status = 'sent'", int) == sent
    untold, uncalled_for = Counter(year.expected) - Counter(told), Counter(told) - Counter(year.expected)
    assert (untold, uncalled_for) == (Counter(), Counter())
    assert len(told) > CUSTOMERS / 2


def _customer(number: int) -> Event:
    reader = contact(contact_of(number), phone=f"+8190{number:08}")
    ids = {"business_id": f"b-{number % 2}", "customer_id": f"cu-{number}"}
    return customer(replace(reader, email=None) if by_phone(number) else reader, **ids)


async def _live(world: ReminderWorld, year: Year) -> None:
    """Go from each moment at which anything happens, or is expected, to the next."""
    before = {at - MINUTE for at in sorted({told.at for told in year.expected})[::EVERY]}
    events = dict[datetime, list[Envelope]]()
    for envelope in year.events:
        events.setdefault(envelope.time, []).append(envelope)
    settled = {at + TOLD_AFTER for at in events}
    for at in sorted({*events, *settled, *year.moments, *before}):
        world.clock.now = at
        busy = at in events or at in settled
        await world.read(*events.get(at, ()))
        if busy:
            await world.fan_out()
        while await remind(world.worker):
            busy = True
        while busy and await world.deliver():
            pass


async def _told(world: ReminderWorld) -> list[Told]:
    """What was sent because time passed, and when."""
    rows = await world.rows(
        "SELECT kind, subject_id, ended_at FROM deliveries WHERE status = 'sent'"
        " AND kind IN ('visit_reminder', 'invoice_due_soon', 'invoice_overdue')"
    )
    return [Told(str(kind), str(subject), at) for kind, subject, at in rows if isinstance(at, datetime)]
