"""Strategy for the taxed part of an invoice, made by an honest rounding of any kind, in exact fractions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    localcontext,
)
from fractions import Fraction
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from servicehub_events import Discount, Line, NamedTax, TaxCategory, TaxGroup, TaxRounding, TaxShare
from servicehub_events.catalogue.invoice_taxes import RoundingDirection, RoundingLevel

from servicehub_events_tools.testing.strategies_scalars import charges, optional_text, text

ROUNDINGS: Final[Mapping[RoundingDirection, str]] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "half_down": ROUND_HALF_DOWN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}
"""What each direction is called by `decimal`."""


@dataclass(frozen=True)
class Treatment:
    """One way to be taxed; without named taxes there is one, which has no name."""

    rate: str
    category: TaxCategory | None = None
    taxes: tuple[NamedTax, ...] = ()


@dataclass(frozen=True)
class Taxed:
    """The fields of an invoice that belong together; `qualified` is as if the issuer were registered."""

    lines: tuple[Line, ...]
    discounts: tuple[Discount, ...]
    groups: tuple[TaxGroup, ...]
    prices_include_tax: bool
    level: RoundingLevel
    direction: RoundingDirection
    qualified: bool

    @property
    def rounding(self) -> TaxRounding:
        """What the invoice may say of it."""
        return TaxRounding(level=self.level, direction=self.direction)


_GST: Final = NamedTax(name="GST", rate="5")
TREATMENTS: Final = (
    Treatment("10"),
    Treatment("8"),
    Treatment("20", "standard"),
    Treatment("0"),
    Treatment("0", "exempt"),
    Treatment("0", "outside_scope"),
    Treatment("0", "reverse_charge"),
    Treatment("5", taxes=(_GST,)),
    Treatment("12", taxes=(_GST, NamedTax(name="PST", rate="7"))),
    Treatment("14.975", taxes=(_GST, NamedTax(name="QST", rate="9.975"))),
    Treatment(
        "8.875",
        taxes=(
            NamedTax(name="Sales tax", rate="4.000", jurisdiction="New York State"),
            NamedTax(name="Sales tax", rate="4.5", jurisdiction="New York City"),
            NamedTax(name="Sales tax", rate="0.375", jurisdiction="MCTD"),
        ),
    ),
)


def rounded(value: Fraction, direction: RoundingDirection) -> int:
    """A fraction as a whole number, rounded by `decimal`."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return int(exact.quantize(Decimal(1), rounding=ROUNDINGS[direction]))


def exact(amount: int, rate: str, whole: str, included: bool) -> Fraction:
    """The tax of one rate on an amount, which may hold the taxes of the whole rate."""
    base = 100 + Fraction(whole) if included else Fraction(100)
    return amount * Fraction(rate) / base


_LINES: Final = {
    treatment: st.builds(
        Line,
        description=text,
        quantity=st.sampled_from(["1", "2.5", "0.25"]),
        unit=st.none() | st.sampled_from(["hours", "m²", "式"]),
        unit_price=charges,
        amount=charges,
        tax_rate=st.just(treatment.rate),
        tax_category=st.just(treatment.category),
        taxes=st.just(treatment.taxes),
        reduced_rate=st.booleans(),
    )
    for treatment in TREATMENTS
}


@st.composite
def taxed(draw: DrawFn, max_lines: int = 5) -> Taxed:
    """Up to so many lines, some with a discount, taxed and rounded in one lawful way."""
    treatments = draw(st.lists(st.sampled_from(TREATMENTS), max_size=max_lines))
    lines = [draw(_LINES[treatment]) for treatment in treatments]
    discounts = [
        Discount(
            description=draw(text),
            amount=draw(st.integers(0, line.amount)),
            tax_rate=line.tax_rate,
            tax_category=line.tax_category,
            taxes=line.taxes,
        )
        for line in lines
        if draw(st.booleans())
    ]
    included, qualified = draw(st.booleans()), draw(st.booleans())
    levels: list[RoundingLevel] = ["group"] if qualified else ["line", "group", "invoice"]
    level = draw(st.sampled_from(levels))
    direction = draw(st.sampled_from(sorted(ROUNDINGS)))
    amounts: defaultdict[Treatment, list[int]] = defaultdict(list)
    for entry in (*lines, *discounts):
        treatment = Treatment(entry.tax_rate, entry.tax_category, entry.taxes)
        amounts[treatment].append(entry.amount if isinstance(entry, Line) else -entry.amount)
    taxes = _taxes(amounts, included, level, direction)
    groups = tuple(_group(draw, *group, taxes, included) for group in amounts.items())
    return Taxed(tuple(lines), tuple(discounts), groups, included, level, direction, qualified)


def _parts(treatment: Treatment) -> tuple[NamedTax, ...]:
    return treatment.taxes or (NamedTax(name="", rate=treatment.rate),)


_Taxes = dict[tuple[Treatment, NamedTax], int]


def _taxes(
    amounts: Mapping[Treatment, Sequence[int]],
    included: bool,
    level: RoundingLevel,
    direction: RoundingDirection,
) -> _Taxes:
    """What each tax of each group comes to."""
    parts = {
        (group, part): [exact(amount, part.rate, group.rate, included) for amount in listed]
        for group, listed in amounts.items()
        for part in _parts(group)
    }
    if level == "line":
        return {key: sum(rounded(part, direction) for part in listed) for key, listed in parts.items()}
    sums = {key: sum(listed, Fraction()) for key, listed in parts.items()}
    if level == "group":
        return {key: rounded(value, direction) for key, value in sums.items()}
    return _shared(sums, direction)


def _shared(sums: Mapping[tuple[Treatment, NamedTax], Fraction], direction: RoundingDirection) -> _Taxes:
    """Each tax of the invoice, rounded once, shared over its groups by largest remainder."""
    of_tax: defaultdict[NamedTax, list[tuple[Treatment, NamedTax]]] = defaultdict(list)
    for key in sums:
        of_tax[key[1]].append(key)
    shares = {key: value.__floor__() for key, value in sums.items()}
    for keys in of_tax.values():
        missing = rounded(sum((sums[key] for key in keys), Fraction()), direction) - sum(
            map(shares.__getitem__, keys)
        )
        for key in sorted(keys, key=lambda key: shares[key] - sums[key])[:missing]:
            shares[key] += 1
    return shares


def _group(
    draw: DrawFn, treatment: Treatment, amounts: Sequence[int], taxes: _Taxes, included: bool
) -> TaxGroup:
    shares = tuple(
        TaxShare(name=part.name, rate=part.rate, jurisdiction=part.jurisdiction, tax=taxes[treatment, part])
        for part in _parts(treatment)
    )
    tax = sum(share.tax for share in shares)
    return TaxGroup(
        rate=treatment.rate,
        net=sum(amounts) - tax if included else sum(amounts),
        tax=tax,
        category=treatment.category,
        taxes=shares if treatment.taxes else (),
        exemption_reason=draw(optional_text) if treatment.rate == "0" else None,
    )
