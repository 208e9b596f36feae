"""What was done: in words, by whom, when it was finished, with the state of its invoices."""

from dataclasses import replace
from datetime import timedelta

import listed
import pytest
from msgspec import structs
from page_samples import DONE, ON_ITS_WAY, OVERDUE, SETTLED, SPARKLE_SEASON, US_CONTEXT, ny, us_visit, view
from page_samples_japan import HIKARI_SEASON
from portal_read import pages
from portal_read.pages.list_query import ListPage, ListQuery
from rendered import Page
from request_samples import taking
from servicehub_events import Appointment, AttachedFile, Completion, Role

BILLED = structs.replace(DONE, invoice_ids=("i-1042", "i-1031", "i-gone"))
VIEWS = [view(OVERDUE), view(SETTLED), view(ON_ITS_WAY)]
ROOT = "/portal/sparkle-home"


def test_a_visit_says_what_was_done_by_whom_until_when_and_what_became_of_its_invoices() -> None:
    page = Page(listed.history(US_CONTEXT, [BILLED], VIEWS))
    assert page.says("What we’ve done", "Tue, Nov 3", "Regular cleaning", "Devon Park", "finished 12:01 PM")
    assert page.says("Kitchen, bathroom, floors. The window lock in the hall is loose.")
    assert page.says("Overdue since Nov 14 Invoice 1042", "Overdue since Oct 20 Invoice 1031")
    assert "1039" not in page.text
    assert page.all("a", "href").count(f"{ROOT}/invoices/i-1042") == 1


def test_japanese_says_the_same() -> None:
    page = Page(listed.history(HIKARI_SEASON.ctx, listed.done_of(HIKARI_SEASON), HIKARI_SEASON.invoices))
    assert page.says("これまでの作業", "作業完了", "写真1枚", "控えの保存")


@pytest.mark.parametrize(
    ("at", "words"),
    [(ny(11, 3, 12, 1), "finished 12:01 PM"), (ny(11, 4, 9), "finished Nov 4, 9:00 AM")],
)
def test_work_that_was_finished_on_another_day_names_it(at: object, words: str) -> None:
    done = structs.replace(DONE, completed=Completion(at=at))  # pyright: ignore[reportArgumentType]
    assert Page(listed.history(US_CONTEXT, [done], ())).says(words)


def test_a_visit_of_which_nobody_told_the_end_shows_the_time_that_was_agreed() -> None:
    page = Page(listed.history(US_CONTEXT, [structs.replace(DONE, completed=None)], ()))
    assert page.says("10:00 AM – 12:00 PM")
    assert "finished" not in page.text


def test_what_was_done_is_told_in_three_lines_at_most() -> None:
    done = structs.replace(DONE, completed=Completion(at=ny(11, 3, 12), summary="Window 12. " * 200))
    page = Page(listed.history(US_CONTEXT, [done], ()))
    assert page.says("Window 12. W…")
    assert page.text.count("Window 12") < 20


def test_photos_and_documents_are_counted_as_far_as_the_contact_may_see_them() -> None:
    kinds: dict[str, tuple[Role, ...] | None] = {"photo": None, "report": None, "plan": ("invoices",)}
    files = tuple(
        AttachedFile(id=kind, url=f"https://files.example/{kind}", title=kind, kind=kind, roles=roles)
        for kind, roles in kinds.items()
    )
    done = structs.replace(DONE, attachments=files)
    assert Page(listed.history(US_CONTEXT, [done], ())).says("1 photo, 2 documents")
    assert US_CONTEXT.contact
    visits_alone = replace(US_CONTEXT, contact=structs.replace(US_CONTEXT.contact, roles=("visits",)))
    assert Page(listed.history(visits_alone, [done], ())).says("1 photo, 1 document")


def test_years_are_headings_once_one_is_not_this_one() -> None:
    older = structs.replace(
        BILLED,
        appointment_id="a-old",
        window=structs.replace(
            BILLED.window,
            start=BILLED.window.start.replace(year=2025),
            end=BILLED.window.end.replace(year=2025),
        ),
    )
    html = pages.history(US_CONTEXT, ListPage([BILLED, older]), {}, oldest_year=2025)
    assert Page(html).says("Since 2025")
    assert html.count('class="year"') == 2
    assert 'class="year"' not in pages.history(US_CONTEXT, ListPage([BILLED]), {}, oldest_year=2026)


def test_it_is_booked_again_only_where_the_business_takes_that() -> None:
    again = f"{ROOT}/requests?ask=book&about=visit%3Aa-4"
    assert again in Page(listed.history(taking(US_CONTEXT), [BILLED], ())).all("a", "href")
    assert again in Page(pages.appointment(taking(US_CONTEXT), BILLED)).all("a", "href")
    for ctx in (US_CONTEXT, taking(US_CONTEXT, "message", "details")):
        for html in (listed.history(ctx, [BILLED], ()), pages.appointment(ctx, BILLED)):
            assert "Book this again" not in Page(html).text
    coming = us_visit("a-9", ny(12, 1, 9), 2, "scheduled")
    assert "Book this again" not in Page(pages.appointment(taking(US_CONTEXT), coming)).text


def test_the_form_to_book_again_is_filled_in_from_that_visit_and_names_it() -> None:
    html = pages.requests(taking(US_CONTEXT), (), None, like=BILLED)
    assert '<input type="hidden" name="about" value="visit:a-4">' in html
    assert Page(html).says("Filled in from your visit on Nov 3.")


def test_without_anything_done_it_says_what_will_be_here() -> None:
    page = Page(listed.history(US_CONTEXT, (), ()))
    assert page.says("Nothing done yet", "and the invoice of it")
    assert "Download my data" not in page.text


def test_a_search_says_what_it_found_and_leads_back() -> None:
    visits: list[Appointment] = listed.done_of(SPARKLE_SEASON)[:1]
    page = Page(listed.history(US_CONTEXT, visits, VIEWS, query=ListQuery("clean")))
    assert page.says("1 found.", "service, person, invoice or date", "Everything done")
    assert f"{ROOT}/history" in page.all("form", "action")
    assert "Keep a copy" not in page.text


def test_a_long_history_is_no_heavier_than_a_page() -> None:
    visits = [
        structs.replace(
            BILLED,
            appointment_id=f"v-{n}",
            window=structs.replace(
                BILLED.window,
                start=BILLED.window.start - timedelta(days=n),
                end=BILLED.window.end - timedelta(days=n),
            ),
        )
        for n in range(20)
    ]
    assert len(listed.history(taking(US_CONTEXT), visits, VIEWS).encode()) < 40_000
