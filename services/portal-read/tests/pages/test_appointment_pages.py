"""When they come, who comes, where, and what changed."""

from dataclasses import replace
from datetime import datetime

import msgspec
import pytest
import servicehub_events as e
from page_samples import (
    CANCELLED,
    DEEP_CLEAN,
    DONE,
    MISSED,
    NEW_YORK,
    NEXT,
    SPARKLE_SEASON,
    US_CONTEXT,
    ny,
    us_visit,
)
from page_samples_japan import HIKARI_SEASON, JP_CONTEXT, JP_NEXT, jp, jp_visit
from portal_read import pages
from portal_read.pages.language import language_of
from portal_read.pages.recurrence import repeats
from rendered import Page


def dashboard(*upcoming: e.Appointment) -> Page:
    return Page(pages.dashboard(US_CONTEXT, upcoming, (), ()))


def test_the_next_visit_is_the_hero_and_the_title() -> None:
    page = dashboard(NEXT, DEEP_CLEAN)
    assert page.says(
        "Your next visit, in 4 days", "Tuesday", "November 24", "10:00 AM – 12:00 PM",
        "Maria Reyes is coming",
        "Regular cleaning, 2 hours", "120 Maple Street, Brooklyn (Apt 3B)", "8 AM noon 6 PM",
    )  # fmt: skip
    assert "<title>Tuesday 10:00\u00a0AM – 12:00\u00a0PM · Sparkle Home</title>" in page.html


def test_a_japanese_visit_says_the_day_after_tomorrow_in_a_word() -> None:
    page = Page(pages.dashboard(JP_CONTEXT, HIKARI_SEASON.upcoming, (), ()))
    assert page.says(
        "次回のご予約・2日後", "あさって", "2026年11月22日(日)", "10:00〜12:00", "佐藤 健一が伺います",
        "定期清掃・約2時間", "東京都杉並区阿佐谷北1-2-3 メゾン阿佐谷302", "変更前 13:00〜15:00", "時間変更",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start", "english", "japanese"),
    [
        (jp(11, 20, 14), "Today Friday, November 20", "今日 2026年11月20日(金)"),
        (jp(11, 21, 14), "Tomorrow Saturday, November 21", "あした 2026年11月21日(土)"),
        (jp(11, 22, 14), "Sunday November 22", "あさって 2026年11月22日(日)"),
        (jp(11, 26, 14), "Thursday November 26", "木曜日 2026年11月26日(木)"),
        (jp(11, 27, 14), "November 27 Friday", "11月27日 2026年11月27日(金)"),
        (jp(11, 27, 14).replace(year=2027), "November 27 Saturday, 2027", "11月27日 2027年11月27日(土)"),
    ],
)
def test_a_weekday_stands_alone_only_while_it_cannot_be_mistaken(
    start: datetime, english: str, japanese: str
) -> None:
    visit = jp_visit("a-9", start, 2, "scheduled")
    for locale, expected in (("en", english), ("ja", japanese)):
        assert Page(pages.dashboard(replace(JP_CONTEXT, locale=locale), (visit,), (), ())).says(expected)


def test_a_moved_visit_shows_the_old_and_the_new_time_and_when_it_moved() -> None:
    page = Page(pages.appointment(US_CONTEXT, NEXT))
    assert page.says("New time", "was 1:00 – 3:00 PM now 10:00 AM – 12:00 PM", "Nov 18, 4:12 PM")
    assert "<del>1:00 –" in page.html
    other_day = e.FormerWindow(start=ny(11, 23, 13), end=ny(11, 23, 15), at=ny(11, 18, 16, 12))
    moved = msgspec.structs.replace(NEXT, rescheduled_from=other_day)
    page = Page(pages.appointment(US_CONTEXT, moved))
    assert page.says("was Mon, Nov 23 1:00 – 3:00 PM now Tue, Nov 24 10:00 AM – 12:00 PM")


def test_a_move_that_leaves_the_time_alone_is_no_change() -> None:
    same = e.FormerWindow(start=NEXT.window.start, end=NEXT.window.end, at=ny(11, 18, 16))
    page = Page(pages.appointment(US_CONTEXT, msgspec.structs.replace(NEXT, rescheduled_from=same)))
    assert "New time" not in page.text
    assert "What changed" not in page.text


@pytest.mark.parametrize(
    ("status", "english", "japanese", "sentence"),
    [
        ("scheduled", "Confirmed", "確定", "Maria is coming"),
        ("en_route", "On the way", "向かっています", "Maria is on the way"),
        ("started", "In progress", "作業中", "Maria is at work"),
        ("completed", "Done", "完了", "Maria came"),
        ("missed", "Did not take place", "未実施", "Maria"),
        ("cancelled", "Cancelled", "キャンセル", "Maria"),
    ],
)
def test_every_status_is_an_icon_and_a_word(
    status: e.AppointmentStatus, english: str, japanese: str, sentence: str
) -> None:
    visit = us_visit("a-9", ny(11, 20, 11), 2, status, "Maria")
    page = Page(pages.appointment(US_CONTEXT, visit))
    assert page.says(english, sentence)
    assert f"</svg>{english}</span>" in page.html
    assert f"</svg>{japanese}</span>" in pages.appointment(replace(US_CONTEXT, locale="ja"), visit)


