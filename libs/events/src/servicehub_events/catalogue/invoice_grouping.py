"""Which tax group of an invoice a line or a discount is in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from servicehub_events.catalogue.invoice_parts import Discount, Line
from servicehub_events.catalogue.invoice_taxes import NamedTax, TaxCategory, TaxGroup, TaxShare


class TaxKey(NamedTuple):
    """What makes two amounts taxed alike: rate, category, and the names and rates of the taxes."""

    rate: str
    category: TaxCategory | None
    taxes: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        """`0 (exempt)`: it ends up in logs, so it quotes no name."""
        usual = self.category is None or (self.category == "standard" and self.rate != "0")
        return self.rate if usual else f"{self.rate} ({self.category})"


def rate_key(rate: str) -> str:
    """One spelling per rate: `10`, `10.0` and `010` are the same."""
    whole, _, fraction = rate.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def group_key(group: TaxGroup) -> TaxKey:
    """The key of a tax group."""
    return _key(group.rate, group.category, group.taxes)


def entry_key(entry: Line | Discount) -> TaxKey:
    """The key that a line or discount states; what it leaves out, its group says."""
    return _key(entry.tax_rate, entry.tax_category, entry.taxes)


def amounts_by_tax(lines: Iterable[Line], discounts: Iterable[Discount]) -> dict[TaxKey, int]:
    """Line amounts less discounts, in minor units, by what each states of its tax."""
    sums: dict[TaxKey, int] = {}
    for entry, amount in [
        *((line, line.amount) for line in lines),
        *((off, -off.amount) for off in discounts),
    ]:
        sums[entry_key(entry)] = sums.get(entry_key(entry), 0) + amount
    return sums


def groups_of(key: TaxKey, groups: Sequence[TaxKey]) -> list[int]:
    """The positions of the groups that an entry may be in: what it leaves out, a group may still say."""
    same = [at for at, group in enumerate(groups) if group == key]
    return same or [at for at, group in enumerate(groups) if _fits(key, group)]


def _fits(entry: TaxKey, group: TaxKey) -> bool:
    category = entry.category in (None, group.category)
    return entry.rate == group.rate and category and (not entry.taxes or entry.taxes == group.taxes)


def _key(rate: str, category: TaxCategory | None, taxes: Iterable[NamedTax | TaxShare]) -> TaxKey:
    key = rate_key(rate)
    said = category or ("standard" if key != "0" else None)
    return TaxKey(key, said, tuple(sorted((t.name, t.jurisdiction or "", rate_key(t.rate)) for t in taxes)))
