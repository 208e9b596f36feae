"""A page never falls because of one row: that row is left out, named to operators, and the reader is told."""

from collections import defaultdict
from collections.abc import Callable

import pytest
from opened_pages import context_of_sample, opened, stored
from portal_read.http import appointment_list, appointments, dashboard, invoice_list, invoices, pay
from portal_read.http.etag import etag
from portal_read.http.left_out import show_soundly
from portal_read.http.page_request import PageRequest
from portal_read.http.viewer import page_viewer
from portal_read.read_model import StoredRow
from servicehub_events_tools.testing import samples
from structlog.testing import capture_logs
from structlog.typing import EventDict

BUSINESS = samples.business()


def visit(start: str, end: str, zone: str = "Asia/Tokyo", **changes: object) -> StoredRow:
    window = {"start": start, "end": end, "time_zone": zone}
    return stored("bad", samples.appointment(), appointment_id="bad", window=window, **changes)


VISIT, OLD = stored("ap-1", samples.appointment()), stored("ap-2", samples.completed_appointment())
BAD_VISITS = (
    # under way, so that the dashboard would show it first
    visit("0001-01-01T00:00:00Z", "0001-01-01T01:00:00Z", "America/New_York", status="en_route"),
    visit("9999-12-31T20:00:00Z", "9999-12-31T23:00:00Z", "Pacific/Kiritimati"),
    visit("2026-12-01T00:00:00Z", "2026-12-01T01:00:00Z", "Mars/Base"),
    stored("bad", samples.appointment(), appointment_id="bad", status="lost"),
    StoredRow("bad", 1, b"{"),
)
BILL = stored("in-1", samples.invoice())
BAD_BILL = stored("in-bad", samples.invoice(), invoice_id="in-bad", currency="ZZZ")


def named(logged: list[EventDict]) -> list[str]:
    return [line["key"] for line in logged if line["event"] == "row.left_out"]


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("bad", BAD_VISITS, ids=["year 1", "year 9999", "no zone", "no status", "no JSON"])
def test_a_visit_that_cannot_be_shown_is_left_out_and_everything_else_stands(
    bad: StoredRow, locale: str
) -> None:
    page = opened(
        {"upcoming": [bad, VISIT], "past": [OLD], "unpaid": [BILL]}, context=context_of_sample(locale)
    )
    for show in (dashboard.show_dashboard, appointment_list.show_appointments):
        with capture_logs() as logged:
            body = show_soundly(page, show)
        assert body
        assert "/appointments/ap-1" in body
        assert "/appointments/bad" not in body
        assert ("Something is missing" if locale == "en" else "表示できていない項目") in body
        assert named(logged) == ["b-1/bad"]


def test_a_page_of_sound_rows_says_nothing_and_is_made_once() -> None:
    made: list[PageRequest] = []

    def show(page: PageRequest) -> str:
        made.append(page)
        return "page"

    page = opened({"upcoming": [VISIT]})
    with capture_logs() as logged:
        assert show_soundly(page, show) == "page"
    assert (made, logged) == ([page], [])


def test_an_invoice_that_cannot_be_shown_is_left_out_of_list_and_sum() -> None:
    with capture_logs() as logged:
        body = show_soundly(opened({"unpaid": [BAD_BILL, BILL]}), invoice_list.show_invoices)
    assert body
    assert "/invoices/in-1" in body
    assert "/invoices/in-bad" not in body
    assert named(logged) == ["b-1/in-bad"]


@pytest.mark.parametrize(
    "payment",
    [
        stored("pa-1", samples.payment(), occurred_at="9999-12-31T23:00:00Z"),
        stored("pa-1", samples.payment(), status="lost"),
        StoredRow("pa-1", 1, b"{"),
    ],
    ids=["year 9999", "no status", "no JSON"],
)
def test_an_invoice_is_never_shown_as_unpaid_because_its_payment_cannot_be_read(payment: StoredRow) -> None:
    other = stored("in-2", samples.invoice(), invoice_id="in-2")
    page = opened({"unpaid": [BILL], "payment": [payment]})
    body = show_soundly(page, invoice_list.show_invoices)
    assert body
    assert "/invoices/in-1" not in body
    if payment.state != b"{":
        page = opened({"unpaid": [BILL, other], "payment": [payment]})
        assert "/invoices/in-2" in (show_soundly(page, invoice_list.show_invoices) or "")


@pytest.mark.parametrize(
    ("rows", "key", "show"),
    [
        ({"appointment": [BAD_VISITS[0]], "upcoming": [VISIT]}, "bad", appointments.show_appointment),
        ({"invoice": [BAD_BILL]}, "in-bad", invoices.show_invoice),
        ({"this_payment": [StoredRow("pa-1", 1, b"{")], "invoice": [BILL]}, "pa-1", pay.show_result),
    ],
    ids=["visit", "invoice", "payment"],
)
def test_a_page_about_what_cannot_be_shown_is_an_error_and_not_the_page_of_an_unknown_one(
    rows: dict[str, list[StoredRow]], key: str, show: Callable[[PageRequest], str | None]
) -> None:
    with pytest.raises(Exception, match=r".+"):
        show_soundly(opened(rows, key), show)


def test_the_page_of_a_visit_stands_without_an_invoice_of_it_that_cannot_be_shown() -> None:
    page = opened({"appointment": [VISIT], "invoice": [BAD_BILL._replace(state="{"), BILL]}, "ap-1")
    body = show_soundly(page, appointments.show_appointment)
    assert body
    assert "/invoices/in-1" in body


@pytest.mark.parametrize("bad", BAD_VISITS)
def test_an_etag_is_given_whatever_the_rows_hold(bad: StoredRow) -> None:
    assert etag(opened({"upcoming": [bad]}), "build", "schema")


def test_preferences_that_cannot_be_read_are_nobodys_and_the_page_stands() -> None:
    rows = defaultdict(
        list, {"business": [stored("b-1", BUSINESS)], "preferences": [StoredRow("co-1", 1, b"{")]}
    )
    viewer = page_viewer(None, rows)
    assert viewer
    assert viewer.preferences is None
