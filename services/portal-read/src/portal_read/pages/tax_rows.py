"""The tax of an invoice in rows: each tax and what it is on, what is not taxed and why, how it is rounded."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import Discount, Invoice, Line, TaxGroup
from servicehub_events.catalogue.invoice_grouping import entry_key, group_key, groups_of

from portal_read.pages.language import Language

_NOT_SAID: Final = N_("no tax")
_ON_A_LINE: Final = {
    "zero_rated": N_("zero-rated"),
    "exempt": N_("tax exempt"),
    "reverse_charge": N_("reverse charge"),
    "intra_community": N_("supply within the EU"),
    "export": N_("export, tax free"),
    "outside_scope": N_("outside the scope of tax"),
}
_IN_THE_SUMS: Final = {
    "zero_rated": N_("Zero-rated: {amount}"),
    "exempt": N_("Tax exempt: {amount}"),
    "reverse_charge": N_("Reverse charge: {amount}"),
    "intra_community": N_("Supply within the EU: {amount}"),
    "export": N_("Export, tax free: {amount}"),
    "outside_scope": N_("Outside the scope of tax: {amount}"),
}
_ROUNDED_ONCE: Final = {
    "down": N_("Tax is rounded down, once per rate."),
    "up": N_("Tax is rounded up, once per rate."),
    "half_up": N_("Tax is rounded half up, once per rate."),
}
_ROUNDED_BY_LINE: Final = {
    "down": N_("Tax is rounded down on each line."),
    "up": N_("Tax is rounded up on each line."),
    "half_up": N_("Tax is rounded half up on each line."),
}


@dataclass(frozen=True, slots=True)
class TaxRow:
    label: str
    amount: str


def tax_rows(language: Language, invoice: Invoice, reduced: set[Decimal]) -> Iterator[TaxRow]:
    """A row for each named tax over all its groups, for each unnamed rate, for each reason not to tax."""
    show = language.format
    for (name, rate), (net, tax) in _named_taxes(language, invoice).items():
        label = language.words.gettext(
            "{name} {rate}{mark} on {amount}",
            name=name,
            rate=show.percent(rate),
            mark=_mark(rate, reduced),
            amount=show.money(net, invoice.currency),
        )
        yield TaxRow(label, show.money(tax, invoice.currency))
    for group in invoice.tax_groups:
        if not group.taxes:
            yield _unnamed(language, invoice, group, reduced)


def _named_taxes(language: Language, invoice: Invoice) -> dict[tuple[str, str], tuple[int, int]]:
    """Net and tax by name and rate: GST on work and on goods is one GST."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for group in invoice.tax_groups:
        for share in group.taxes:
            name = share.name
            if share.jurisdiction:
                name = language.words.gettext("{tax} ({place})", tax=name, place=share.jurisdiction)
            net, tax = sums.get((name, share.rate), (0, 0))
            sums[name, share.rate] = (net + group.net, tax + share.tax)
    return sums


def _unnamed(language: Language, invoice: Invoice, group: TaxGroup, reduced: set[Decimal]) -> TaxRow:
    say, show = language.words.gettext, language.format
    net, tax = show.money(group.net, invoice.currency), show.money(group.tax, invoice.currency)
    if group.category in _IN_THE_SUMS:
        return TaxRow(
            say(_IN_THE_SUMS[group.category], amount=net), tax if group.category == "zero_rated" else "—"
        )
    mark = _mark(group.rate, reduced)
    return TaxRow(
        say("Tax {rate}{mark} on {amount}", rate=show.percent(group.rate), mark=mark, amount=net), tax
    )


def _mark(rate: str, reduced: set[Decimal]) -> str:
    return "※" if Decimal(rate) in reduced else ""


def tax_of(language: Language, invoice: Invoice, entry: Line | Discount) -> str | None:
    """What to say of the tax beside a line: why there is none, or which taxes where lines differ in that."""
    groups = invoice.tax_groups
    group = next((groups[at] for at in groups_of(entry_key(entry), [group_key(g) for g in groups])), None)
    if Decimal(entry.tax_rate) == 0:
        return language.words.gettext(_ON_A_LINE.get((group and group.category) or "", _NOT_SAID))
    if group and len({tuple(tax.name for tax in other.taxes) for other in groups if other.tax}) > 1:
        return " + ".join(dict.fromkeys(tax.name for tax in group.taxes)) or None
    return None


def tax_notes(language: Language, invoice: Invoice) -> Iterator[str]:
    """Why something is not taxed, in the words of the invoice, and how tax was rounded."""
    say = language.words.gettext
    for group in invoice.tax_groups:
        if group.exemption_reason:
            yield group.exemption_reason
    if rounding := invoice.tax_rounding:
        by_line = rounding.level == "line"
        sentences = _ROUNDED_BY_LINE if by_line else _ROUNDED_ONCE
        other = N_("Tax is rounded to the nearest on each line.") if by_line else N_("Tax is rounded once.")
        yield say(sentences.get(rounding.direction, other))
