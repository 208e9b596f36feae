"""The form that finds rows of a list, what it found, and the years that rows stand under."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Generic, TypeVar

from chassis.words.catalogue import N_
from servicehub_events import InvoiceSite, Site

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.list_query import WHOLE_LIST, InvoiceFilter, ListQuery
from portal_read.pages.site_labels import tells_sites_apart

R = TypeVar("R")

_SHORT: Final = 10
"""So few rows are read faster than a form is filled in."""
_STATES: Final[tuple[tuple[InvoiceFilter, str], ...]] = (
    ("to_pay", N_("To pay")),
    ("overdue", N_("Overdue")),
    ("paid", N_("Paid")),
)


@dataclass(frozen=True, slots=True)
class FilterOption:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterField:
    """A choice of which the first option, with an empty value, stands for all."""

    name: str
    label: str
    options: Sequence[FilterOption]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """`result` says how much was found, where something is looked for."""

    action: str
    words: str
    hint: str
    fields: Sequence[FilterField]
    result: str | None


@dataclass(frozen=True, slots=True)
class YearOf(Generic[R]):
    """Rows of one year; no heading where all are of this one."""

    heading: str | None
    rows: Sequence[R]


def list_filter(
    ctx: PageContext,
    language: Language,
    query: ListQuery,
    *,
    action: str,
    hint: str,
    years: Sequence[int],
    sites: Sequence[Site | InvoiceSite | None],
    further: bool,
    with_states: bool = False,
) -> ListFilter | None:
    """None where everything is in sight. `sites` are those of the rows that are shown, one for each;
    `further` says that there may be more.
    """
    found = len(sites)
    if query == WHOLE_LIST and found < _SHORT and not (sites and tells_sites_apart(ctx, sites)):
        return None
    say = language.words.gettext
    fields = [_sites(ctx, language, query), _states(language, query) if with_states else None]
    labels = [(str(year), _year_heading(language, year)) for year in years]
    fields.append(_field(language, "year", say("Year"), labels, str(query.year or "")))
    shown = [field for field in fields if field and len(field.options) > 2]
    result = _result(language, query, found, further=further) if query.searches else None
    return ListFilter(action, query.words, hint, shown, result)


def years_since(language: Language, oldest: int | None, *, ahead: int = 0) -> list[int]:
    """Newest first, from so many years ahead back to the oldest that there is anything of."""
    this_year = language.today.year
    return list(range(this_year + ahead, (oldest or this_year) - 1, -1))


def by_year(language: Language, rows: Sequence[R], years: Sequence[int]) -> list[YearOf[R]]:
    """Rows in their order, each with its year, under the headings of their years."""
    plain = set(years) <= {language.today.year}
    return [
        YearOf(None if plain else _year_heading(language, year), [row for _, row in of_year])
        for year, of_year in groupby(zip(years, rows, strict=True), key=lambda pair: pair[0])
    ]


def _year_heading(language: Language, year: int) -> str:
    """2026; 2026年."""
    return f"{year}年" if language.format.japanese else str(year)


def _sites(ctx: PageContext, language: Language, query: ListQuery) -> FilterField:
    sites = (
        [(site.site_id, site.label or site.address) for site in ctx.customer.sites] if ctx.customer else []
    )
    return _field(language, "site", language.words.gettext("Property"), sites, query.site)


def _states(language: Language, query: ListQuery) -> FilterField:
    say = language.words.gettext
    states = [(state, say(label)) for state, label in _STATES]
    return _field(language, "state", say("State"), states, query.state or "")


def _field(
    language: Language, name: str, label: str, labels: Iterable[tuple[str, str]], chosen: str
) -> FilterField:
    every = FilterOption("", language.words.gettext("All"), not chosen)
    options = [FilterOption(value, text, value == chosen) for value, text in labels]
    return FilterField(name, label, [every, *options])


def _result(language: Language, query: ListQuery, found: int, *, further: bool) -> str:
    say = language.words.gettext
    if found and not further:
        return language.words.ngettext("{n} found.", "{n} found.", found)
    if found:
        return say("{n} found so far.", n=str(found))
    if further:
        return say("Nothing found so far.")
    if query.words:
        return say("Nothing found for “{words}”. Try a shorter word.", words=query.words)
    return say("Nothing found.")
