"""A page without the rows that cannot be shown: one bad row takes no page down.

It costs nothing while all is well. When a page cannot be made, the rows are added to it in parts, and those
with which it fails are left out, counted, and named to operators by their keys. The reader is told that
something is missing. Without the row that a page is about there is no page, and the error is raised.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec
import structlog
from chassis.observability import Counter

from portal_read.http.page_request import PageRequest
from portal_read.read_model import TABLE_OF_PART, StoredRow

log = structlog.get_logger(__name__)
_left_out = Counter(
    __name__, "portal_read_rows_left_out_total", "rows that a page was shown without", "table", "cause"
)

Show = Callable[[PageRequest], str | None]
"""Makes the page from what was read; None when there is no such thing for this contact."""

_LEFT_OUT: Final = ("payments", "invoices", "appointments", "events", "messages")
_TABLES: Final = {part: table for part, table in TABLE_OF_PART.items() if table in _LEFT_OUT}
"""The parts that a page may be shown without some rows of; who is asking is read from the others."""


class PartRow(NamedTuple):
    """A row of a page, and the part that found it."""

    part: str
    row: StoredRow


class _Share(msgspec.Struct, frozen=True):
    invoice_id: str


class _Paid(msgspec.Struct, frozen=True):
    allocations: tuple[_Share, ...]


def show_soundly(page: PageRequest, show: Show) -> str | None:
    """The page, without the rows that cannot be shown. Raises when it is about one of them."""
    try:
        return show(page)
    except Exception as error:
        log.error("page.not_whole", business_id=page.viewer.business.business_id, exc_info=error)
        body = _Search(page, show).page_of_sound_rows()
        if body is None:
            raise
        return body


class _Search:
    """Which rows a page can be made of, tried in halves: few tries where few are bad."""

    def __init__(self, page: PageRequest, show: Show) -> None:
        self._page = replace(page, context=replace(page.context, incomplete=True))
        self._show = show
        self._kept: list[PartRow] = []
        self._bad: list[PartRow] = []

    def page_of_sound_rows(self) -> str | None:
        """None when the row that the page is about is not among them."""
        payments, others = self._places()
        self._add(payments)
        self._add(self._not_withheld(others))
        if any(place.row.id == self._page.params.get("id") for place in self._bad):
            return None
        return self._show(self._with(self._kept))

    def _places(self) -> tuple[list[PartRow], list[PartRow]]:
        """Payments first, then what the page is about, so that what is added to it is what fails."""
        places = [PartRow(part, row) for part in _TABLES for row in self._page.rows.get(part, ())]
        places.sort(key=lambda place: place.row.id != self._page.params.get("id"))
        paid = [place for place in places if _TABLES[place.part] == "payments"]
        return paid, [place for place in places if _TABLES[place.part] != "payments"]

    def _add(self, places: Sequence[PartRow]) -> None:
        if not places:
            return
        error = self._error_with(places)
        if error is None:
            self._kept += places
        elif len(places) == 1:
            self._leave_out(places[0], error)
        else:
            half = len(places) // 2
            self._add(places[:half])
            self._add(places[half:])

    def _not_withheld(self, places: Iterable[PartRow]) -> list[PartRow]:
        """Without the invoices of payments that cannot be read: they would be shown as if nobody had paid."""
        unknown = [_paid_invoices(place.row) for place in self._bad]
        kept: list[PartRow] = []
        for place in places:
            invoice = _TABLES[place.part] == "invoices"
            if invoice and any(ids is None or place.row.id in ids for ids in unknown):
                self._leave_out(place, None)
            else:
                kept.append(place)
        return kept

    def _leave_out(self, place: PartRow, error: Exception | None) -> None:
        self._bad.append(place)
        table, business_id = _TABLES[place.part], self._page.viewer.business.business_id
        key, version = f"{business_id}/{place.row.id}", place.row.version
        _left_out.add(table=table, cause=type(error).__name__ if error else "payment")
        log.error("row.left_out", table=table, key=key, version=version, exc_info=error)

    def _error_with(self, places: Sequence[PartRow]) -> Exception | None:
        try:
            self._show(self._with([*self._kept, *places]))
        except Exception as error:
            log.debug("row.tried", rows=len(places), exc_info=error)
            return error
        return None

    def _with(self, places: Iterable[PartRow]) -> PageRequest:
        whole = self._page.rows.items()
        rows = defaultdict(list, {part: list(known) for part, known in whole if part not in _TABLES})
        for part, row in places:
            rows[part].append(row)
        return replace(self._page, rows=rows)


def _paid_invoices(row: StoredRow) -> frozenset[str] | None:
    """The invoices that a payment is on, read as loosely as can be; None when even that is not to be had."""
    try:
        paid = msgspec.json.decode(row.state or b"", type=_Paid)
    except msgspec.DecodeError:
        return None
    return frozenset(share.invoice_id for share in paid.allocations)
