"""What becomes of a visit, and what its customer hears of it: the difference, once; on a real database."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from email.message import EmailMessage

import msgspec
import pytest
from code_samples import NOW, NUMBER, business_event
from notification_samples import (
    appointment,
    appointment_in,
    contact,
    customer,
    envelopes,
    invoice,
    preferences,
)
from notification_world import NotificationWorld
from notifier.domain.delivery import DeliveryPostponed
from portal_testing.read_calendar import entries_of
from portal_testing.stack import Servers
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    Cancellation,
    CustomerErased,
    Series,
    Site,
    StaffAssigned,
    StaffMember,
    Window,
)

pytestmark = pytest.mark.stack
ANN = contact("ann")
TEXTED = contact("tom", email=None, phone=NUMBER)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOON = NOW + timedelta(hours=3)  # 12:00 in Tokyo
BOOKED = "Booked: Wed, Nov 25, 9:00 – 11:00 AM"
MOVED = "Moved: Fri, Nov 27, 9:00 – 11:00 AM"
OFF = "Cancelled: your visit on Wed, Nov 25"


class Visits(NotificationWorld):
    """The notifier, and what it tells Ann."""

    versions = 0

    async def happens(self, *events: Appointment, quiet: bool = False, age: timedelta = timedelta()) -> None:
        """Events of visits, each newer than those before."""
        for event in events:
            self.versions += 1
            for envelope in envelopes(event, version=self.versions):
                at = self.clock.now - age
                await self.read(msgspec.structs.replace(envelope, quiet=quiet, time=at))

    async def subjects(self, later: float = 60) -> list[str]:
        """The subjects of what is mailed once so many seconds have passed."""
        return [mail["Subject"] for _, mail in await self.deliver_notifications(later)]

    async def booked(self, *events: Appointment) -> None:
        """Visits that were told as booked."""
        await self.happens(*(events or (appointment(),)))
        await self.deliver_notifications()
        self.mail.sent.clear()
        self.sms.sent.clear()


@pytest.fixture
async def visits(servers: Servers) -> AsyncGenerator[Visits]:
    async with Visits.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN)))
        yield world


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\u00a0", " ")


def calendar(mail: EmailMessage) -> tuple[str, bytes]:
    """The method of a mail's calendar file, and the file."""
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "visit.ics"
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    return str(file.get_param("method")), content


def cancelled(event: Appointment | None = None, *, reason: str = "van broke down") -> Appointment:
    given = event or appointment()
    window, id_ = given.window, given.appointment_id
    off = Cancellation(reason=reason, at=NOW)
    return appointment(
        AppointmentCancelled, status="cancelled", window=window, appointment_id=id_, cancellation=off
    )


def at(start: datetime, cls: type[Appointment] = AppointmentScheduled, **changes: object) -> Appointment:
    window = Window(start=start, end=start + 2 * HOUR, time_zone="Asia/Tokyo")
    return appointment(cls, window=window, **{"rescheduled_from": None, **changes})


def moved(days: int = 5, **changes: object) -> Appointment:
    return appointment_in(days, AppointmentRescheduled, **changes)


async def test_a_visit_cancelled_once_its_window_has_begun_is_told_at_once_by_mail_and_text(
    visits: Visits,
) -> None:
    await visits.apply(*envelopes(customer(contact("ann", phone=NUMBER)), version=2))
    visit = at(NOW + 10 * HOUR)
    await visits.booked(visit)
    visits.clock.now = NOW + 10.5 * HOUR
    await visits.happens(cancelled(visit))
    ((_, mail),) = await visits.deliver_notifications(0)
    assert mail["Subject"] == "Nobody is coming today (7:00 – 9:00 PM)"
    assert "You need not wait any longer" in body(mail)
    assert "Reason: van broke down" in body(mail)
    (text,) = visits.sms.sent
    assert "today's visit (7:00-9:00 PM) is cancelled: van broke down." in text.text


async def test_after_its_end_nothing_is_told_of_a_cancellation(visits: Visits) -> None:
    visit = at(NOW + 10 * HOUR)
    await visits.booked(visit)
    visits.clock.now = NOW + 13 * HOUR
    await visits.happens(cancelled(visit))
    assert await visits.subjects() == []


