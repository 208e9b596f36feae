"""Long lists: found, folded, chosen from, and never longer than a page."""

from dataclasses import replace
from datetime import date, timedelta
from zlib import compress

import listed
import pytest
import servicehub_events as e
from listed import with_sites
from msgspec import structs
from page_samples import (
    DONE,
    MISSED,
    NEXT,
    ON_ITS_WAY,
    OVERDUE,
    SPARKLE_SEASON,
    US_CONTEXT,
    ny,
    us_invoice,
    us_visit,
    view,
)
from page_samples_japan import HIKARI_SEASON, JP_CONTEXT, JP_KONBINI, JP_OVERDUE, KONBINI_PAYMENT
from portal_read import pages
from portal_read.pages.language import language_of
from portal_read.pages.list_query import ListPage, ListPlace, ListQuery
from portal_read.pages.search import holds
from portal_read.pages.titles import title_of
from rendered import Page

ONLINE = replace(US_CONTEXT, pays_online=True)
PLACE = ListPlace("before", "2026-10-06T10:00:00-04:00", "a-6")


def weekly(number: int, series: str = "s-1") -> list[e.Appointment]:
    first = ny(11, 23, 9)
    days = [first + timedelta(days=7 * n) for n in range(number)]
    rule = e.Series(id=series, rule="FREQ=WEEKLY;BYDAY=MO")
    return [
        structs.replace(us_visit(f"{series}-{day:%m%d}", day, 2, "scheduled", "Maria"), series=rule)
        for day in days
    ]


def test_a_series_is_its_next_visit_and_a_fold_of_the_others() -> None:
    visits = weekly(5)
    page = Page(listed.visits(US_CONTEXT, visits))
    assert page.says("Mon, Nov 23 9:00 – 11:00 AM".replace("23 ", "23"), "Every Monday, 5 coming up")
    assert page.text.count("9:00 – 11:00 AM") == 1
    assert {f"/portal/sparkle-home/appointments/{visit.appointment_id}" for visit in visits} <= set(
        page.all("a", "href")
    )


def test_a_series_that_goes_on_beyond_the_page_is_not_counted() -> None:
    visits, on = weekly(5), ListPlace("after", "2026-12-21T11:00:00-05:00", "s-1-1221")
    page = Page(pages.appointments(US_CONTEXT, ListPage(visits, None, on), ListPage(), count=9))
    assert page.says("Every Monday, 5 of them here", "9 coming up", "Show later visits")


def test_two_of_a_series_and_what_is_put_off_stand_alone() -> None:
    first, second, third = weekly(3)
    held = structs.replace(third, confirmation="on_hold")
    assert "<details" not in listed.visits(US_CONTEXT, (first, second, held))


def test_a_visit_of_a_series_at_another_time_shows_it_in_the_fold() -> None:
    first, second, third = weekly(3)
    former = e.FormerWindow(start=ny(12, 1, 9), end=ny(12, 1, 11), at=ny(11, 18, 9))
    page = Page(listed.visits(US_CONTEXT, (first, structs.replace(second, rescheduled_from=former), third)))
    assert page.says("1 at another time", "was Tue, Dec 1 9:00 – 11:00 AM")


def test_years_are_headings_once_a_list_leaves_this_one() -> None:
    start, end = DONE.window.start.replace(year=2025), DONE.window.end.replace(year=2025)
    window = structs.replace(DONE.window, start=start, end=end)
    earlier = structs.replace(DONE, appointment_id="a-9", window=window)
    assert 'class="year">2025<' in listed.visits(US_CONTEXT, (), (DONE, earlier))
    assert 'class="year">2026<' in listed.visits(US_CONTEXT, (), (DONE, earlier))
    assert 'class="year"' not in listed.visits(US_CONTEXT, (), (DONE, MISSED))
    assert 'class="year">2025年<' in listed.visits(replace(US_CONTEXT, locale="ja"), (), (DONE, earlier))


def test_a_list_leads_on_and_back_by_the_keys_of_its_rows_and_keeps_what_is_looked_for() -> None:
    query = ListQuery("clean", "s-1", place=PLACE)
    since = ListPlace("since", "2026-11-03", "a-4")
    links = Page(pages.appointments(US_CONTEXT, ListPage(), ListPage((DONE,), since, PLACE), query)).all(
        "a", "href"
    )
    root = "/portal/sparkle-home/appointments"
    assert f"{root}?q=clean&site=s-1&since=2026-11-03&id=a-4" in links
    assert f"{root}?q=clean&site=s-1&before=2026-10-06T10%3A00%3A00-04%3A00&id=a-6" in links
    assert root in links


def test_what_is_to_come_is_on_the_first_page_alone() -> None:
    page = Page(pages.appointments(US_CONTEXT, ListPage(), ListPage((DONE,)), ListQuery(place=PLACE)))
    assert "Coming up" not in page.text
    assert "No visit planned" not in page.text


