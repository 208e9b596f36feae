"""What each field of a visit becomes, in both languages, and in the table that publishers read."""

import re
from dataclasses import replace
from pathlib import Path

import listed
import msgspec
import pytest
import servicehub_events as e
from page_samples import NEXT, SPARKLE, US_CONTEXT, WHITFIELD, ny, us_visit
from portal_read import pages
from portal_read.pages import PageContext
from rendered import Page
from shown_fields import PLAIN, SHOWN, ShownField, cancelled, file, window

TABLE = Path(__file__).parents[4] / "docs" / "what-customers-read.md"
IN_JAPANESE = replace(US_CONTEXT, locale="ja")


def visit_page(visit: e.Appointment, ctx: PageContext = US_CONTEXT) -> Page:
    return Page(pages.appointment(ctx, visit))


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.thing)
def test_each_field_reads_as_the_table_says(shown: ShownField) -> None:
    assert shown.visit.violations() == ()
    assert visit_page(shown.visit).says(*shown.english.split(" · "))
    assert visit_page(shown.visit, IN_JAPANESE).says(*shown.japanese.split(" · "))


def test_the_table_has_these_rows_and_no_others() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    visits = lines[lines.index("## A visit") : lines.index("## News of a visit")]
    assert [line for line in visits if line.startswith("| ")][1:] == [shown.row for shown in SHOWN]


def test_every_optional_field_of_a_visit_has_a_row_or_is_a_link_to_an_invoice_or_an_answer() -> None:
    fields = msgspec.structs.fields(e.Appointment)
    optional = {field.name for field in fields if not field.required} - {"invoice_ids", "answers"}
    rows = {name for shown in SHOWN for name in re.findall(r"`(\w+)", shown.event_field)}
    assert optional <= rows


def test_a_visit_of_a_week_is_days_and_never_105_hours() -> None:
    week = window(start=ny(11, 23, 9), end=ny(11, 27, 18))
    page = visit_page(msgspec.structs.replace(NEXT, window=week))
    assert page.says("Mon, Nov 23 – Fri, Nov 27", "Regular cleaning, 5 days")
    assert "hours" not in page.text


def test_a_visit_of_several_days_that_has_begun_is_today_and_keeps_its_days() -> None:
    under_way = window(start=ny(11, 19, 9), end=ny(11, 24, 17))
    visit = msgspec.structs.replace(NEXT, status="started", window=under_way)
    page = Page(pages.dashboard(US_CONTEXT, (visit,), (), ()))
    assert page.says("Your next visit In progress Details Today Thu, Nov 19 – Tue, Nov 24")
    assert "<title>Today · Sparkle Home</title>" in page.html


@pytest.mark.parametrize("days", ["all_day", "any_time"])
def test_a_day_without_a_time_shows_no_time_and_no_duration(days: e.WholeDays) -> None:
    whole = window(start=ny(11, 24, 0), end=ny(11, 25, 0), whole_days=days)
    visit = msgspec.structs.replace(PLAIN, window=whole)
    for ctx in (US_CONTEXT, IN_JAPANESE):
        for html in (pages.appointment(ctx, visit), pages.dashboard(ctx, (visit,), (), ())):
            assert "12:00" not in html
            assert "0:00" not in html
            assert "hour" not in Page(html).text
            assert "時間" not in Page(html).text.replace("時間指定なし", "")
            assert 'class="rail"' not in html


def test_an_arrival_is_not_taken_for_the_length_of_the_work() -> None:
    arrival = e.ArrivalWindow(start=ny(11, 24, 10), end=ny(11, 24, 11))
    page = visit_page(msgspec.structs.replace(PLAIN, window=window(arrival=arrival)))
    assert page.says("Arrives between 10:00 and 11:00 AM", "Regular cleaning")
    assert "hour" not in page.text


def test_an_arrival_that_is_past_is_not_told_as_if_it_came() -> None:
    arrival = e.ArrivalWindow(start=ny(11, 3, 10), end=ny(11, 3, 11))
    visit = us_visit("a-9", ny(11, 3, 10), 2, "completed", "Maria Reyes")
    past = msgspec.structs.replace(
        visit, window=msgspec.structs.replace(visit.window, arrival=arrival), duration_minutes=120
    )
    page = visit_page(past)
    assert page.says("Arrival 10:00 – 11:00 AM")
    assert "Arrives" not in page.text
    assert "takes" not in page.text


def test_rows_say_arrival_days_and_hold() -> None:
    arrival = e.ArrivalWindow(start=ny(11, 24, 10), end=ny(11, 24, 11))
    rows = (
        msgspec.structs.replace(PLAIN, window=window(arrival=arrival)),
        msgspec.structs.replace(PLAIN, window=window(end=ny(11, 26, 12))),
        msgspec.structs.replace(PLAIN, confirmation="on_hold"),
        msgspec.structs.replace(PLAIN, confirmation="pending"),
    )
    assert Page(listed.visits(US_CONTEXT, rows, ())).says(
        "Tue, Nov 24Arrival 10:00 – 11:00 AM",
        "Tue, Nov 24 – Thu, Nov 26",
        "No date yetwas planned for Tue, Nov 24",
        "On hold",
        "Not confirmed yet",
    )


