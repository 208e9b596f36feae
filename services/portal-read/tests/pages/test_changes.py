"""What changed since a contact last looked, and where it is said."""

from dataclasses import replace

import pytest
from listed import visits
from msgspec import structs
from page_samples import DEEP_CLEAN, DEPOSIT, NEXT, OVERDUE, US_CONTEXT, in_locale, ny, view
from page_samples_japan import HIKARI_SEASON
from portal_read import pages
from portal_read.pages import PageContext, Snapshot, snapshot_of, with_new_visits
from portal_read.pages.snapshot import lacks_visits
from rendered import Page
from servicehub_events import Appointment, Cancellation, StaffMember

STAYED = structs.replace(NEXT, rescheduled_from=None)
KEN = StaffMember(staff_id="ken", name="Ken Ito")
OFF = structs.replace(
    STAYED,
    status="cancelled",
    cancellation=Cancellation(at=ny(11, 19, 8, 30), reason="Storm warning for that day", by="business"),
)
MOVED = structs.replace(
    STAYED, window=structs.replace(STAYED.window, start=ny(11, 25, 9), end=ny(11, 25, 11))
)
SEEN = snapshot_of([STAYED, DEEP_CLEAN], [OVERDUE])


def looked(seen: Snapshot | None = SEEN) -> PageContext:
    return replace(US_CONTEXT, seen=seen)


def dashboard(
    *upcoming: Appointment, cancelled: tuple[Appointment, ...] = (), seen: Snapshot | None = SEEN
) -> Page:
    bills = [view(OVERDUE)]
    return Page(pages.dashboard(looked(seen), upcoming, (), bills, cancelled=cancelled, shown="abc"))


def test_a_visit_that_was_moved_shows_both_times() -> None:
    page = dashboard(MOVED, DEEP_CLEAN)
    assert page.says("Changed since you last looked", "1 visit changed.")
    assert page.says("was Tue, Nov 24 10:00 AM – 12:00 PM", "now Wed, Nov 25 9:00 – 11:00 AM")


def test_another_person_is_named_beside_the_one_before() -> None:
    visit = structs.replace(STAYED, staff=(KEN,))
    assert dashboard(visit, DEEP_CLEAN).says("Who comes on", "was Maria Reyes", "now Ken Ito")
    page = Page(pages.appointment(looked(), visit))
    assert page.says("Ken Ito is coming Instead of Maria Reyes")
    assert page.says("What changed, and when", "Who comes was Maria Reyes now Ken Ito")
    assert Page(visits(looked(), [visit])).says("Who comes was Maria Reyes now Ken Ito")


def test_who_is_named_for_the_first_time_is_no_change() -> None:
    seen = snapshot_of([structs.replace(STAYED, staff=())], [OVERDUE])
    assert "last looked" not in dashboard(STAYED, seen=seen).text


def test_a_visit_that_was_cancelled_is_told_with_its_reason_on_top() -> None:
    page = dashboard(DEEP_CLEAN, cancelled=(OFF,))
    assert page.says("A visit was cancelled: Tue, Nov 24 10:00 AM – 12:00 PM. See them")
    assert page.says("now Cancelled", "Reason: Storm warning for that day")


def test_who_never_looked_is_told_of_cancelled_visits_alone() -> None:
    page = dashboard(MOVED, cancelled=(OFF,), seen=None)
    assert page.says("A visit was cancelled")
    assert "visit changed" not in page.text


def test_several_changes_are_counted_in_one_line() -> None:
    moved = structs.replace(DEEP_CLEAN, window=structs.replace(DEEP_CLEAN.window, start=ny(12, 12, 8)))
    page = Page(
        pages.dashboard(looked(), [moved], (), [view(OVERDUE), view(DEPOSIT)], cancelled=(OFF,), shown="abc")
    )
    assert page.says("1 visit cancelled, 1 visit changed, 1 new invoice.", "1047")


def test_nothing_is_said_when_nothing_changed() -> None:
    page = dashboard(STAYED, DEEP_CLEAN)
    assert "last looked" not in page.text
    assert "/portal/sparkle-home/seen" not in page.all("form", "action")


def test_what_was_seen_is_told_no_more() -> None:
    off = structs.replace(OFF, appointment_id="a-9")
    page = dashboard(MOVED, cancelled=(off,), seen=snapshot_of([MOVED, off], [OVERDUE]))
    assert "last looked" not in page.text


def test_new_visits_are_learned_and_changes_stay_to_be_told() -> None:
    assert lacks_visits(None, [])
    assert not lacks_visits(SEEN, [MOVED, OFF])
    learned = with_new_visits(snapshot_of([STAYED], [OVERDUE]), [MOVED, DEEP_CLEAN, OFF], [OVERDUE, DEPOSIT])
    assert learned.visits["a-1"].window == STAYED.window
    assert learned.visits["a-3"].window == DEEP_CLEAN.window
    assert set(learned.invoices) == {"i-1042"}
    assert with_new_visits(None, [OFF], [OVERDUE]) == snapshot_of([], [OVERDUE])


def test_a_cancelled_visit_ahead_stays_in_its_place_struck_through_with_the_reason() -> None:
    html = visits(looked(), [OFF, DEEP_CLEAN])
    assert '<li class="gone">' in html
    assert "<del>10:00\u202fAM" in html or "<del>10:00\u00a0AM" in html
    assert Page(html).says("Cancelled", "Storm warning for that day")


def test_a_visit_cancelled_in_the_past_is_not_struck_through() -> None:
    past = structs.replace(OFF, window=structs.replace(OFF.window, start=ny(11, 3, 10), end=ny(11, 3, 12)))
    assert 'class="gone"' not in visits(looked(), (), [past])


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_changes_are_told_in_the_language_of_the_page(locale: str) -> None:
    season = in_locale(HIKARI_SEASON, locale)
    visit = structs.replace(season.upcoming[0], staff=(KEN,))
    seen = snapshot_of(season.upcoming, [bill.invoice for bill in season.invoices])
    page = Page(pages.dashboard(replace(season.ctx, seen=seen), [visit], (), season.invoices))
    assert page.says("前回ご覧になってからの変更" if locale == "ja" else "Changed since you last looked")