def test_a_form_to_search_stands_where_there_is_something_to_search() -> None:
    assert "search" not in Page(listed.visits(US_CONTEXT, (NEXT,), (DONE,))).all("form", "role")
    several = Page(listed.visits(with_sites(US_CONTEXT, "Unit 4B", "Unit 2A"), (NEXT,), (DONE,)))
    assert several.all("form", "role") == ["search"]
    assert several.says("Property", "Unit 4B", "Unit 2A")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True), ("clean", True), ("maria CLEAN", True), ("ｍａｒｉａ", True), ("november 3", True),
        ("november 13", False), ("11/3", True), ("11/30", False), ("1,709.80", True), ("170.98", False),
        ("1709", True), ("709", False), ("window", False),
    ],
)  # fmt: skip
def test_every_word_must_be_there_and_a_number_as_a_whole(words: str, found: bool) -> None:
    texts = ["Regular cleaning", "Maria Reyes", "Tuesday, November\u00a03, 2026", "11/3", "$1,709.80", None]
    assert holds(texts, words) is found


@pytest.mark.parametrize(
    ("changes", "english", "japanese"),
    [
        ({}, "Regular cleaning, November 3", "Regular cleaning, November 3"),
        ({"service_on": date(2026, 11, 3)}, "Regular cleaning, November 3", "Regular cleaning, November 3"),
        ({"service_on": date(2026, 10, 27)}, "Regular cleaning, November 3, October 27", None),
    ],
)
def test_a_title_is_service_and_day_and_says_the_day_once(
    changes: dict[str, object], english: str, japanese: str | None
) -> None:
    invoice = us_invoice(1, date(2026, 11, 30), (100, 9), **changes)
    assert title_of(language_of(US_CONTEXT), invoice).replace("\u00a0", " ") == english
    if japanese:
        assert title_of(language_of(replace(US_CONTEXT, locale="ja")), invoice) == japanese


def test_the_days_of_several_visits_are_named_and_of_many_the_first_and_the_last() -> None:
    days = [date(2026, 9, day) for day in (7, 14, 21, 28)]
    line = structs.replace(OVERDUE.lines[0], description="Weekly cleaning")
    title = [
        title_of(
            language_of(US_CONTEXT),
            structs.replace(OVERDUE, lines=(structs.replace(line, service_on=first, service_until=last),)),
        ).replace("\u00a0", " ")
        for first, last in ((days[0], None), (days[0], days[1]))
    ]
    assert title == ["Weekly cleaning, September 7", "Weekly cleaning, Sep 7 and Sep 14"]
    lines = tuple(structs.replace(line, service_on=day) for day in days)
    many = title_of(language_of(US_CONTEXT), structs.replace(OVERDUE, lines=lines)).replace("\u00a0", " ")
    assert many == "Weekly cleaning and 3 more items, Sep 7 – Sep 28"


def bills(number: int) -> list[pages.InvoiceView]:
    first = date(2026, 11, 1)
    return [
        view(
            us_invoice(
                n, first + timedelta(days=n), (15704, 1394), site=e.InvoiceSite(label=f"Unit {n % 40}")
            )
        )
        for n in range(number)
    ]


def test_the_dashboard_has_at_most_five_rows_that_are_due_and_one_for_the_rest() -> None:
    page = Page(pages.dashboard(ONLINE, (), (), bills(8)))
    assert page.says("3 more, due by Nov 8", "$512.94", "Choose which to pay", "Unit 4 Invoice 4")
    assert "Invoice 5" not in page.text


def size_of(html: str) -> int:
    stylesheet = pages.assets()["portal.css"].body
    script = pages.assets()["live.js"].body
    return sum(len(compress(part, 6)) for part in (html.encode(), stylesheet, script))


def test_a_thousand_unpaid_invoices_make_no_page_larger_than_25_kilobytes() -> None:
    views = bills(1000)
    on = ListPlace("after", "2026-12-20", "i-49")
    shown = {
        "dashboard": pages.dashboard(ONLINE, SPARKLE_SEASON.upcoming, (), views),
        "invoices": pages.invoices(ONLINE, views, ListPage(views[:50], None, on), ListPage(views[:20])),
        "pay": pages.pay(ONLINE, views),
    }
    assert {name: size for name, html in shown.items() if (size := size_of(html)) > 25_000} == {}


def test_which_to_pay_is_chosen_by_ticks_and_the_late_ones_are_ticked_first() -> None:
    page = Page(listed.invoices(ONLINE, SPARKLE_SEASON.invoices))
    ticks = [attrs for tag, attrs in page.tags if tag == "input" and attrs.get("name") == "invoice"]
    assert [(tick["value"], "checked" in tick) for tick in ticks] == [("i-1042", True), ("i-1047", False)]
    assert page.says("You pay", "1 of 2 chosen", "$95.98", "Choose: all 2 the overdue one none")
    assert "/portal/sparkle-home/pay" in page.all("form", "action")
    assert "Pay $195.98" not in page.text


