"""Reminders on a real database: at their minute, once, of what is true, by the settings of now."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta

import pytest
from code_samples import business_event
from msgspec.structs import replace
from notification_samples import appointment, contact, customer, invoice, payment, preferences
from notifier.domain.delivery import DeliveryPostponed
from notifier.handlers.remind import remind
from notifier.store.reminders import list_due_customers
from portal_testing.stack import Servers
from reminder_world import ReminderWorld
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentErased,
    AppointmentRescheduled,
    AppointmentScheduled,
    Autopay,
    AutopaySwitchedOn,
    BrandingRevised,
    CustomerErased,
    Event,
    Invoice,
    InvoiceIssued,
    InvoiceVoided,
    Payment,
    PaymentCaptured,
    PaymentProcessing,
    PaymentRefunded,
    Reminders,
    StaffAssigned,
    Window,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN = contact("ann", phone="+819012345678")
KEN = contact("ken", email=None, phone="+819012345679")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)  # Friday 10:00 in Tokyo
BOOKED = START - 4 * DAY
DAY_BEFORE = "ann: Tomorrow: Fri, Nov 27, 10:00 AM – 12:00 PM"
BUSINESS = {"time_zone": "Asia/Tokyo", "reminders": Reminders(hours_before=(24, 2))}


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[ReminderWorld]:
    """A business in Tokyo that reminds a day and two hours before, and a customer with mail."""
    async with ReminderWorld.fresh(servers) as world:
        world.clock.now = BOOKED
        await world.apply(business_event(**BUSINESS), customer(ANN))
        yield world


def visit(
    cls: type[Appointment] = AppointmentScheduled, /, start: datetime = START, **changes: object
) -> Appointment:
    window = Window(start=start, end=start + 2 * HOUR, time_zone="Asia/Tokyo")
    return appointment(cls, **{"window": window, **changes})


def revised(reminders: Reminders) -> BrandingRevised:
    return as_event(BrandingRevised, business_event(**{**BUSINESS, "reminders": reminders}))


def due_bill(cls: type[Invoice] = InvoiceIssued, /, **changes: object) -> Invoice:
    """¥15,180 of an invoice, due on December 10."""
    return invoice(cls, **{"due_on": date(2026, 12, 10), "deposit": None, **changes})


def tokyo(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - 9 * HOUR


async def test_a_visit_is_reminded_of_the_day_before_by_mail_and_on_the_day_by_text(
    world: ReminderWorld,
) -> None:
    await world.tell(visit())
    await world.at(BOOKED)
    assert await world.at(START - DAY - timedelta(seconds=1)) == []
    assert await world.at(START - DAY) == [DAY_BEFORE]
    assert await world.at(START - DAY + timedelta(seconds=9)) == []
    (text,) = await world.at(START - 2 * HOUR)
    assert text.startswith("+819012345678: today, Fri, Nov 27, 10:00 AM-12:00 PM")
    assert await world.at(START + DAY) == []


async def test_a_moved_visit_moves_its_reminders_and_a_cancelled_one_has_none(world: ReminderWorld) -> None:
    await world.tell(visit())
    await world.at(BOOKED)
    await world.tell(visit(AppointmentRescheduled, start=START + DAY), 2)
    await world.at(BOOKED + HOUR)
    assert await world.at(START - DAY) == []
    assert await world.at(START) == ["ann: Tomorrow: Sat, Nov 28, 10:00 AM – 12:00 PM"]
    await world.tell(visit(AppointmentCancelled, start=START + DAY, status="cancelled"), 3)
    assert [line for line in await world.at(START + DAY - 2 * HOUR) if "today" in line] == []
    assert await world.rows("SELECT kind FROM reminders WHERE outcome IS NULL") == []


async def test_moved_and_back_is_reminded_of_once(world: ReminderWorld) -> None:
    await world.tell(visit())
    await world.at(BOOKED)
    assert await world.at(START - DAY) == [DAY_BEFORE]
    await world.tell(visit(AppointmentRescheduled, start=START + 2 * DAY), 2)
    await world.tell(visit(AppointmentRescheduled), 3)
    assert [line for line in await world.at(START - DAY + 2 * HOUR) if "Tomorrow" in line] == []


async def test_who_was_just_told_the_same_is_not_reminded(world: ReminderWorld) -> None:
    world.clock.now = START - DAY - 5 * HOUR
    await world.tell(visit())
    await world.at(world.clock.now)
    assert await world.at(START - DAY) == []
    assert len(await world.at(START - 2 * HOUR)) == 1


async def test_an_import_is_reminded_of_what_is_to_come_and_not_of_the_past(world: ReminderWorld) -> None:
    world.clock.now = START - 20 * HOUR
    await world.tell(visit(), quiet=True)
    assert await world.at(START - 20 * HOUR) == []
    assert len(await world.at(START - 2 * HOUR)) == 1


async def test_several_visits_of_a_day_are_one_message_at_the_time_of_the_first(world: ReminderWorld) -> None:
    for n in range(3):
        await world.tell(visit(start=START + n * 2 * HOUR, appointment_id=f"ap-{n}"))
    await world.tell(visit(start=START + DAY, appointment_id="ap-9"))
    await world.at(BOOKED)
    assert await world.at(START - DAY) == ["ann: Tomorrow, Fri, Nov 27: 3 visits from 10:00 AM"]
    assert await world.at(START - DAY + 4 * HOUR) == []
    await world.tell(visit(AppointmentCancelled, status="cancelled", appointment_id="ap-0"), 2)
    await world.at(START - 3 * HOUR)
    text, mail = await world.at(START + 2 * HOUR - 2 * HOUR)
    assert text.startswith("+819012345678: 2 visits today, Fri, Nov 27, from 12:00 PM")
    assert mail == "ann: Tomorrow: Sat, Nov 28, 10:00 AM – 12:00 PM"


async def test_changed_settings_hold_for_visits_that_are_known(world: ReminderWorld) -> None:
    await world.tell(visit())
    await world.at(BOOKED)
    other = Reminders(hours_before=(48, 3))
    await world.apply(revised(other), version=9)
    await world.remind()
    assert await world.at(START - 2 * DAY) == ["ann: Visit: Fri, Nov 27, 10:00 AM – 12:00 PM"]
    assert await world.at(START - DAY) == []
    assert await world.at(START - 2 * HOUR - timedelta(minutes=61)) == []
    # 3 hours before is 7:00, at night: the evening before, and a reminder of the days before went out
    assert await world.at(START - HOUR) == []


async def test_visits_that_came_before_their_business_are_reminded_of(servers: Servers) -> None:
    async with ReminderWorld.fresh(servers) as world:
        world.clock.now = BOOKED
        await world.tell(visit(), quiet=True)
        await world.apply(customer(ANN), business_event(**BUSINESS))
        await world.at(BOOKED)
        assert await world.at(START - DAY) == [DAY_BEFORE]


async def test_what_was_missed_is_told_late_up_to_its_last_moment_and_never_at_night(
    world: ReminderWorld,
) -> None:
    for n, hours in enumerate((0, 14)):
        await world.tell(visit(start=START + hours * HOUR, appointment_id=f"ap-{n}"), quiet=True)
    late = START - DAY + 12 * HOUR  # 22:00; the first may be told until 7:00, the second until 21:00
    assert await world.at(late) == []
    assert await world.rows("SELECT subject_id, outcome FROM reminders WHERE step = 24 ORDER BY 1") == [
        ("ap-0", "dropped"),
        ("ap-1", None),
    ]
    morning = await world.at(START - 2 * HOUR)
    assert len(morning) == 2
    assert await world.at(START + 20 * HOUR) == []


async def test_of_two_that_were_missed_the_later_alone_is_told(world: ReminderWorld) -> None:
    both = Reminders(hours_before=(48, 24))
    await world.apply(as_event(BrandingRevised, business_event(**{**BUSINESS, "reminders": both})), version=9)
    await world.tell(visit(), quiet=True)
    await world.remind()
    assert await world.at(START - 23 * HOUR) == [DAY_BEFORE]


async def test_a_kill_between_any_two_steps_doubles_nothing(world: ReminderWorld) -> None:
    await world.tell(visit())
    await world.at(BOOKED)
    world.clock.now = START - DAY
    await asyncio.gather(*(remind(world.context("worker")) for _ in range(4)))
    world.mail.errors.append(DeliveryPostponed("smtp_421"))
    await world.deliver_notifications()
    await world.tell(visit(StaffAssigned), 2)
    assert await world.at(START - DAY + timedelta(minutes=1)) == [DAY_BEFORE]
    await world.run("UPDATE reminders SET outcome = NULL, told_as = NULL")  # as if its commit were lost
    assert await world.at(START - DAY + timedelta(minutes=2)) == []


async def test_who_declined_is_not_reminded_nor_anybody_without_access(world: ReminderWorld) -> None:
    await world.apply(customer(ANN, KEN), preferences("co-ann", kinds={"visit_reminder": False}), version=8)
    await world.tell(visit(), quiet=True)
    await world.remind()
    (text,) = await world.at(START - DAY)
    assert text.startswith("+819012345679: tomorrow, Fri, Nov 27, 10:00 AM-12:00 PM")
    declined = "SELECT contact_id, channel, error FROM deliveries WHERE status = 'dropped' ORDER BY channel"
    assert await world.rows(declined) == [("co-ann", "email", "declined"), ("co-ann", "sms", "declined")]
    await world.apply(customer(ANN, KEN, portal_access=False), version=9)
    assert await world.at(START - 2 * HOUR) == []


async def test_an_erasure_leaves_no_reminder(world: ReminderWorld) -> None:
    await world.tell(visit())
    await world.tell(visit(appointment_id="ap-2"))
    await world.tell(as_event(AppointmentErased, samples.appointment(), appointment_id="ap-2"), 2)
    assert await world.rows("SELECT DISTINCT subject_id FROM reminders") == [("ap-1",)]
    await world.apply(as_event(CustomerErased, customer()), version=20)
    assert await world.rows("SELECT subject_id FROM reminders") == []
    assert await world.rows("SELECT texts FROM notification_sources") == []


async def test_who_comes_and_where_lies_encrypted(world: ReminderWorld) -> None:
    await world.tell(visit())
    ((texts,),) = await world.rows("SELECT texts FROM notification_sources WHERE aggregate = 'appointment'")
    assert isinstance(texts, bytes)
    assert b"staff" not in texts


async def asked(world: ReminderWorld, *moments: datetime) -> list[str]:
    return [line for moment in moments for line in await world.at(moment)]


SOON, FIRST, SECOND = tokyo(12, 7, 9), tokyo(12, 13, 10), tokyo(12, 24, 10)


async def test_an_invoice_is_asked_for_three_times_at_most(world: ReminderWorld) -> None:
    await world.tell(due_bill())
    await world.at(BOOKED)
    minute = timedelta(minutes=1)
    assert await asked(world, SOON - minute, SOON) == ["ann: Invoice 2026-0001 is due Thursday, December 10"]
    assert await asked(world, FIRST - minute, FIRST) == ["ann: Invoice 2026-0001 was due December 10"]
    assert await asked(world, SECOND - minute, SECOND) == [
        "ann: Please pay invoice 2026-0001, due December 10"
    ]
    assert await asked(world, SECOND + 7 * DAY, SECOND + 30 * DAY) == []


def paid(cls: type[Payment], amount: int, **changes: object) -> Event:
    parts = tuple(replace(part, amount=amount) for part in samples.payment().allocations)
    return payment(cls, amount=amount, allocations=parts, **changes)


REFUND = samples.payment().refunds[0]
ALL_BACK = replace(
    REFUND, amount=15180, allocations=tuple(replace(share, amount=15180) for share in REFUND.allocations)
)
AUTOPAY: Autopay = as_event(AutopaySwitchedOn, samples.autopay(), contact_id="co-ann", invoice_id=None)


@pytest.mark.parametrize(
    "event",
    [
        due_bill(InvoiceVoided, status="void"),
        paid(PaymentCaptured, 15180),
        paid(PaymentProcessing, 15180, status="processing"),
        paid(PaymentRefunded, 15180, refunds=(ALL_BACK,)),
        AUTOPAY,
    ],
    ids=["void", "paid", "processing", "refunded", "autopay"],
)
async def test_what_is_not_owed_any_more_is_not_asked_for(world: ReminderWorld, event: Event) -> None:
    await world.tell(due_bill(), quiet=True)
    await world.tell(event, 2, quiet=True)
    assert await asked(world, SOON, FIRST, SECOND) == []


async def test_a_second_follows_a_first_after_which_nothing_was_paid(world: ReminderWorld) -> None:
    await world.tell(due_bill(), quiet=True)
    await asked(world, SOON, FIRST)
    await world.tell(paid(PaymentCaptured, 5000), quiet=True)
    assert await asked(world, SECOND) == []


async def test_several_that_are_overdue_are_one_message(world: ReminderWorld) -> None:
    await world.tell(due_bill(), quiet=True)
    await world.tell(due_bill(invoice_id="in-2", number="2026-0002", due_on=date(2026, 12, 11)), quiet=True)
    await world.tell(due_bill(invoice_id="in-3", number="2026-0003", due_on=date(2026, 12, 20)), quiet=True)
    await asked(world, SOON, SOON + DAY)
    assert await asked(world, FIRST, FIRST + DAY) == ["ann: 2 invoices are past due (Dec 13)"]


async def test_an_old_invoice_that_is_imported_is_not_asked_for(world: ReminderWorld) -> None:
    await world.tell(due_bill(due_on=date(2026, 11, 13)), quiet=True)
    assert await asked(world, BOOKED, tokyo(11, 27, 10), tokyo(12, 20, 10)) == []


async def test_businesses_with_many_reminders_delay_no_others(world: ReminderWorld) -> None:
    """Of each business a few customers are taken at a time, and none waits until others have nothing left."""
    await world.run(
        "INSERT INTO reminders (business_id, aggregate, subject_id, kind, step, occasion, customer_id, day,"
        " due_at, expires_at) SELECT 'b-' || b, 'appointment', 'v-' || c, 'visit_reminder', 24, 'o',"
        " 'c-' || c, '2026-11-24', '2026-11-20', '2026-11-21'"
        " FROM generate_series(10, 20) AS b, generate_series(1, 40) AS c"
    )
    async with world.worker.all_tenants() as tx:
        rounds = [await list_due_customers(tx, BOOKED, 50, 10) for _ in range(20)]
    assert {len(one) for one in rounds} == {50}
    assert max(max(Counter(due.business_id for due in one).values()) for one in rounds) <= 10
    assert len({due.business_id for one in rounds for due in one}) == 11