def test_several_people_come_together_and_nobody_is_said_to_follow() -> None:
    assert Page(pages.appointment(US_CONTEXT, DEEP_CLEAN)).says("Maria Reyes and Devon Park are coming")
    nobody = us_visit("a-9", ny(11, 24, 10), 2, "scheduled")
    assert Page(pages.appointment(US_CONTEXT, nobody)).says("We’ll tell you who is coming.")


def test_past_visits_say_what_was_done_or_why_not() -> None:
    assert Page(pages.appointment(US_CONTEXT, DONE)).says(
        "What was done", "The window lock in the hall is loose."
    )
    assert Page(pages.appointment(US_CONTEXT, CANCELLED)).says("Cancelled: Burst pipe in the building")
    listed = Page(pages.appointments(US_CONTEXT, (), (DONE, CANCELLED, MISSED)))
    assert listed.says("No visit planned", "Past visits", "Tue, Nov 3", "Tue, Oct 20", "Tue, Oct 6")


def test_older_visits_are_a_link_away_when_there_are_more() -> None:
    older = "/portal/sparkle-home/appointments?before=2026-10-06T10%3A00%3A00-04%3A00&id=a-6"
    assert older in Page(pages.appointments(US_CONTEXT, (), (DONE, MISSED), more=True)).all("a", "href")
    assert "before=" not in pages.appointments(US_CONTEXT, (), (DONE, MISSED))


def test_a_site_in_another_zone_has_its_own_clock_and_says_so() -> None:
    visit = jp_visit("a-9", jp(11, 24, 10), 2, "scheduled", "佐藤 健一")
    page = Page(pages.appointment(US_CONTEXT, visit))
    assert page.says("10:00 AM – 12:00 PM", "Tokyo time", "November 24")
    assert "Tokyo" not in pages.appointment(replace(JP_CONTEXT, locale="en"), JP_NEXT)


def test_a_photo_is_shown_only_from_the_allowed_origin() -> None:
    photo = "https://img.example/maria.webp"
    staff = e.StaffMember(staff_id="m", name="Maria Reyes", photo_url=photo)
    visit = msgspec.structs.replace(NEXT, staff=(staff,))
    assert photo not in pages.appointment(US_CONTEXT, visit)
    assert photo in pages.appointment(replace(US_CONTEXT, image_origin="https://img.example"), visit)
    assert photo not in pages.appointment(replace(US_CONTEXT, image_origin="https://img.exam"), visit)


def test_what_a_contact_may_not_see_is_not_offered() -> None:
    assert US_CONTEXT.contact
    only_visits = replace(US_CONTEXT, contact=msgspec.structs.replace(US_CONTEXT.contact, roles=("visits",)))
    page = Page(pages.dashboard(only_visits, (NEXT,), (), ()))
    assert "/portal/sparkle-home/invoices" not in page.all("a", "href")
    assert "Nothing due" not in page.text
    only_pay = replace(US_CONTEXT, contact=msgspec.structs.replace(US_CONTEXT.contact, roles=("pay",)))
    page = Page(pages.dashboard(only_pay, (), (), SPARKLE_SEASON.invoices))
    assert "/portal/sparkle-home/appointments" not in page.all("a", "href")
    assert page.says("Your invoices", "Amount due")


@pytest.mark.parametrize(
    ("rule", "english", "japanese"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "Every 2 weeks, Tuesday", "隔週・火曜日"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "Weekly, Monday and Thursday", "毎週・月曜日・木曜日"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=3", "Every 3 weeks", "3週間ごと"),
        ("FREQ=MONTHLY;BYDAY=1MO", "Monthly", "毎月"),
        ("FREQ=DAILY", "Daily", "毎日"),
        ("FREQ=HOURLY", "Repeats", "定期"),
    ],
)
def test_a_rule_is_said_in_words_as_far_as_words_can(rule: str, english: str, japanese: str) -> None:
    assert repeats(language_of(US_CONTEXT), rule) == english
    assert repeats(language_of(JP_CONTEXT), rule) == japanese


def test_a_visit_over_the_clock_change_lasts_as_long_as_it_lasts() -> None:
    start, end = (datetime(2026, 11, 1, hour, 30, tzinfo=NEW_YORK) for hour in (0, 2))
    window = e.Window(start=start, end=end, time_zone="America/New_York")
    page = Page(pages.appointment(US_CONTEXT, msgspec.structs.replace(NEXT, window=window)))
    assert page.says("12:30 – 2:30 AM", "3 hours")


def test_times_of_day_widen_the_rail_rather_than_leave_it() -> None:
    early = us_visit("a-9", ny(11, 24, 5), 2, "scheduled", "Maria")
    assert "5 AM" in Page(pages.appointment(US_CONTEXT, early)).text.replace("\u00a0", " ")
