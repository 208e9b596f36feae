"""The form that finds rows of a list, and what it found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.words.catalogue import N_

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.list_query import InvoiceFilter, ListQuery

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


def list_filter(
    ctx: PageContext,
    language: Language,
    query: ListQuery,
    *,
    action: str,
    hint: str,
    years: Sequence[int],
    with_states: bool = False,
    found: int = 0,
    further: bool = False,
) -> ListFilter:
    """`found` is how many rows are shown of what is looked for, `further` that there may be more."""
    say = language.words.gettext
    fields = [_sites(ctx, language, query), _states(language, query) if with_states else None]
    labels = [(str(year), year_heading(language, year)) for year in years]
    fields.append(_field(language, "year", say("Year"), labels, str(query.year or "")))
    shown = [field for field in fields if field and len(field.options) > 2]
    result = _result(language, query, found, further=further) if query.searches else None
    return ListFilter(action, query.words, hint, shown, result)


def year_heading(language: Language, year: int) -> str:
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
