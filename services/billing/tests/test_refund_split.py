"""A refund made outside falls on a payment's invoices by one rule."""

from collections import Counter
from datetime import datetime

import pytest
from billing.domain.reversals import split_refund
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from msgspec.structs import replace
from servicehub_events import Allocation, Payment, Refund
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.strategies_payment import payments
from servicehub_events_tools.testing.strategies_scalars import ids, times, unique_ids


def paying(**amounts: int) -> Payment:
    parts = [
        Allocation(invoice_id=name, invoice_version=1, amount=amount) for name, amount in amounts.items()
    ]
    return replace(samples.payment(), allocations=tuple(parts), amount=sum(amounts.values()), refunds=())


def split(payment: Payment, amount: int, **credit: int) -> dict[str, int]:
    return {share.invoice_id: share.amount for share in split_refund(payment, amount, credit)}


def test_credit_goes_first_and_the_rest_in_proportion() -> None:
    assert split(paying(a=600, b=400), 100, b=50) == {"a": 32, "b": 68}


def test_the_earlier_allocation_wins_a_tie() -> None:
    assert split(paying(a=100, b=100), 1) == {"a": 1}
    assert split(paying(a=10, b=10, c=10), 5) == {"a": 2, "b": 2, "c": 1}


def test_what_was_refunded_before_is_not_refunded_again() -> None:
    payment = paying(a=100, b=100)
    first = Refund(
        refund_id="r", amount=100, allocations=split_refund(payment, 100, {"a": 100}), at=payment.occurred_at
    )
    assert split(replace(payment, refunds=(first,)), 60, a=100) == {"b": 60}


@pytest.mark.parametrize("amount", [0, -1, 201])
def test_more_than_there_is_cannot_be_refunded(amount: int) -> None:
    with pytest.raises(ValueError, match="has 200 left"):
        split_refund(paying(a=100, b=100), amount, {})


@given(unique_ids(min_size=1, max_size=3).flatmap(payments), ids, times, st.data())
def test_the_shares_make_up_the_refund_and_keep_the_payment_valid(
    payment: Payment, refund_id: str, at: datetime, data: DataObject
) -> None:
    captured = replace(payment, status="captured")
    made = (*captured.refunds, *captured.refunds_on_their_way())
    taken = Counter[str]()
    for share in (share for refund in made for share in refund.allocations):
        taken[share.invoice_id] += share.amount
    left = sum(max(0, part.amount - taken[part.invoice_id]) for part in captured.allocations)
    if left == 0 or refund_id in {refund.refund_id for refund in captured.refunds}:
        return
    amount = data.draw(st.integers(1, left))
    credit = {part.invoice_id: data.draw(st.integers(0, part.amount)) for part in captured.allocations}
    shares = split_refund(captured, amount, credit)
    assert sum(share.amount for share in shares) == amount
    refund = Refund(refund_id=refund_id, amount=amount, allocations=shares, at=at)
    assert replace(captured, refunds=(*captured.refunds, refund)).violations() == ()


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5), st.data())
def test_without_credit_each_share_is_within_one_unit_of_its_proportion(
    amounts: list[int], data: DataObject
) -> None:
    payment = paying(**{f"i{number}": amount for number, amount in enumerate(amounts)})
    refunded = data.draw(st.integers(1, payment.amount))
    found = split(payment, refunded)
    for part in payment.allocations:
        exact = refunded * part.amount
        assert abs(found.get(part.invoice_id, 0) * payment.amount - exact) < payment.amount
