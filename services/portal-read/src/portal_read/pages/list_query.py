"""What a list was asked for: what to look for, and from which row on, by its key and never by a number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Literal, NamedTuple, TypeVar
from urllib.parse import urlencode

R = TypeVar("R")

Direction = Literal["after", "until", "before", "since"]
"""On and back in a list that rises (`after`, `until`), and in one that falls (`before`, `since`)."""
InvoiceFilter = Literal["to_pay", "overdue", "paid"]
Pick = Literal["all", "overdue", "none", "own"]


class ListPlace(NamedTuple):
    """The row beside which a page begins: its day or time as ISO 8601, and its id among equals."""

    direction: Direction
    key: str
    id: str


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`words`, `site`, `state` and `year` are what to look for; `pick` and `picked` what to tick."""

    words: str = ""
    site: str = ""
    state: InvoiceFilter | None = None
    year: int | None = None
    place: ListPlace | None = None
    pick: Pick | None = None
    picked: frozenset[str] = frozenset()

    @property
    def searches(self) -> bool:
        """Whether rows are looked through, and not merely listed."""
        return bool(self.words or self.site or self.state or self.year)

    @property
    def direction(self) -> Direction | None:
        """Which way this page leads on from another; None for the first."""
        return self.place.direction if self.place else None

    def url(self, path: str, place: ListPlace | None = None, pick: Pick | None = None) -> str:
        """The same list from another place, or with other ticks."""
        values = [*replace(self, place=place).fields(), *((("pick", pick),) if pick else ())]
        return f"{path}?{urlencode(values)}" if values else path

    def fields(self) -> list[tuple[str, str]]:
        """What the address says of the list, but for the ticks."""
        values = [
            ("q", self.words),
            ("site", self.site),
            ("state", self.state),
            ("year", str(self.year or "")),
        ]
        if self.place:
            values += [(self.place.direction, self.place.key), ("id", self.place.id)]
        return [(name, value) for name, value in values if value]


WHOLE_LIST: Final = ListQuery()


@dataclass(frozen=True, slots=True)
class ListPage(Generic[R]):
    """Rows in the order in which they are shown, and where the rows before and after them are."""

    rows: Sequence[R] = ()
    back: ListPlace | None = None
    on: ListPlace | None = None
