"""Laws of an invoice's tax: what an honest rounding of any kind makes is taken, one unit beside is not."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from servicehub_events import Invoice, Line, TaxGroup
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.strategies_tax import ROUNDINGS, Taxed, exact, rounded, taxed

DAY = date(2026, 11, 20)


def invoice(part: Taxed, *, declared: bool) -> Invoice:
    issuer = samples.invoice().issuer
    return replace(
        samples.invoice(),
        lines=part.lines,
        discounts=part.discounts,
        tax_groups=part.groups,
        prices_include_tax=part.prices_include_tax,
        total=sum(group.net + group.tax for group in part.groups),
        tax_rounding=part.rounding if declared else None,
        issuer=issuer if part.qualified else replace(issuer, registration_number=None),
        deposit=None,
        withholdings=(),
        credit_notes=(),
    )


def moved(bill: Invoice, at: int, by: int) -> Invoice:
    """The invoice with one tax of one group moved by so much, and all sums with it."""
    group = bill.tax_groups[at]
    shares = tuple(
        replace(share, tax=share.tax + (by if not n else 0)) for n, share in enumerate(group.taxes)
    )
    net = group.net - by if bill.prices_include_tax else group.net
    groups = [*bill.tax_groups]
    groups[at] = replace(group, tax=group.tax + by, net=net, taxes=shares)
    return replace(bill, tax_groups=tuple(groups), total=sum(part.net + part.tax for part in groups))


@given(taxed(), st.booleans())
def test_every_honest_rounding_is_taken(part: Taxed, declared: bool) -> None:
    assert invoice(part, declared=declared).violations() == ()


@given(taxed(), st.data())
def test_one_unit_beside_a_declared_rounding_is_refused(part: Taxed, data: st.DataObject) -> None:
    bill = invoice(part, declared=True)
    alone = [at for at, group in enumerate(bill.tax_groups) if len(group.taxes) <= 1]  # others: examples
    if alone:
        at = data.draw(st.sampled_from(alone))
        assert moved(bill, at, data.draw(st.sampled_from([-1, 1]))).violations()


@given(taxed(), st.data())
def test_undeclared_tax_is_taken_exactly_where_a_lawful_rounding_makes_it(
    part: Taxed, data: st.DataObject
) -> None:
    bill = invoice(part, declared=False)
    alone = [at for at, group in enumerate(bill.tax_groups) if not group.taxes]
    if alone:
        at = data.draw(st.sampled_from(alone))
        beside = moved(bill, at, data.draw(st.integers(-4, 4)))
        lawful = beside.tax_groups[at].tax in set(_lawful(bill, bill.tax_groups[at]))
        assert (beside.violations() == ()) == lawful


def _lawful(bill: Invoice, group: TaxGroup) -> Iterator[int]:
    entries = [*bill.lines, *bill.discounts]
    mine = [
        e for e in entries if (e.tax_rate, e.tax_category) == (group.rate, group.category) and not e.taxes
    ]
    parts = [
        exact(e.amount if isinstance(e, Line) else -e.amount, e.tax_rate, e.tax_rate, bill.prices_include_tax)
        for e in mine
    ]
    yield from (rounded(sum(parts, Fraction()), way) for way in ROUNDINGS)
    if not bill.issuer.registration_number:
        yield from (sum(rounded(part, way) for part in parts) for way in ROUNDINGS)
