"""The sums of an invoice: amounts from quantities, tax once per rate, and the total."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict

from servicehub_events import Discount, Line, TaxGroup
from servicehub_events.catalogue.invoice_grouping import TaxKey, amounts_by_tax

from stand_in_servicehub.actions.fields import NewLine
from stand_in_servicehub.business import Profile


class Sums(TypedDict):
    """Fields of an invoice that belong together; amounts in minor units."""

    lines: tuple[Line, ...]
    tax_groups: tuple[TaxGroup, ...]
    total: int


def charge(profile: Profile, entries: Iterable[NewLine]) -> tuple[Line, ...]:
    """Lines of quantity × unit price, rounded half up to a minor unit; no rate means the usual one."""
    return tuple(
        Line(
            description=entry.description,
            quantity=entry.quantity,
            unit=entry.unit,
            unit_price=entry.unit_price,
            amount=_rounded(Decimal(entry.quantity) * entry.unit_price),
            tax_rate=(rate := entry.tax_rate or profile.tax_rates[0]),
            tax_category=entry.tax_category,
            reduced_rate=rate in profile.reduced_rates,
        )
        for entry in entries
    )


def add_up(lines: tuple[Line, ...], discounts: Sequence[Discount], *, prices_include_tax: bool) -> Sums:
    """Tax groups, the highest rate first, and the total."""
    by_tax = amounts_by_tax(lines, discounts)
    keys = sorted(by_tax, key=lambda key: Decimal(key.rate), reverse=True)
    groups = tuple(_group(key, by_tax[key], prices_include_tax) for key in keys)
    return Sums(lines=lines, tax_groups=groups, total=sum(group.net + group.tax for group in groups))


def _group(key: TaxKey, amount: int, prices_include_tax: bool) -> TaxGroup:
    percent = Decimal(key.rate)
    tax = _rounded(amount * percent / (100 + percent if prices_include_tax else 100))
    net = amount - tax if prices_include_tax else amount
    return TaxGroup(rate=key.rate, net=net, tax=tax, category=None if percent else key.category)


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
