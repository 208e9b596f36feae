"""What an amount of tax may be, to the minor unit, in exact integers.

Directive 2006/112/EC leaves rounding to the states (ECJ C-484/06 and C-302/07). Once per rate and invoice is
all that EN 16931 (BR-CO-17) and Japan's qualified invoices know (消費税法施行令 第70条の10). Line by
line is lawful too in the UK (VAT Notice 700, 17.5), the US (SSUTA 324) and Canada (Excise Tax Act, 165.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

_MICRO: Final = 1_000_000  # a rate has up to six decimals
_PERCENT: Final = 100 * _MICRO


def micro(rate: str) -> int:
    """A rate in millionths of a per cent: `8.875` is 8,875,000."""
    whole, _, fraction = rate.partition(".")
    return int(whole) * _MICRO + int(fraction.ljust(6, "0"))


@dataclass(frozen=True, slots=True)
class ExactTax:
    """The exact taxes on some amounts, each `amount * rate / base`; in minor units when it is divided."""

    numerators: tuple[int, ...]
    base: int

    def is_within(self, tax: int, units: int) -> bool:
        """Whether `tax` is less than so many minor units from the exact tax on all of it."""
        return abs(tax * self.base - sum(self.numerators)) < units * self.base

    def is_rounded_by_line(self, tax: int) -> bool:
        """Whether `tax` is the sum of the taxes of each, all rounded the same way."""
        return any(self.by_line(direction) == tax for direction in DIRECTIONS)

    def once(self, direction: str) -> int:
        """The tax on all of it, rounded."""
        return _rounded(sum(self.numerators), self.base, direction)

    def by_line(self, direction: str) -> int:
        """The sum of the taxes of each, rounded."""
        return sum(_rounded(numerator, self.base, direction) for numerator in self.numerators)


def exact_tax(amounts: Sequence[int], rate: int, whole_rate: int, *, included: bool) -> ExactTax:
    """The tax of `rate` on `amounts`; rates in millionths of a per cent.

    Where prices include tax, an amount holds its net and every tax on it: those of `whole_rate` together.
    """
    base = _PERCENT + whole_rate if included else _PERCENT
    return ExactTax(tuple(amount * rate for amount in amounts), base)


def rounded_total(parts: Iterable[ExactTax], direction: str) -> int:
    """The sum of several exact taxes, rounded once."""
    whole = sum((Fraction(sum(part.numerators), part.base) for part in parts), Fraction())
    return _rounded(whole.numerator, whole.denominator, direction)


def _rounded(numerator: int, base: int, direction: str) -> int:
    units, rest = divmod(abs(numerator), base)
    units += DIRECTIONS[direction](units, rest, base)
    return units if numerator >= 0 else -units


# Whether a rest, of so many whole units, makes one more.
DIRECTIONS: Final[Mapping[str, Callable[[int, int, int], bool]]] = MappingProxyType(
    {
        "half_up": lambda _units, rest, base: 2 * rest >= base,
        "half_even": lambda units, rest, base: 2 * rest > base or (2 * rest == base and units % 2 == 1),
        "half_down": lambda _units, rest, base: 2 * rest > base,
        "down": lambda _units, _rest, _base: False,
        "up": lambda _units, rest, _base: rest > 0,
    }
)
