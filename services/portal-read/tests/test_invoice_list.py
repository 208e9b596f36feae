"""Invoices are found by what is printed on them, and walked through by their keys."""

import html
import re
from datetime import date, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from opened_pages import opened, stored
from portal_read import store
from portal_read.http import invoice_list
from portal_read.http.list_request import read_query
from portal_read.pages.list_query import ListPlace, ListQuery
from portal_read.read_model import StoredRow
from servicehub_events_tools.testing import samples

FIRST = date(2026, 1, 1)


def bills(number: int, **changes: object) -> list[StoredRow]:
    rows: list[StoredRow] = []
    for n in range(1, number + 1):
        day = (FIRST + timedelta(days=n)).isoformat()
        values = {"invoice_id": f"in-{n}", "number": f"No-{n}", "due_on": day, "issued_on": day, **changes}
        rows.append(stored(f"in-{n}", samples.invoice(), **values))
    return rows


def shown(body: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/invoices/(in-\d+)", body)))


def listed(rows: dict[str, list[StoredRow]], query: str = "") -> str:
    page = opened(rows, query=parse_qsl(query))
    return (
        invoice_list.show_found(page)
        if read_query(page.request).searches
        else invoice_list.show_invoices(page)
    )


def link(body: str, name: str) -> dict[str, list[str]]:
    (found,) = re.findall(rf'href="([^"]*[?&;]{name}=[^"]*)"', body)
    return parse_qs(urlsplit(html.unescape(found)).query)


def test_what_is_unpaid_is_shown_in_pages_by_due_date_on_and_back() -> None:
    rows = {"unpaid": bills(120)}
    first = listed(rows)
    assert shown(first) == [f"in-{n}" for n in range(1, 51)]
    on = link(first, "after")
    second = listed(rows, f"after={on['after'][0]}&id={on['id'][0]}")
    assert shown(second) == [f"in-{n}" for n in range(51, 101)]
    back = link(second, "until")
    assert shown(listed(rows, f"until={back['until'][0]}&id={back['id'][0]}")) == shown(first)


def test_a_page_further_along_shows_its_own_list_alone() -> None:
    body = listed({"unpaid": bills(60), "settled": bills(3, status="void")}, "after=2026-02-20&id=in-50")
    assert "Settled" not in body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=No-7", ["in-7"]),
        ("state=overdue", [f"in-{n}" for n in range(1, 9)]),
        ("state=paid", []),
        ("year=2025", []),
        ("q=2026-01-05", ["in-4"]),
        ("q=No-7&site=s-9", []),
    ],
)
def test_an_unpaid_invoice_is_found_by_what_is_on_it_and_by_its_state(
    query: str, expected: list[str]
) -> None:
    assert shown(listed({"unpaid": bills(8)}, query)) == expected


def test_settled_ones_are_looked_through_as_many_as_are_opened_at_once() -> None:
    rows = {"settled": bills(store.SEARCHED_AT_ONCE, status="void")}
    assert shown(listed(rows, "q=No-400")) == ["in-400"]
    assert "1 found so far." in listed(rows, "q=No-400")
    assert shown(listed(rows, "q=No-400&state=to_pay")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ListQuery()),
        ("q=%00 a  b ", ListQuery("a b")),
        ("state=rich&pick=most&year=0&before=yesterday", ListQuery()),
        ("year=2026&state=paid&site=s-1", ListQuery(site="s-1", state="paid", year=2026)),
        ("since=2026-11-03&id=x", ListQuery(place=ListPlace("since", "2026-11-03", "x"))),
        ("pick=own&invoice=b&invoice=a&invoice=%0a", ListQuery(pick="own", picked=frozenset({"a", "b"}))),
    ],
)
def test_what_cannot_be_read_is_not_asked_for(query: str, expected: ListQuery) -> None:
    assert read_query(opened({}, query=parse_qsl(query)).request) == expected
