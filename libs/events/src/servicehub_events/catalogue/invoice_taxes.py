"""How an invoice says what is taxed, by which taxes, and how their amounts were rounded."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.scalars import AtMost, LongText, Rate, ShortText, SignedAmount

TaxCategory = Annotated[
    Literal[
        "standard",
        "zero_rated",
        "exempt",
        "reverse_charge",
        "intra_community",
        "export",
        "outside_scope",
    ],
    Meta(
        description=(
            "EN 16931's S (taxed, at whatever rate), Z (taxed at 0 %), E (exempt, 非課税), AE (the customer "
            "accounts for the tax), K (supply to another EU state), G (export, 輸出免税), O (outside the "
            "scope of tax, 不課税)."
        )
    ),
]
RoundingLevel = Annotated[
    Literal["line", "group", "invoice"],
    Meta(
        description=(
            "`line`: each tax of each line and discount. `group`: each tax of each tax group, once. "
            "`invoice`: each tax once, whichever groups it is in."
        )
    ),
]
RoundingDirection = Annotated[
    Literal["half_up", "half_even", "half_down", "down", "up"],
    Meta(description="To the nearest minor unit, a half away from zero, to even or to zero; to zero; away."),
]


class NamedTax(Value, frozen=True, kw_only=True):
    """One of the taxes on something: GST, PST, a city's sales tax."""

    name: ShortText
    """What it is called on the invoice: `GST`, `VAT`, `消費税`."""
    rate: Rate
    """Its own rate."""
    jurisdiction: ShortText | None = None
    """Who levies it, where the name does not say so: `New York City`."""


_TAXES = AtMost(10, "state, county, city and districts")
NamedTaxes = Annotated[tuple[NamedTax, ...], _TAXES]


class TaxShare(NamedTax, frozen=True, kw_only=True):
    """One of the taxes of a tax group, and how much it comes to."""

    tax: SignedAmount
    """What this tax comes to."""


class TaxRounding(Value, frozen=True, kw_only=True):
    """How tax was rounded to minor units; with it, every amount of tax is checked to the unit."""

    level: RoundingLevel
    """What was rounded."""
    direction: RoundingDirection
    """Which way."""


class TaxGroup(Value, frozen=True, kw_only=True):
    """Everything taxed alike: net, and the tax on it.

    Groups differ in rate, category or taxes. The tax is rounded once, or is the sum of taxes rounded line by
    line; on a qualified invoice of Japan it is rounded once.
    """

    rate: Rate
    """The rate; with several taxes, their rates together."""
    net: SignedAmount
    """Everything at this rate, without the tax."""
    tax: SignedAmount
    """The tax on it, rounded to minor units."""
    category: TaxCategory | None = None
    """Why this rate; absent: taxed, or at rate 0 not said."""
    taxes: Annotated[tuple[TaxShare, ...], _TAXES] = ()
    """The taxes that `rate` and `tax` consist of, with their names."""
    exemption_reason: LongText | None = None
    """Why it is not taxed, in words: the article, or `Reverse charge`."""
