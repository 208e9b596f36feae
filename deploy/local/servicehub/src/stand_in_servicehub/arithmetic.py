"""The sums of an invoice: amounts from quantities, tax once per rate, and the total."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from servicehub_events import Discount, Line, TaxGroup
from servicehub_events.catalogue.invoice_arithmetic import amounts_by_rate


class Sums(NamedTuple):
    """What follows from the lines and discounts; amounts in minor units."""

    tax_groups: tuple[TaxGroup, ...]
    total: int


def line(description: str, quantity: str, unit_price: int, tax_rate: str, *, reduced: bool = False) -> Line:
    """A line whose amount is quantity × unit price, rounded half up to a minor unit."""
    return Line(
        description=description,
        quantity=quantity,
        unit_price=unit_price,
        amount=_rounded(Decimal(quantity) * unit_price),
        tax_rate=tax_rate,
        reduced_rate=reduced,
    )


def sums(lines: Sequence[Line], discounts: Sequence[Discount], *, prices_include_tax: bool) -> Sums:
    """Tax groups, the highest rate first, and the total."""
    by_rate = amounts_by_rate(lines, discounts)
    groups = tuple(
        _group(rate, by_rate[rate], prices_include_tax) for rate in sorted(by_rate, key=Decimal, reverse=True)
    )
    return Sums(groups, sum(group.net + group.tax for group in groups))


def _group(rate: str, amount: int, prices_include_tax: bool) -> TaxGroup:
    percent = Decimal(rate)
    if prices_include_tax:
        tax = _rounded(amount * percent / (100 + percent))
        return TaxGroup(rate=rate, net=amount - tax, tax=tax)
    return TaxGroup(rate=rate, net=amount, tax=_rounded(amount * percent / 100))


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
