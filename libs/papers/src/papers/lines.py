"""The table of an invoice or credit note: its lines, and the sums up to the total."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chassis.words.catalogue import N_
from chassis.words.formats import NBSP
from servicehub_events import CreditNote, Discount, Invoice, Line, TaxGroup

from papers.language import PaperLanguage
from papers.sheet import SheetLine, SumRow
from papers.taxes import rate_of, reduced_rates, tax_rows

_LONGEST_UNIT: Final = 12  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What an invoice charges, or a credit note takes back; amounts in minor units of `currency`."""

    lines: Sequence[Line]
    discounts: Sequence[Discount]
    groups: Sequence[TaxGroup]
    total: int
    currency: str
    prices_include_tax: bool


def charges_of(invoice: Invoice, note: CreditNote | None = None) -> Charges:
    """Those of an invoice, or of one of its credit notes, whose prices are as the invoice's."""
    return Charges(
        lines=note.lines if note else invoice.lines,
        discounts=() if note else invoice.discounts,
        groups=note.tax_groups if note else invoice.tax_groups,
        total=note.total if note else invoice.total,
        currency=invoice.currency,
        prices_include_tax=invoice.prices_include_tax,
    )


def columns_of(language: PaperLanguage, charges: Charges) -> tuple[str, ...]:
    """The heads of the table."""
    say = language.say
    amount = say("Amount with tax") if charges.prices_include_tax else say("Amount before tax")
    return say("Item"), say("Quantity"), say("Price"), say("Tax"), amount


def lines_of(language: PaperLanguage, charges: Charges) -> Iterator[SheetLine]:
    """A row for each line, with the running total up to it."""
    running = 0
    for line in charges.lines:
        running += line.amount
        yield SheetLine(
            cells=(
                line.description,
                _quantity(language, line),
                language.format.money(line.unit_price, charges.currency),
                rate_of(language, charges.groups, line),
                language.format.money(line.amount, charges.currency),
            ),
            detail=language.joined(
                _long_unit(line), line.service_on and language.period(line.service_on, line.service_until)
            ),
            reduced=line.reduced_rate,
            carry=language.format.money(running, charges.currency),
        )


def _quantity(language: PaperLanguage, line: Line) -> str:
    """6 hours; 2台."""
    counted = language.format.number(line.quantity)
    if not line.unit or _long_unit(line):
        return counted
    close = language.format.japanese and not line.unit.isascii()
    return f"{counted}{'' if close else NBSP}{line.unit}"


def _long_unit(line: Line) -> str | None:
    """A unit that would take the room of the words stands below them."""
    return line.unit if line.unit and len(line.unit) > _LONGEST_UNIT else None


def sums_of(language: PaperLanguage, charges: Charges, total: SumRow) -> Iterator[SumRow]:
    """Items, discounts, net and tax above the total; where prices include tax, tax is told below it."""
    show = language.format
    taxes = tax_rows(
        language,
        charges.groups,
        charges.currency,
        reduced_rates(charges.lines),
        included=charges.prices_include_tax,
    )
    if charges.discounts:
        items = sum(line.amount for line in charges.lines)
        yield SumRow(label=language.say("Items"), amount=show.money(items, charges.currency))
    for discount in charges.discounts:
        yield SumRow(
            label=discount.description or language.say("Discount"),
            base=_discounted(language, charges, discount),
            amount=show.money(-discount.amount, charges.currency),
        )
    if charges.prices_include_tax:
        yield total
        yield from taxes
    else:
        net = sum(group.net for group in charges.groups)
        yield SumRow(label=language.say("Before tax"), amount=show.money(net, charges.currency))
        yield from taxes
        yield total


def _discounted(language: PaperLanguage, charges: Charges, discount: Discount) -> str:
    """Which items it is taken off, where there are several rates."""
    if len({Decimal(line.tax_rate) for line in charges.lines}) < 2:
        return ""
    rate = rate_of(language, charges.groups, discount)
    return language.say(N_("{rate} items"), rate=rate)