def test_what_is_put_off_is_not_the_next_visit_while_another_one_is() -> None:
    put_off = msgspec.structs.replace(PLAIN, confirmation="on_hold")
    coming = us_visit("a-2", ny(12, 8, 10), 2, "scheduled", "Maria Reyes")
    assert Page(pages.dashboard(US_CONTEXT, (put_off, coming), (), ())).says("Your next visit, in 18 days")
    alone = Page(pages.dashboard(US_CONTEXT, (put_off,), (), ()))
    assert alone.says("Your visit On hold", "No date yet")
    assert "<title>No date yet · Sparkle Home</title>" in alone.html


def test_nobody_is_said_to_be_coming_to_a_visit_on_hold() -> None:
    page = visit_page(msgspec.structs.replace(PLAIN, confirmation="on_hold", instructions=None))
    assert "is coming" not in page.text
    assert 'class="rail"' not in page.html


def test_a_time_of_arrival_counts_only_on_the_way() -> None:
    visit = msgspec.structs.replace(PLAIN, status="started", estimated_arrival=ny(11, 20, 10, 40))
    assert "about" not in visit_page(visit).text


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (e.AppointmentJob(id="j", name="Kitchen refit"), "Part of Kitchen refit"),
        (e.AppointmentJob(id="j", name="Kitchen refit", visit_number=2), "Part of Kitchen refit, visit 2"),
        (
            e.AppointmentJob(id="j", name="Kitchen refit", visit_count=3),
            "Part of Kitchen refit, 3 visits in all",
        ),
        (e.AppointmentJob(id="j", visit_number=2, visit_count=3), "Part of a job visit 2 of 3"),
    ],
)
def test_a_job_is_said_as_far_as_the_event_knows_it(job: e.AppointmentJob, expected: str) -> None:
    assert visit_page(msgspec.structs.replace(PLAIN, job=job)).says(expected)


def test_a_job_known_by_its_id_alone_is_not_mentioned() -> None:
    assert "Part of" not in visit_page(msgspec.structs.replace(PLAIN, job=e.AppointmentJob(id="j"))).text


def test_a_photo_is_a_picture_from_the_image_origin_and_else_a_link() -> None:
    visit = msgspec.structs.replace(PLAIN, attachments=(file("photo", "Before"),))
    assert "https://files.example/photo" in visit_page(visit).all("a", "href")
    assert visit_page(visit).all("img", "src") == []
    shown = visit_page(visit, replace(US_CONTEXT, image_origin="https://files.example"))
    assert shown.all("img", "src") == ["https://files.example/photo"]
    document = msgspec.structs.replace(PLAIN, attachments=(file("document", "Report"),))
    assert (
        visit_page(document, replace(US_CONTEXT, image_origin="https://files.example")).all("img", "src")
        == []
    )


def test_a_file_leads_away_without_telling_from_where() -> None:
    visit = msgspec.structs.replace(PLAIN, attachments=(file("photo", "Before"),))
    assert "noopener noreferrer" in visit_page(visit).all("a", "rel")


def test_a_file_is_shown_to_the_roles_it_names() -> None:
    photo = msgspec.structs.replace(file("photo", "Before"), roles=("invoices",))
    visit = msgspec.structs.replace(PLAIN, attachments=(photo,))
    assert US_CONTEXT.contact
    for roles, sees in ((None, True), (("visits",), False), (("visits", "pay"), True)):
        contact = msgspec.structs.replace(US_CONTEXT.contact, roles=roles)
        assert ("Before" in visit_page(visit, replace(US_CONTEXT, contact=contact)).text) is sees


def test_a_customer_of_several_sites_sees_which_one_in_each_row() -> None:
    sites = (*WHITFIELD.sites, e.CustomerSite(site_id="s-2", label="Studio", address="1 Dock Street"))
    several = replace(US_CONTEXT, customer=msgspec.structs.replace(WHITFIELD, sites=sites))
    row = "Apt 3B Regular cleaning Maria Reyes"
    assert Page(listed.visits(several, (PLAIN,), ())).says(row)
    assert row not in Page(listed.visits(US_CONTEXT, (PLAIN,), ())).text


def test_the_postal_address_stands_below_every_page() -> None:
    business = msgspec.structs.replace(SPARKLE, postal_address="9 Water Street\nBrooklyn, NY 11201")
    ctx = replace(US_CONTEXT, business=business)
    for html in (pages.appointment(ctx, PLAIN), pages.sign_in(replace(ctx, contact=None, customer=None))):
        assert Page(html).says("Sparkle Home 9 Water Street Brooklyn, NY 11201")
    assert "<address" not in pages.appointment(US_CONTEXT, PLAIN)


@pytest.mark.parametrize(
    ("postal_address", "shown"),
    [(None, "Sparkle Home LLC"), ("9 Water Street", "Sparkle Home LLC 9 Water Street")],
)
def test_who_the_business_is_in_law_stands_below_every_page(postal_address: str | None, shown: str) -> None:
    named = {"legal_name": "Sparkle Home LLC", "postal_address": postal_address}
    ctx = replace(US_CONTEXT, business=msgspec.structs.replace(SPARKLE, **named))
    assert Page(pages.sign_in(replace(ctx, contact=None, customer=None))).says(shown)


def test_who_cancelled_is_said_by_our_words_alone() -> None:
    visit = msgspec.structs.replace(PLAIN, **cancelled("moon", "Full moon"))
    assert visit_page(visit).says("Cancelled: Full moon")
