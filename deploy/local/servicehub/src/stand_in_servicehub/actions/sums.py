"""The sums of an invoice: amounts from quantities, tax once per rate, and the total."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict

from servicehub_events import Discount, Line, TaxGroup
from servicehub_events.catalogue.invoice_arithmetic import amounts_by_rate

from stand_in_servicehub.actions.fields import NewLine
from stand_in_servicehub.business import Profile


class Sums(TypedDict):
    """Fields of an invoice that belong together; amounts in minor units."""

    lines: tuple[Line, ...]
    tax_groups: tuple[TaxGroup, ...]
    total: int


def charge(profile: Profile, new: Iterable[NewLine]) -> tuple[Line, ...]:
    """Lines of quantity × unit price, rounded half up to a minor unit; no rate means the usual one."""
    return tuple(
        Line(
            description=each.description,
            quantity=each.quantity,
            unit_price=each.unit_price,
            amount=_rounded(Decimal(each.quantity) * each.unit_price),
            tax_rate=(rate := each.tax_rate or profile.tax_rates[0]),
            reduced_rate=rate in profile.reduced_rates,
        )
        for each in new
    )


def add_up(lines: tuple[Line, ...], discounts: Sequence[Discount], *, prices_include_tax: bool) -> Sums:
    """Tax groups, the highest rate first, and the total."""
    by_rate = amounts_by_rate(lines, discounts)
    groups = tuple(
        _group(rate, by_rate[rate], prices_include_tax) for rate in sorted(by_rate, key=Decimal, reverse=True)
    )
    return Sums(lines=lines, tax_groups=groups, total=sum(group.net + group.tax for group in groups))


def _group(rate: str, amount: int, prices_include_tax: bool) -> TaxGroup:
    percent = Decimal(rate)
    tax = _rounded(amount * percent / (100 + percent if prices_include_tax else 100))
    return TaxGroup(rate=rate, net=amount - tax if prices_include_tax else amount, tax=tax)


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
