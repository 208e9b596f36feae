"""A path that is handed on, to another slug or to come back to, is the path that was asked for."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from portal_read.http.answers import asked_path
from portal_read.http.page_request import moved, path_and_query, read_id
from starlette.requests import Request

IDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=64)


def asked(path: str, query: str = "") -> Request:
    """A request as the server hands it over: the path decoded, the query as it came."""
    return Request(
        {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    )


@example("50%")
@example("%41")
@example("a?b#c")
@example("見積 1")
@given(IDS)
def test_whatever_an_id_holds_a_former_slug_leads_to_the_same_page(invoice_id: str) -> None:
    answer = moved(asked(f"/portal/old/invoices/{invoice_id}", "before=a%26b"), "old", "new")
    location = urlsplit(answer.headers["location"])
    root, _, last = location.path.rpartition("/")
    assert answer.status_code == 301
    assert (root, location.query, location.fragment) == ("/portal/new/invoices", "before=a%26b", "")
    assert unquote(last) == invoice_id
    assert read_id(unquote(last)) == read_id(invoice_id)


@pytest.mark.parametrize("path", ["/portal/old", "/portal/old/", "/portal/old/sign-in"])
def test_an_ordinary_path_is_handed_on_letter_by_letter(path: str) -> None:
    assert asked_path(asked(path)) == path


def test_a_moved_portal_is_looked_up_each_time_as_it_may_move_back() -> None:
    assert moved(asked("/portal/old"), "old", "new").headers["cache-control"] == "no-store"


def test_a_reader_comes_back_to_the_page_and_its_query() -> None:
    assert path_and_query(asked("/portal/a/invoices/50%", "q=1")) == "/portal/a/invoices/50%25?q=1"