async def test_moved_and_moved_back_is_silent_and_two_moves_are_one(visits: Visits) -> None:
    await visits.booked()
    await visits.happens(moved(), moved(3))
    assert await visits.subjects() == []
    await visits.happens(moved(4), moved(5))
    assert await visits.subjects() == [MOVED]
    assert "(was Wed, Nov 25, 9:00 – 11:00 AM)" in body(visits.mail.sent[0][1])


async def test_a_cancel_overtakes_a_move_and_what_was_never_told_is_not_cancelled(visits: Visits) -> None:
    await visits.booked()
    await visits.happens(moved(), cancelled())
    assert await visits.subjects() == [OFF]
    unheard = appointment(appointment_id="ap-2")
    await visits.happens(unheard, cancelled(unheard))
    assert await visits.subjects() == []


async def test_a_change_waits_until_nothing_changes_for_a_minute_and_five_at_most(visits: Visits) -> None:
    await visits.booked()
    for each in range(4, 9):
        await visits.happens(moved(each))
        assert await visits.subjects(59) == []
    await visits.happens(moved(9))
    assert await visits.subjects(4) == []  # five minutes less a second since the first
    assert await visits.subjects(1) == ["Moved: Tue, Dec 1, 9:00 – 11:00 AM"]


async def test_changes_of_several_visits_are_one_message_with_one_file(visits: Visits) -> None:
    second = appointment_in(6, appointment_id="ap-2")
    await visits.booked(appointment(), second)
    await visits.happens(moved(), cancelled(second))
    ((_, mail),) = await visits.deliver_notifications()
    assert mail["Subject"] == "2 visits changed, next one Fri, Nov 27"
    assert "We changed 2 of your visits: 1 moved, 1 cancelled." in body(mail)
    method, file = calendar(mail)
    states = [entry.status for entry in entries_of(file)]
    assert (method, states) == ("PUBLISH", ["CONFIRMED", "CANCELLED"])
    assert await visits.subjects() == []


async def test_of_several_that_changed_only_what_still_differs_is_told(visits: Visits) -> None:
    second = appointment_in(6, appointment_id="ap-2")
    await visits.booked(appointment(), second)
    await visits.happens(moved(), cancelled(second))
    await visits.fan_out(later=60)
    await visits.happens(moved(3))
    assert await visits.subjects(0) == ["Cancelled: your visit on Sat, Nov 28"]
    assert await visits.subjects() == []


async def test_who_waits_or_soon_will_is_told_without_waiting(visits: Visits) -> None:
    visit = at(NOW + 5 * HOUR)
    await visits.booked(visit)
    visits.clock.now = NOW + 2.5 * HOUR
    await visits.happens(at(NOW + 26 * HOUR, AppointmentRescheduled, rescheduled_from=was(visit)))
    assert await visits.subjects(0) == ["Moved: Mon, Nov 23, 11:00 AM – 1:00 PM"]


def was(visit: Appointment) -> object:
    former = appointment().rescheduled_from
    assert former is not None
    return msgspec.structs.replace(former, start=visit.window.start, end=visit.window.end)


async def test_a_mail_that_surely_failed_told_nothing_so_that_back_again_is_silent(visits: Visits) -> None:
    await visits.booked()
    visits.mail.errors = [DeliveryPostponed("smtp_unreachable")]
    await visits.happens(moved())
    assert await visits.subjects() == []
    await visits.happens(moved(3))
    assert await visits.subjects() == []
    assert await visits.subjects(600) == []


async def test_what_a_killed_worker_may_have_sent_counts_as_told(visits: Visits) -> None:
    await visits.booked()
    visits.mail.errors = [RuntimeError("killed")]  # nobody knows whether it left
    await visits.happens(moved())
    assert await visits.subjects() == []
    await visits.happens(moved(3))
    assert await visits.subjects() == ["Moved: Wed, Nov 25, 9:00 – 11:00 AM"]
    assert await visits.subjects(600) == []


