"""The arithmetic that every invoice and credit note must satisfy: lines make the groups, groups the total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from servicehub_events.catalogue.invoice_grouping import TaxKey, entry_key, group_key, groups_of
from servicehub_events.catalogue.invoice_parts import Discount, Line
from servicehub_events.catalogue.invoice_tax_checks import (
    TaxEntries,
    TaxRules,
    group_violations,
    whole_tax_violations,
)
from servicehub_events.catalogue.invoice_taxes import TaxGroup


def arithmetic_violations(
    lines: Sequence[Line],
    discounts: Sequence[Discount],
    groups: Sequence[TaxGroup],
    total: int,
    rules: TaxRules,
) -> Iterator[str]:
    """Lines and discounts make the groups, the groups make the total."""
    if rules.qualified and rules.rounding and rules.rounding.level == "line":
        yield "tax_rounding.level is line, but a qualified invoice rounds once per rate"
    keys = [group_key(group) for group in groups]
    if len(set(keys)) != len(keys):
        yield "tax_groups lists a rate twice"
    entries = [TaxEntries() for _ in groups]
    yield from _share_out(lines, discounts, keys, entries)
    for group, key, own in zip(groups, keys, entries, strict=True):
        yield from group_violations(f"tax_groups rate {key}", group, own, rules)
    if rules.rounding and rules.rounding.level == "invoice":
        yield from whole_tax_violations(groups, entries, rules, rules.rounding.direction)
    if (stated := sum(group.net + group.tax for group in groups)) != total:
        yield f"tax_groups sum to {stated}, but total is {total}"


def _share_out(
    lines: Sequence[Line],
    discounts: Sequence[Discount],
    keys: Sequence[TaxKey],
    entries: Sequence[TaxEntries],
) -> Iterator[str]:
    """Put every line and discount into its group."""
    listed = [
        *((entry_key(line), line.amount, line.tax) for line in lines),
        *((entry_key(off), -off.amount, None if off.tax is None else -off.tax) for off in discounts),
    ]
    known = {key: groups_of(key, keys) for key in dict.fromkeys(key for key, _, _ in listed)}
    for key, places in known.items():
        if not places:
            yield f"tax_groups has no group for rate {key}"
        elif len({keys[place] for place in places}) > 1:
            yield f"tax_groups has several groups for rate {key}: state tax_category or taxes of its lines"
    for key, amount, tax in listed:
        for place in known[key][:1]:
            entries[place].add(amount, tax)
