"""What a list is asked for in its address, and which of the rows that were read are shown."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final, TypeVar, cast, get_args

from starlette.requests import Request

from portal_read.http.page_request import PageRequest, read_id, read_moment
from portal_read.pages.list_query import (
    Direction,
    InvoiceFilter,
    ListPage,
    ListPlace,
    ListQuery,
    Pick,
)

R = TypeVar("R")

LONGEST_WORDS: Final = 100
_PICKED_LIMIT: Final = 200
_YEAR: Final = re.compile("(19|20|21)[0-9]{2}")
_BACKWARDS: Final = frozenset({"until", "since"})


def read_query(request: Request) -> ListQuery:
    """What cannot be read counts as not asked for."""
    params = request.query_params
    state, pick, year = params.get("state", ""), params.get("pick", ""), params.get("year", "")
    picked = params.getlist("invoice")[:_PICKED_LIMIT]
    return ListQuery(
        words=" ".join(params.get("q", "").replace("\x00", "")[:LONGEST_WORDS].split()),
        site=read_id(params.get("site", "")),
        state=cast("InvoiceFilter", state) if state in get_args(InvoiceFilter) else None,
        year=int(year) if _YEAR.fullmatch(year) else None,
        place=_read_place(request),
        pick=cast("Pick", pick) if pick in get_args(Pick) else None,
        picked=frozenset(key for key in map(read_id, picked) if key),
    )


def _read_place(request: Request) -> ListPlace | None:
    for direction in get_args(Direction):
        text = request.query_params.get(direction, "")
        if moment_of(text):
            key = request.query_params.get("id", "").replace("\x00", "")
            return ListPlace(direction, text, key)
    return None


def moment_of(text: str) -> datetime | None:
    """A time, or the beginning of a day, in ISO 8601."""
    return read_moment(f"{text}T00:00:00Z" if len(text) == len("2026-11-30") else text)


def page_of(
    rows: Sequence[R], limit: int, query: ListQuery, key_of: Callable[[R], tuple[str, str]], *, rising: bool
) -> ListPage[R]:
    """The page of rows that were read in its direction, one more than fits where there are more."""
    own = ("after", "until") if rising else ("before", "since")
    on, back = cast("tuple[Direction, Direction]", own)
    backwards = query.direction in _BACKWARDS
    shown = [*rows[:limit]][:: -1 if backwards else 1]
    further, come_from = len(rows) > limit, query.direction in own
    leads_back, leads_on = (further, True) if backwards else (come_from, further)
    if not shown:
        return ListPage()
    return ListPage(
        shown,
        ListPlace(back, *key_of(shown[0])) if leads_back else None,
        ListPlace(on, *key_of(shown[-1])) if leads_on else None,
    )


def search(
    rows: Sequence[R],
    fits: Callable[[R], bool],
    limit: int,
    scanned: int,
    key_of: Callable[[R], tuple[str, str]],
) -> ListPage[R]:
    """Those that fit among rows that were read newest first; `scanned` are as many as are read at once.

    It leads on after the last that is shown, or after the last that was looked at.
    """
    looked_at = rows[:scanned]
    found: list[R] = []
    for row in looked_at:
        if fits(row):
            if len(found) == limit:
                return ListPage(found, None, ListPlace("before", *key_of(found[-1])))
            found.append(row)
    further = len(rows) >= scanned
    return ListPage(found, None, ListPlace("before", *key_of(looked_at[-1])) if further else None)


def oldest_year(page: PageRequest) -> int | None:
    """The year of the oldest row that is over; None without one."""
    (row, *_) = page.rows["oldest_year"] or [None]
    return row.version if row else None


def within_year(days: Iterable[date | None], year: int | None) -> bool:
    """Whether one of the days is in the year; any is, where none is asked for."""
    return year is None or any(day.year == year for day in days if day)