async def test_others_are_coming(visits: Visits) -> None:
    def by(*names: str) -> Appointment:
        staff = tuple(StaffMember(staff_id=f"st-{name}", name=name) for name in names)
        return appointment(StaffAssigned, staff=staff)

    await visits.booked(appointment(staff=()))
    await visits.happens(by("Maria"))
    assert await visits.subjects() == []  # nobody had been named
    await visits.happens(appointment(AppointmentScheduled, appointment_id="ap-2"))
    await visits.deliver_notifications()
    visits.mail.sent.clear()
    await visits.happens(by("Maria", "Devon"))
    assert await visits.subjects() == []  # of whom nothing was told
    await visits.happens(
        appointment(StaffAssigned, appointment_id="ap-2", staff=(StaffMember(staff_id="d", name="Devon"),))
    )
    assert await visits.subjects() == ["Wed, Nov 25: Devon is coming"]
    assert "instead of Sample Staff" in body(visits.mail.sent[0][1])


async def test_they_are_on_their_way_by_text_and_never_late(visits: Visits) -> None:
    await visits.apply(*envelopes(customer(contact("ann", phone=NUMBER)), version=2))
    visit = at(NOW + 5 * HOUR)
    await visits.booked(visit)
    visits.clock.now = NOW + 5 * HOUR
    eta = NOW + 5 * HOUR + 12 * MINUTE
    way = at(NOW + 5 * HOUR, AppointmentEnRoute, status="en_route", estimated_arrival=eta)
    await visits.happens(way, age=21 * MINUTE)
    assert await visits.subjects(0) == []
    assert visits.sms.sent == []
    await visits.happens(way)
    await visits.deliver_notifications(0)
    await visits.happens(msgspec.structs.replace(way, estimated_arrival=eta + 19 * MINUTE))
    await visits.deliver_notifications(0)
    await visits.happens(msgspec.structs.replace(way, estimated_arrival=eta + 20 * MINUTE))
    await visits.deliver_notifications(0)
    assert [sms.text.partition(": ")[2].partition(". ")[0] for sms in visits.sms.sent] == [
        "Sample Staff is on the way, at your door at about 2:10 PM",
        "Sample Staff is on the way, at your door at about 2:30 PM",
    ]
    assert visits.mail.sent == []


async def test_who_is_on_the_way_is_told_also_beside_a_change_that_waited(visits: Visits) -> None:
    await visits.booked()
    window = appointment_in(3, staff=()).window
    later = msgspec.structs.replace(window, end=window.end + HOUR)
    await visits.happens(appointment(AppointmentRescheduled, window=later))
    await visits.happens(appointment(AppointmentEnRoute, window=later, status="en_route"))
    assert await visits.subjects(0) == ["On the way: Sample Staff (9:00 AM – 12:00 PM)"]
    assert await visits.subjects() == []


async def test_done_and_missed(visits: Visits) -> None:
    first, second = at(NOW + 4 * HOUR), at(NOW + 4 * HOUR, appointment_id="ap-2")
    await visits.booked(first, second)
    visits.clock.now = NOW + 5 * HOUR
    await visits.happens(at(first.window.start, AppointmentCompleted, status="completed"))
    await visits.happens(at(second.window.start, AppointmentMissed, status="missed", appointment_id="ap-2"))
    assert await visits.subjects(1) == ["Your visit on Sun, Nov 22 did not happen"]
    assert await visits.subjects(600) == ["Done: House cleaning, Sun, Nov 22"]
    assert "an invoice will follow" not in body(visits.mail.sent[-1][1])  # there is one already


async def test_an_invoice_tells_what_was_done_alone(visits: Visits) -> None:
    await visits.booked(at(NOW + 4 * HOUR))
    visits.clock.now = NOW + 5 * HOUR
    await visits.happens(at(NOW + 4 * HOUR, AppointmentCompleted, status="completed"))
    (issued,) = envelopes(invoice(appointment_ids=("ap-1",)))
    await visits.read(msgspec.structs.replace(issued, time=visits.clock.now))
    assert await visits.subjects(700) == ["Deposit for invoice 2026-0001, due November 30"]


