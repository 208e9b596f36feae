"""The checks of one tax group: what is in it, its category, its taxes, and how they were rounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from servicehub_events.catalogue.invoice_rounding import ExactTax, exact_tax, micro, rounded_total
from servicehub_events.catalogue.invoice_taxes import TaxGroup, TaxRounding, TaxShare


@dataclass(frozen=True, slots=True)
class TaxRules:
    """What an invoice says of all its taxes. On a qualified one (適格請求書) tax is rounded once per rate."""

    prices_include_tax: bool
    rounding: TaxRounding | None = None
    qualified: bool = False


@dataclass(slots=True)
class TaxEntries:
    """The lines and discounts of one tax group: what each adds, and the tax it states."""

    amounts: list[int] = field(default_factory=list[int])
    taxes: list[int | None] = field(default_factory=list[int | None])

    def add(self, amount: int, tax: int | None) -> None:
        self.amounts.append(amount)
        self.taxes.append(tax)

    @property
    def state_their_tax(self) -> bool:
        return bool(self.taxes) and None not in self.taxes


def group_violations(name: str, group: TaxGroup, own: TaxEntries, rules: TaxRules) -> Iterator[str]:
    """One tax group against what is in it."""
    expected = sum(own.amounts)
    stated = group.net + group.tax if rules.prices_include_tax else group.net
    if stated != expected:
        fields = "net + tax" if rules.prices_include_tax else "net"
        yield f"{name}: {fields} is {stated}, but its lines less discounts are {expected}"
    yield from _category_violations(name, group)
    yield from _shares_violations(name, group)
    yield from _line_tax_violations(name, group, own, rules)
    yield from _rounding_violations(name, group, own, rules)


def _category_violations(name: str, group: TaxGroup) -> Iterator[str]:
    """EN 16931, BR-S-5 to BR-O-5 and BR-S-10: only what is taxed has a rate, only what is not a reason."""
    taxed = micro(group.rate) > 0
    if group.category and taxed != (group.category == "standard"):
        yield f"{name}: category {group.category} does not go with rate {group.rate}"
    if taxed and group.exemption_reason is not None:
        yield f"{name}: exemption_reason is given, but it is taxed"


def _shares_violations(name: str, group: TaxGroup) -> Iterator[str]:
    """Several taxes make the rate and the tax of their group."""
    if not group.taxes:
        return
    if sum(micro(share.rate) for share in group.taxes) != micro(group.rate):
        yield f"{name}: the rates of its taxes do not sum to it"
    if (summed := sum(share.tax for share in group.taxes)) != group.tax:
        yield f"{name}: its taxes sum to {summed}, but tax is {group.tax}"


def _line_tax_violations(name: str, group: TaxGroup, own: TaxEntries, rules: TaxRules) -> Iterator[str]:
    """Where lines state their tax, each is less than a unit a tax from the exact one, and they sum up."""
    taxes = [tax for tax in own.taxes if tax is not None]
    if not taxes:
        return
    if rules.qualified or not own.state_their_tax:
        but = "a qualified invoice rounds it once per rate" if rules.qualified else "some of them do not"
        yield f"{name}: lines state their tax, but {but}"
        return
    if (summed := sum(taxes)) != group.tax:
        yield f"{name}: tax is {group.tax}, but its lines state {summed}"
    rate, several = micro(group.rate), max(1, len(group.taxes))
    for amount, tax in zip(own.amounts, taxes, strict=True):
        exact = exact_tax((amount,), rate, rate, included=rules.prices_include_tax)
        if not exact.is_within(tax, several):
            yield f"{name}: a line states tax {tax} on {amount}, which is not the rate rounded"


def _rounding_violations(name: str, group: TaxGroup, own: TaxEntries, rules: TaxRules) -> Iterator[str]:
    """Each tax of a group is rounded lawfully, or all of them together are (as SSUTA 324 allows)."""
    whole, shares = _exact(own, group.rate, group, rules), list(_shares(group, own, rules))
    by_line = rules.rounding.level == "line" if rules.rounding else not whole.is_within(group.tax, 1)
    slack = len(own.amounts) if by_line else 1
    together = len(shares) > 1 and _is_lawful(group.tax, whole, own, rules)
    for at, (share, exact) in enumerate(shares):
        if not _is_lawful(share.tax, exact, own, rules) and not (
            together and exact.is_within(share.tax, slack)
        ):
            path = f", taxes[{at}]" if group.taxes else ""
            yield f"{name}{path}: tax {share.tax} on net {group.net} is not {_lawful(exact, rules)}"


def _is_lawful(tax: int, exact: ExactTax, own: TaxEntries, rules: TaxRules) -> bool:
    """Whether an amount of tax is what the invoice says of its rounding, else one of the lawful ways."""
    if (rounding := rules.rounding) and rounding.level != "invoice":
        return tax == _declared(exact, rounding)
    if exact.is_within(tax, 1) or rounding or rules.qualified:
        return exact.is_within(tax, 1)
    stated = own.state_their_tax and exact.is_within(tax, len(own.amounts))
    return stated or exact.is_rounded_by_line(tax)


def _declared(exact: ExactTax, rounding: TaxRounding) -> int:
    by_line = rounding.level == "line"
    return exact.by_line(rounding.direction) if by_line else exact.once(rounding.direction)


def _lawful(exact: ExactTax, rules: TaxRules) -> str:
    if (rounding := rules.rounding) and rounding.level != "invoice":
        return f"{_declared(exact, rounding)}, as tax_rounding says"
    ways = "once" if rounding or rules.qualified else "once or line by line"
    return f"the rate rounded {ways}, such as {exact.once('half_up')}"


def _shares(group: TaxGroup, own: TaxEntries, rules: TaxRules) -> Iterator[tuple[TaxShare, ExactTax]]:
    """Every tax of a group with what it should be; a group that names none has one."""
    for share in group.taxes or (TaxShare(name="", rate=group.rate, tax=group.tax),):
        yield share, _exact(own, share.rate, group, rules)


def _exact(own: TaxEntries, rate: str, group: TaxGroup, rules: TaxRules) -> ExactTax:
    return exact_tax(own.amounts, micro(rate), micro(group.rate), included=rules.prices_include_tax)


def whole_tax_violations(
    groups: Sequence[TaxGroup], entries: Sequence[TaxEntries], rules: TaxRules, direction: str
) -> Iterator[str]:
    """Each tax of the invoice, rounded once whichever groups it is in."""
    stated: dict[tuple[str, str, int], int] = {}
    exact: dict[tuple[str, str, int], list[ExactTax]] = {}
    for group, own in zip(groups, entries, strict=True):
        for share, part in _shares(group, own, rules):
            key = (share.name, share.jurisdiction or "", micro(share.rate))
            stated[key] = stated.get(key, 0) + share.tax
            exact.setdefault(key, []).append(part)
    for key, parts in exact.items():
        if stated[key] != (right := rounded_total(parts, direction)):
            yield f"a tax of rate {key[2] / 1e6:g} sums to {stated[key]}, not {right}, as tax_rounding says"
