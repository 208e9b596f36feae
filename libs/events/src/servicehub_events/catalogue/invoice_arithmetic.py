"""The arithmetic that every invoice must satisfy, in exact decimals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from servicehub_events.catalogue.invoice_parts import Discount, Line, TaxGroup


def rate_key(rate: str) -> str:
    """One spelling per rate: `10`, `10.0` and `010` are the same."""
    whole, _, fraction = rate.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def amounts_by_rate(lines: Iterable[Line], discounts: Iterable[Discount]) -> dict[str, int]:
    """Line amounts less discounts, per tax rate, in minor units."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[rate_key(line.tax_rate)] += line.amount
    for discount in discounts:
        sums[rate_key(discount.tax_rate)] -= discount.amount
    return dict(sums)


def tax_is_rounded_once(group: TaxGroup, prices_include_tax: bool) -> bool:
    """Tax is within one minor unit of the exact tax, whichever way the jurisdiction rounds.

    Where prices include tax the gross is exact and the tax is `gross * rate / (100 + rate)`.
    """
    rate = Decimal(group.rate)
    if prices_include_tax:
        return abs(group.tax * (100 + rate) - (group.net + group.tax) * rate) < 100 + rate
    return abs(group.tax * 100 - group.net * rate) < 100


def group_violations(expected: int, group: TaxGroup, prices_include_tax: bool) -> Iterator[str]:
    """One tax group against the amounts of its rate."""
    stated = group.net + group.tax if prices_include_tax else group.net
    name = "net + tax" if prices_include_tax else "net"
    if stated != expected:
        yield f"tax_groups rate {group.rate}: {name} is {stated}, but its lines less discounts are {expected}"
    if not tax_is_rounded_once(group, prices_include_tax):
        yield f"tax_groups rate {group.rate}: tax {group.tax} on net {group.net} is not the rate rounded once"


def arithmetic_violations(
    lines: Sequence[Line],
    discounts: Sequence[Discount],
    groups: Sequence[TaxGroup],
    total: int,
    prices_include_tax: bool,
) -> Iterator[str]:
    """Lines and discounts make the groups, the groups make the total."""
    expected = amounts_by_rate(lines, discounts)
    keys = [rate_key(group.rate) for group in groups]
    if len(set(keys)) != len(keys):
        yield "tax_groups lists a rate twice"
    for rate in expected.keys() - set(keys):
        yield f"tax_groups has no group for rate {rate}"
    for key, group in zip(keys, groups, strict=True):
        yield from group_violations(expected.get(key, 0), group, prices_include_tax)
    if (stated := sum(group.net + group.tax for group in groups)) != total:
        yield f"tax_groups sum to {stated}, but total is {total}"
