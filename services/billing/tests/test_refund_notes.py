"""What a refund lowers of the price of its invoices, to the minor unit, and what was only paid too much."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from billing.domain.refund_notes import lowered_by, without_note
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    CreditNote,
    Invoice,
    Line,
    LoweredPrice,
    LoweredTax,
    Payment,
    Refund,
    RefundNote,
    Share,
    Surplus,
    TaxGroup,
    Voiding,
)
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.strategies_invoice import invoices

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
TEN = TaxGroup(rate="10", net=10000, tax=1000)
EIGHT = TaxGroup(rate="8", net=5000, tax=400)


def invoice(*groups: TaxGroup, currency: str = "JPY", invoice_id: str = "in-1") -> Invoice:
    """An open invoice of these groups, nothing paid outside the portal."""
    return replace(
        samples.invoice(),
        invoice_id=invoice_id,
        currency=currency,
        tax_groups=groups,
        total=sum(group.net + group.tax for group in groups),
        recorded_payments=(),
        withholdings=(),
        credit_notes=(),
    )


def paid(*owed: Invoice, amount: int | None = None, payment_id: str = "pa-1") -> Payment:
    """A payment of all of them, or of `amount` of the one."""
    parts = tuple(
        Allocation(invoice_id=one.invoice_id, invoice_version=1, amount=amount or one.total) for one in owed
    )
    return replace(
        samples.payment(),
        business_id=owed[0].business_id,
        payment_id=payment_id,
        currency=owed[0].currency,
        amount=sum(part.amount for part in parts),
        allocations=parts,
        refunds=(),
    )


def refund(number: int, *shares: tuple[str, int]) -> Refund:
    return Refund(
        refund_id=f"re_{number}",
        amount=sum(amount for _, amount in shares),
        allocations=tuple(Share(invoice_id=invoice_id, amount=amount) for invoice_id, amount in shares),
        at=NOON + timedelta(days=number),
    )


def noted(
    payment: Payment, owed: Sequence[Invoice], *refunds: Refund, others: Sequence[Payment] = ()
) -> Payment:
    """The payment after these refunds, each with its note."""
    known = {one.invoice_id: one for one in owed}
    payment = replace(payment, refunds=refunds)
    for one in without_note(payment):
        lowered = lowered_by(payment, one, known, others)
        note = None if lowered is None else RefundNote(number=one.refund_id, copies=0, lowered=lowered)
        kept = tuple(replace(each, note=note) if each == one else each for each in payment.refunds)
        payment = replace(payment, refunds=kept)
    return payment


def lowered(payment: Payment) -> list[tuple[LoweredPrice, ...] | None]:
    return [one.note and one.note.lowered for one in payment.refunds]


def test_a_refund_falls_on_the_rates_in_proportion_and_its_tax_on_each() -> None:
    owed = invoice(TEN, EIGHT)
    after = noted(paid(owed), [owed], refund(1, ("in-1", 1640)))
    taxes = (LoweredTax(rate="10", net=1000, tax=100), LoweredTax(rate="8", net=500, tax=40))
    assert lowered(after) == [(LoweredPrice(invoice_id="in-1", amount=1640, taxes=taxes),)]


def test_what_was_paid_too_much_goes_back_first_and_lowers_nothing() -> None:
    owed = invoice(TEN)
    after = noted(paid(owed, amount=11500), [owed], refund(1, ("in-1", 500)), refund(2, ("in-1", 1100)))
    assert lowered(after) == [
        (),
        (LoweredPrice(invoice_id="in-1", amount=1100, taxes=(LoweredTax(rate="10", net=1000, tax=100),)),),
    ]


def test_one_refund_can_be_both() -> None:
    owed = invoice(TEN)
    (notes,) = lowered(noted(paid(owed, amount=11500), [owed], refund(1, ("in-1", 1600))))
    assert notes
    assert [price.amount for price in notes] == [1100]


def test_what_servicehub_credited_with_a_note_of_its_own_is_not_credited_again() -> None:
    line = Line(description="x", quantity="1", unit_price=1000, amount=1000, tax_rate="10")
    own = CreditNote(
        id="cn-1",
        number="CN-9",
        issued_on=date(2026, 11, 23),
        lines=(line,),
        tax_groups=(TaxGroup(rate="10.0", net=1000, tax=100),),
        total=1100,
    )
    owed = replace(invoice(TEN), credit_notes=(own,))
    after = noted(paid(owed, amount=11000), [owed], refund(1, ("in-1", 1100)), refund(2, ("in-1", 9900)))
    assert [sum(price.amount for price in notes or ()) for notes in lowered(after)] == [0, 9900]


def test_an_invoice_that_was_voided_after_it_was_paid_is_credited_whole() -> None:
    owed = replace(invoice(TEN), status="void", voiding=Voiding(on=date(2026, 11, 23)))
    (notes,) = lowered(noted(paid(owed), [owed], refund(1, ("in-1", 11000))))
    assert notes
    assert notes[0].taxes == (LoweredTax(rate="10", net=10000, tax=1000),)


def test_money_that_came_after_the_invoice_was_void_is_no_price() -> None:
    owed = replace(invoice(TEN), status="void")
    late = replace(paid(owed), surplus=Surplus(amount=11000, handling="refund"))
    assert lowered(noted(late, [owed], refund(1, ("in-1", 11000)))) == [()]


def test_a_refund_over_two_invoices_lowers_each_by_its_share() -> None:
    one, two = invoice(TEN), invoice(EIGHT, invoice_id="in-2")
    (notes,) = lowered(noted(paid(one, two), [one, two], refund(1, ("in-1", 110), ("in-2", 108))))
    assert notes
    assert [(price.invoice_id, price.taxes[0].tax) for price in notes] == [("in-1", 10), ("in-2", 8)]


@pytest.mark.parametrize("known", [[], [invoice(TEN, currency="USD")]])
def test_of_an_invoice_that_is_gone_or_in_another_currency_by_now_there_is_no_paper(
    known: Sequence[Invoice],
) -> None:
    assert lowered(noted(paid(invoice(TEN)), known, refund(1, ("in-1", 100)))) == [None]


@pytest.mark.parametrize("currency", ["JPY", "USD", "KWD"])
@given(
    drawn=invoices(), cuts=st.lists(st.integers(1, 10**6), min_size=1, max_size=6), paid_at_once=st.booleans()
)
def test_notes_over_all_of_an_invoice_take_back_its_very_tax(
    currency: str, drawn: Invoice, cuts: Sequence[int], paid_at_once: bool
) -> None:
    groups = [group for group in drawn.tax_groups if group.net >= 0 and group.tax >= 0]
    owed = invoice(*groups, currency=currency)
    if owed.total < 2:
        return
    half = owed.total // 2
    other = paid(owed, amount=half, payment_id="pa-2")
    mine = paid(owed) if paid_at_once else paid(owed, amount=owed.total - half)
    parts, left = list[int](), mine.amount
    for cut in cuts:
        if left > 1:
            parts.append(min(cut, left - 1))
            left -= parts[-1]
    parts.append(left)
    refunds = [refund(n, ("in-1", part)) for n, part in enumerate(parts)]
    first = noted(mine, [owed], *refunds, others=[] if paid_at_once else [other])
    done = [first]
    if not paid_at_once:
        done.append(noted(other, [owed], refund(99, ("in-1", half)), others=[first]))
    prices = [price for one in done for notes in lowered(one) for price in notes or ()]
    assert sum(price.amount for price in prices) == owed.total
    assert all(price.amount == sum(tax.net + tax.tax for tax in price.taxes) for price in prices)
    for what in ("net", "tax"):
        taken = sum(getattr(tax, what) for price in prices for tax in price.taxes)
        assert taken == sum(getattr(group, what) for group in groups)