async def test_a_series_is_told_once_and_what_it_grows_later_is_not(visits: Visits) -> None:
    series = Series(id="s-1", rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE")

    def of_series(number: int) -> Appointment:
        return appointment_in(3 + 14 * number, series=series, appointment_id=f"ap-{number}")

    await visits.happens(*(of_series(each) for each in range(3)))
    assert await visits.subjects() == ["Booked every 2 weeks from Wed, Nov 25"]
    await visits.happens(of_series(3))
    assert await visits.subjects() == []
    await visits.happens(cancelled(of_series(3)))
    assert await visits.subjects() == ["Cancelled: your visit on Wed, Jan 6, 2027"]


async def test_an_imported_visit_counts_as_known(visits: Visits) -> None:
    await visits.happens(appointment(), quiet=True)
    assert await visits.subjects() == []
    await visits.happens(moved())
    assert await visits.subjects() == [MOVED]
    await visits.happens(cancelled(moved()))
    assert await visits.subjects() == ["Cancelled: your visit on Fri, Nov 27"]


async def test_what_happened_before_there_was_a_notifier_counts_as_known(visits: Visits) -> None:
    await visits.history_ends(NOW.isoformat())
    await visits.happens(appointment(), age=MINUTE)
    assert await visits.subjects() == []
    await visits.happens(cancelled())
    assert await visits.subjects() == [OFF]


async def test_who_has_no_mail_is_texted_and_not_at_night(visits: Visits) -> None:
    await visits.apply(*envelopes(customer(TEXTED), version=2))
    await visits.booked()
    visits.clock.now = NOW + 14 * HOUR  # 23:00 in Tokyo
    await visits.happens(moved())
    await visits.deliver_notifications()
    assert visits.sms.sent == []
    await visits.deliver_notifications(9 * 3600)
    (text,) = visits.sms.sent
    assert text.text.startswith("Sample Business: your visit moved to Fri, Nov 27, 9:00-11:00 AM")


async def test_who_switched_bookings_off_still_hears_of_changes(visits: Visits) -> None:
    await visits.apply(*envelopes(preferences("co-ann", kinds={"visit_confirmed": False})))
    await visits.happens(appointment())
    assert await visits.subjects() == []
    await visits.happens(moved())
    assert await visits.subjects() == [MOVED]


async def test_two_contacts_with_one_address_are_one_reader(visits: Visits) -> None:
    await visits.apply(*envelopes(customer(ANN, contact("twin", email="ANN@example.com")), version=2))
    await visits.happens(appointment())
    assert await visits.subjects() == [BOOKED]
    await visits.happens(moved())
    assert await visits.subjects() == [MOVED]


async def test_the_file_of_a_mail_replaces_the_entry_and_takes_it_out(visits: Visits) -> None:
    told: list[tuple[str, bytes]] = []
    for event in (appointment(), moved(), cancelled(moved())):
        await visits.happens(event)
        ((_, mail),) = await visits.deliver_notifications()
        told.append(calendar(mail))
    entries = [entries_of(file)[0] for _, file in told]
    assert [method for method, _ in told] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert [entry.status for entry in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert len({entry.uid for entry in entries}) == 1
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert all(b"ORGANIZER" in file and b"ATTENDEE" not in file for _, file in told)


async def test_another_place_is_told_and_the_address_instead_of_its_label(visits: Visits) -> None:
    await visits.booked()
    await visits.happens(appointment(site=Site(label="Home", address="8 Shore Road, Montauk")))
    ((_, mail),) = await visits.deliver_notifications()
    assert mail["Subject"] == "New place: Wed, Nov 25, 9:00 – 11:00 AM"
    assert "Where: 8 Shore Road, Montauk (was 1-2-3 Example, Tokyo)" in body(mail)


async def test_nothing_of_what_was_told_can_be_read_and_nothing_stays_of_the_erased(visits: Visits) -> None:
    await visits.booked()
    tables = ("visit_tellings", "notification_sources", "deliveries")
    stored = [str(row) for table in tables for row in await visits.rows(f"SELECT t::text FROM {table} t")]
    assert len(stored) == len(tables) + 1  # and that the contact can sign in
    assert not any(word in row for row in stored for word in ("gate open", "Sample Staff", "1-2-3 Example"))
    await visits.apply(*envelopes(CustomerErased(business_id="b-1", customer_id="cu-1"), version=9))
    for table in tables:
        assert await visits.rows(f"SELECT 1 FROM {table}") == []