def test_links_and_ticks_choose_without_a_script() -> None:
    every = Page(listed.invoices(ONLINE, SPARKLE_SEASON.invoices, ListQuery(pick="all")))
    assert every.says("2 of 2 chosen", "$195.98")
    own = ListQuery(pick="own", picked=frozenset({"i-1047", "i-other"}))
    assert Page(listed.invoices(ONLINE, SPARKLE_SEASON.invoices, own)).says("1 of 2 chosen", "$100.00")
    none = Page(listed.invoices(ONLINE, SPARKLE_SEASON.invoices, ListQuery(pick="none")))
    assert none.says("0 of 2 chosen", "Please choose at least one.")


def test_who_may_not_pay_has_nothing_to_choose() -> None:
    assert "checkbox" not in listed.invoices(US_CONTEXT, SPARKLE_SEASON.invoices)
    assert "checkbox" not in listed.invoices(ONLINE, SPARKLE_SEASON.invoices[:1])


def test_rows_of_several_places_name_theirs() -> None:
    here, there = (
        view(structs.replace(OVERDUE, invoice_id=name, site=e.InvoiceSite(label=name)))
        for name in ("4B", "2A")
    )
    assert Page(listed.invoices(US_CONTEXT, (here, there))).says("4B Invoice 1042", "2A Invoice 1042")
    assert Page(pages.dashboard(US_CONTEXT, (), (), (here, there))).says("4B Invoice 1042", "2A Invoice 1042")
    assert "4B Invoice" not in Page(listed.invoices(US_CONTEXT, (here,))).text


def test_an_invoice_whose_title_names_no_day_says_when_it_was_issued() -> None:
    line = structs.replace(OVERDUE.lines[0], description="Regular cleaning")
    assert Page(listed.invoices(US_CONTEXT, (view(structs.replace(OVERDUE, lines=(line,))),))).says(
        "issued Oct 30"
    )
    assert "issued" not in Page(listed.invoices(US_CONTEXT, (view(OVERDUE),))).text


def test_what_is_due_later_says_when() -> None:
    assert Page(listed.invoices(US_CONTEXT, (view(ON_ITS_WAY),))).says("Amount due", "$170.98", "Due Nov 30.")
    two = (view(ON_ITS_WAY), view(us_invoice(7, date(2026, 12, 12), (100, 9))))
    assert Page(listed.invoices(US_CONTEXT, two)).says("The first of it is due Nov 30.")


def test_a_voucher_that_waits_says_amount_deadline_and_how_and_never_that_nothing_is_due() -> None:
    views = (view(JP_KONBINI, KONBINI_PAYMENT),)
    page = Page(pages.dashboard(replace(JP_CONTEXT, locale="en"), (), (), views))
    assert page.says("Please pay at the konbini", "¥14,850 by Nov 22, 11:59 PM", "For 定期清掃 10月18日.")
    assert "/portal/hikari/result/pay-i-1039-14850" in page.all("a", "href") or "How to pay" in page.text
    for said in ("Nothing due", "being processed", "above"):
        assert said not in page.text


def test_a_voucher_beside_what_is_due_is_not_in_its_sum() -> None:
    page = Page(pages.dashboard(JP_CONTEXT, (), (), (view(JP_OVERDUE), view(JP_KONBINI, KONBINI_PAYMENT))))
    assert page.says("¥6,850", "コンビニでのお支払いをお待ちしています", "¥14,850 11月22日 23:59まで")
    assert page.says("上の金額には含まれていません。")
    assert "手続き中です" not in page.text


def test_a_voucher_that_ran_out_is_not_to_be_paid_any_more() -> None:
    late = replace(JP_CONTEXT, now=HIKARI_SEASON.ctx.now + timedelta(days=3))
    page = Page(pages.dashboard(late, (), (), (view(JP_KONBINI, KONBINI_PAYMENT),)))
    assert "コンビニでのお支払いをお待ちしています" not in page.text


def test_money_on_its_way_never_reads_nothing_due() -> None:
    page = Page(pages.dashboard(US_CONTEXT, (), (), SPARKLE_SEASON.invoices[2:3]))
    assert page.says("Your payment is on its way", "$170.98 is being processed")
    assert "Nothing due" not in page.text


def test_who_chose_among_accounts_sees_which_and_can_switch() -> None:
    several = replace(US_CONTEXT, switches=True)
    page = Page(pages.dashboard(several, (NEXT,), (), ()))
    assert page.says("You are looking at Hannah Whitfield", "Switch")
    assert "/auth/sparkle-home/switch" in page.all("form", "action")
    alone = Page(pages.dashboard(US_CONTEXT, (NEXT,), (), ()))
    assert "/auth/sparkle-home/switch" not in alone.all("form", "action")


def test_who_switches_can_go_back_to_the_account_shown_before() -> None:
    assert US_CONTEXT.customer
    assert US_CONTEXT.contact
    choices = [(US_CONTEXT.customer, US_CONTEXT.contact)] * 2
    outside = replace(US_CONTEXT, customer=None, contact=None)
    assert "Back to the account shown before" in pages.choose(outside, choices, switching=True)
    assert "Back to the account shown before" not in pages.choose(outside, choices)
