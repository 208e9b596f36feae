"""Every visit is reachable: page by page, on and back, and by what is looked for."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from opened_pages import NOW, opened, stored
from portal_read import store
from portal_read.http import appointment_list, dashboard
from portal_read.read_model import StoredRow
from servicehub_events_tools.testing import samples


def visits(number: int, **changes: object) -> list[StoredRow]:
    rows: list[StoredRow] = []
    for day in range(1, number + 1):
        start = NOW + timedelta(days=day)
        end = (start + timedelta(hours=1)).isoformat()
        window = {"start": start.isoformat(), "end": end, "time_zone": "Asia/Tokyo"}
        values = {"appointment_id": f"v-{day}", "window": window, "series": None, **changes}
        rows.append(stored(f"v-{day}", samples.appointment(), **values))
    return rows


def links(body: str, name: str) -> list[dict[str, list[str]]]:
    """The queries of the links that hold this name."""
    found = re.findall(rf'href="([^"]*[?&;]{name}=[^"]*)"', body)
    return [parse_qs(urlsplit(html.unescape(link)).query) for link in found]


def shown(body: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/appointments/(v-\d+)", body)))


def test_the_home_page_counts_all_that_come_and_not_those_that_were_read() -> None:
    rows = {"upcoming": visits(51), "upcoming_count": [StoredRow("all", 73, None)]}
    assert "73 coming up" in dashboard.show_dashboard(opened(rows))


def test_where_there_are_more_than_fit_a_link_leads_on_from_the_last_that_is_shown() -> None:
    body = appointment_list.show_appointments(opened({"upcoming": visits(store.COMING_AT_ONCE + 1)}))
    assert shown(body)[-1] == f"v-{store.COMING_AT_ONCE}"
    (asked,) = links(body, "after")
    end = NOW + timedelta(days=store.COMING_AT_ONCE, hours=1)
    assert asked == {"after": [end.isoformat()], "id": [f"v-{store.COMING_AT_ONCE}"]}


def test_a_list_that_fits_leads_nowhere() -> None:
    body = appointment_list.show_appointments(opened({"upcoming": visits(store.COMING_AT_ONCE)}))
    assert not links(body, "after")
    assert not links(body, "until")


@pytest.mark.parametrize(
    ("direction", "read", "first", "back", "on"),
    [
        ("before", range(20, 0, -1), "v-20", True, False),
        ("before", range(30, 9, -1), "v-30", True, True),
        ("since", range(10, 31), "v-29", True, True),
        ("since", range(10, 13), "v-12", False, True),
    ],
)
def test_a_page_of_the_past_leads_on_and_back(
    direction: str, read: range, first: str, back: bool, on: bool
) -> None:
    rows = [row for row in visits(30, status="completed") if int(row.id.removeprefix("v-")) in read]
    query = [(direction, NOW.isoformat()), ("id", "v-0")]
    body = appointment_list.show_appointments(opened({"past": rows}, query=query))
    assert shown(body)[0] == first
    assert len(shown(body)) == min(len(read), store.PAST_AT_ONCE)
    assert bool(links(body, "since")) is back
    assert bool(links(body, "before")) is on
    assert "Coming up" not in body


def searched(rows: list[StoredRow], query: str) -> str:
    return appointment_list.show_found(opened({"searched": rows}, query=parse_qsl(query)))


def test_what_is_looked_for_is_found_among_coming_and_past_visits() -> None:
    past = stored(
        "v-99", samples.completed_appointment(), appointment_id="v-99", service={"name": "Deep clean"}
    )
    rows = [*visits(5), past]
    assert shown(searched(rows, "q=deep")) == ["v-99"]
    assert "1 found." in searched(rows, "q=deep")
    assert shown(searched(rows, "q=2026-11-26")) == ["v-2"]
    assert "Nothing found for “nobody”." in searched(rows, "q=nobody")


def test_a_visit_is_found_by_its_place_and_its_year() -> None:
    there = visits(2, site={"label": "Unit 4B", "address": "", "site_id": "s-4b"})
    assert shown(searched(there, "site=s-4b")) == ["v-1", "v-2"]
    assert shown(searched(there, "site=s-2a")) == []
    assert shown(searched(visits(60), "year=2027"))[0] == "v-38"


def test_a_search_that_has_not_seen_all_says_so_and_goes_on_from_the_last_it_looked_at() -> None:
    rows = visits(store.SEARCHED_AT_ONCE, status="completed")
    body = searched(rows, "q=nobody")
    assert "Nothing found so far." in body
    (asked,) = links(body, "before")
    assert (asked["q"], asked["id"]) == (["nobody"], ["v-1"])


def test_a_visit_that_was_called_off_or_is_to_come_is_never_asked_for_as_the_last_one() -> None:
    """The statement's own words: what they find, the stack's tests say."""
    last = next(
        part
        for part in store.DASHBOARD.decode().split("UNION ALL")
        if "'completed'" in part and "'past'" in part
    )
    assert "status = 'completed' AND starts_at <= %(now)s" in last
