"""The tax of a paper, as its event says it: each tax on what it is, why something is not taxed.

A paper repeats the event. Nothing here multiplies a rate.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import Discount, Line, TaxGroup, TaxRounding
from servicehub_events.catalogue.invoice_grouping import entry_key, group_key, groups_of

from papers.language import PaperLanguage
from papers.sheet import SumRow

_NO_TAX: Final = {
    "zero_rated": N_("zero-rated"),
    "exempt": N_("tax exempt"),
    "reverse_charge": N_("reverse charge"),
    "intra_community": N_("supply within the EU"),
    "export": N_("export, tax free"),
    "outside_scope": N_("outside the scope of tax"),
}
_NOT_SAID: Final = N_("no tax")
_ROUNDED: Final = {
    ("down", True): N_("Tax is rounded down on each line."),
    ("up", True): N_("Tax is rounded up on each line."),
    ("half_up", True): N_("Tax is rounded half up on each line."),
    ("down", False): N_("Tax is rounded down, once per rate."),
    ("up", False): N_("Tax is rounded up, once per rate."),
    ("half_up", False): N_("Tax is rounded half up, once per rate."),
}


def reduced_rates(lines: Iterable[Line]) -> set[Decimal]:
    """The rates that are marked ※."""
    return {Decimal(line.tax_rate) for line in lines if line.reduced_rate}


def rate_of(language: PaperLanguage, groups: Sequence[TaxGroup], entry: Line | Discount) -> str:
    """The rate beside a line, 8.875%; at zero, why."""
    if Decimal(entry.tax_rate) != 0:
        return language.format.percent(entry.tax_rate)
    keys = [group_key(group) for group in groups]
    group = next((groups[at] for at in groups_of(entry_key(entry), keys)), None)
    return language.say(_NO_TAX.get((group and group.category) or "", _NOT_SAID))


def tax_rows(
    language: PaperLanguage,
    groups: Sequence[TaxGroup],
    currency: str,
    reduced: set[Decimal],
    *,
    included: bool,
) -> Iterator[SumRow]:
    """A row for each tax and what it is on: with tax where prices include it (税込), else without (税抜)."""
    for group in groups:
        base = _base(language, group, currency, included=included)
        for name, rate, tax in _taxes(language, group, reduced, included=included):
            yield SumRow(
                label=name if rate else _capital(name), base=base, amount=_tax(language, tax, currency)
            )


def _taxes(
    language: PaperLanguage, group: TaxGroup, reduced: set[Decimal], *, included: bool
) -> Iterator[tuple[str, bool, int | None]]:
    """Label, whether it names a rate, and the tax; None where there is none by law."""
    say, show = language.say, language.format
    for share in group.taxes:
        name = share.name
        if share.jurisdiction:
            name = say("{tax} ({place})", tax=name, place=share.jurisdiction)
        message = N_("of which {name} {rate}{mark}") if included else N_("{name} {rate}{mark}")
        yield (
            say(message, name=name, rate=show.percent(share.rate), mark=_mark(share.rate, reduced)),
            True,
            share.tax,
        )
    if group.taxes:
        return
    if Decimal(group.rate) == 0:
        free = group.category not in (None, "standard", "zero_rated")
        yield say(_NO_TAX.get(group.category or "", _NOT_SAID)), False, None if free else group.tax
        return
    message = N_("of which tax {rate}{mark}") if included else N_("Tax {rate}{mark}")
    yield say(message, rate=show.percent(group.rate), mark=_mark(group.rate, reduced)), True, group.tax


def _base(language: PaperLanguage, group: TaxGroup, currency: str, *, included: bool) -> str:
    amount = language.format.money(group.net + group.tax if included else group.net, currency)
    return language.say(N_("on {amount} with tax") if included else N_("on {amount}"), amount=amount)


def _tax(language: PaperLanguage, tax: int | None, currency: str) -> str:
    return "—" if tax is None else language.format.money(tax, currency)


def _mark(rate: str, reduced: set[Decimal]) -> str:
    return "※" if Decimal(rate) in reduced else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def tax_legends(
    language: PaperLanguage, groups: Sequence[TaxGroup], reduced: set[Decimal], rounding: TaxRounding | None
) -> Iterator[str]:
    """What ※ means, why something is not taxed, and how tax was rounded if the event says so."""
    if reduced:
        rates = ", ".join(language.format.percent(str(rate)) for rate in sorted(reduced))
        yield language.say("※ Reduced tax rate ({rates})", rates=rates)
    yield from dict.fromkeys(group.exemption_reason for group in groups if group.exemption_reason)
    if rounding:
        by_line = rounding.level == "line"
        other = N_("Tax is rounded to the nearest on each line.") if by_line else N_("Tax is rounded once.")
        yield language.say(_ROUNDED.get((rounding.direction, by_line), other))
