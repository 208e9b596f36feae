"""What a person chose becomes amounts: by our own rows, within what is payable, to the last unit."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from billing import errors
from billing.domain.amounts import AmountChoice, OwedInvoice, Pay, allocate, asks_too_much, currency_of, today
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events import (
    Business,
    Deposit,
    Invoice,
    PartialPayment,
    Payment,
    PaymentCaptured,
    RecordedPayment,
    as_event,
    invoice_money,
)
from servicehub_events_tools.testing import samples

TODAY = date(2026, 11, 23)
DUE_ON = date(2026, 12, 20)


def owed(
    invoice_id: str = "in-1", *, payments: Sequence[Payment] = (), version: int = 3, **changes: Any
) -> OwedInvoice:
    """¥5,000 on an invoice without deposit or part payments, unless `changes` say otherwise."""
    same: dict[str, Any] = {"invoice_id": invoice_id, "total": 5000, "due_on": DUE_ON, "deposit": None}
    invoice: Invoice = _invoice({**same, "partial_payment": None, "recorded_payments": (), **changes})
    return OwedInvoice(invoice, version, invoice_money(invoice, payments))


def _invoice(changes: dict[str, Any]) -> Invoice:
    return as_event(Invoice, samples.invoice(), **changes)


def paid(amount: int, *, status: str = "captured") -> Payment:
    """A payment of the invoice."""
    part = samples.payment().allocations[0]
    parts = (as_part(part, amount),)
    return as_event(
        PaymentCaptured, samples.payment(), status=status, amount=amount, allocations=parts, refunds=()
    )


def as_part(part: Any, amount: int) -> Any:
    return type(part)(invoice_id=part.invoice_id, invoice_version=part.invoice_version, amount=amount)


def amounts(pay: Pay, *these: OwedInvoice, amount: int | str | None = None, today: date = TODAY) -> list[int]:
    return [part.amount for part in allocate(AmountChoice(pay, amount), these, today)]


DEPOSIT = Deposit(amount=2000, due_on=date(2026, 11, 30))


@pytest.mark.parametrize(
    ("one", "today", "due"),
    [
        (owed(), TODAY, 5000),
        (owed(deposit=DEPOSIT), TODAY, 2000),
        (owed(deposit=DEPOSIT), DUE_ON, 2000),  # the last day on which the rest is not late
        (owed(deposit=DEPOSIT), date(2026, 12, 21), 5000),
        (owed(deposit=DEPOSIT, payments=[paid(500)]), TODAY, 1500),
        (owed(deposit=DEPOSIT, payments=[paid(2000)]), TODAY, 3000),
        (owed(payments=[paid(4950)]), TODAY, 50),
    ],
)
def test_due_is_the_deposit_while_it_is_missing_and_the_rest_is_not_late(
    one: OwedInvoice, today: date, due: int
) -> None:
    assert amounts("due", one, today=today) == [due]


def test_the_balance_is_all_that_is_payable_whatever_deposit_is_missing() -> None:
    assert amounts("balance", owed(deposit=DEPOSIT), owed("in-2", total=7000)) == [5000, 7000]


def test_a_deposit_is_paid_alone() -> None:
    assert amounts("deposit", owed(deposit=DEPOSIT, payments=[paid(500)])) == [1500]


@pytest.mark.parametrize("one", [owed(), owed(deposit=DEPOSIT, payments=[paid(2000)])])
def test_where_no_deposit_is_missing_none_is_taken(one: OwedInvoice) -> None:
    with pytest.raises(errors.NoDeposit):
        amounts("deposit", one)


def test_one_invoice_without_a_deposit_refuses_the_deposits_of_all() -> None:
    with pytest.raises(errors.NoDeposit):
        amounts("deposit", owed(deposit=DEPOSIT), owed("in-2"))


CASH = RecordedPayment(id="rp-1", method="cash", amount=5000, received_on=TODAY)
NOTHING = [
    owed(payments=[paid(5000)]),
    owed(status="void"),
    owed(status="uncollectible"),
    owed(recorded_payments=(CASH,)),
    owed(payments=[paid(100, status="processing")]),
    owed(total=0),
]


@pytest.mark.parametrize("pay", ["due", "balance", "deposit", "amount"])
@pytest.mark.parametrize("one", NOTHING)
def test_what_takes_no_money_now_is_refused_also_beside_what_does(one: OwedInvoice, pay: Pay) -> None:
    for these in ([one], [one, owed("in-2")], [owed("in-0"), one]):
        with pytest.raises(errors.NothingDue):
            amounts(pay, *these, amount=100)


PART = PartialPayment(allowed=True, minimum=1000)


@pytest.mark.parametrize("amount", [1000, 1001, 4950, 5000])
def test_a_part_lies_between_the_minimum_and_what_is_payable(amount: int) -> None:
    assert amounts("amount", owed(partial_payment=PART), amount=amount) == [amount]


@pytest.mark.parametrize("amount", [None, 0, -1, 999, 5001, 2**70, -(2**70)])
def test_other_amounts_are_refused_with_the_bounds(amount: int | None) -> None:
    with pytest.raises(errors.AmountInvalid) as refused:
        amounts("amount", owed(partial_payment=PART), amount=amount)
    assert refused.value.params == {"minimum": 1000, "maximum": 5000, "currency": "JPY"}


def test_the_last_part_may_be_below_the_minimum() -> None:
    one = owed(partial_payment=PART, payments=[paid(4500)])
    assert amounts("amount", one, amount=500) == [500]
    with pytest.raises(errors.AmountInvalid):
        amounts("amount", one, amount=499)


@pytest.mark.parametrize("rule", [None, PartialPayment(allowed=False, minimum=1000)])
def test_without_part_payments_only_the_whole_is_an_amount(rule: PartialPayment | None) -> None:
    assert amounts("amount", owed(partial_payment=rule), amount=5000) == [5000]
    with pytest.raises(errors.AmountInvalid) as refused:
        amounts("amount", owed(partial_payment=rule), amount=4999)
    assert refused.value.params["minimum"] == 5000


def test_a_part_without_a_minimum_is_as_little_as_can_be_paid_online() -> None:
    one = owed(partial_payment=PartialPayment(allowed=True))
    assert amounts("amount", one, amount=50) == [50]
    with pytest.raises(errors.AmountInvalid) as refused:
        amounts("amount", one, amount=49)
    assert refused.value.params["minimum"] == 50


def test_a_part_goes_to_one_invoice_only() -> None:
    with pytest.raises(errors.OneInvoice):
        amounts("amount", owed(partial_payment=PART), owed("in-2", partial_payment=PART), amount=1000)


def test_several_currencies_are_paid_one_after_the_other() -> None:
    assert currency_of([owed(), owed("in-2")]) == "JPY"
    with pytest.raises(errors.OneCurrency):
        currency_of([owed(), owed("in-2", currency="USD")])
    with pytest.raises(errors.OneCurrency):
        currency_of([])


def test_each_part_says_when_its_invoice_was_issued() -> None:
    issued = [date(2026, 11, 1), date(2026, 11, 9)]
    ones = [owed(f"in-{day.day}", issued_on=day) for day in issued]
    assert [part.issued_on for part in allocate(AmountChoice("balance"), ones, TODAY)] == issued


def test_each_part_names_the_version_it_was_read_at() -> None:
    parts = allocate(AmountChoice("balance"), [owed(version=7), owed("in-2", version=9)], TODAY)
    assert [(part.invoice_id, part.invoice_version) for part in parts] == [("in-1", 7), ("in-2", 9)]


@pytest.mark.parametrize(
    ("invoices", "too_much"),
    [
        ([owed()], False),
        ([owed(total=5001)], False),
        ([owed(total=4999)], True),
        ([owed(status="void")], True),
        ([owed(recorded_payments=(CASH,))], True),
        ([], True),  # it was erased
        ([owed("in-2")], True),
    ],
)
def test_a_payment_asks_too_much_once_less_is_owed_than_it_takes(
    invoices: list[OwedInvoice], too_much: bool
) -> None:
    assert asks_too_much(paid(5000, status="started"), invoices) is too_much


@pytest.mark.parametrize(("hour", "day"), [(14, 23), (15, 24)])
def test_the_day_is_that_of_the_business(hour: int, day: int) -> None:
    business = as_event(Business, samples.business(), time_zone="Asia/Tokyo")
    assert today(business, datetime(2026, 11, 23, hour, 59, tzinfo=UTC)) == date(2026, 11, day)


@st.composite
def any_owed(draw: st.DrawFn) -> OwedInvoice:
    total = draw(st.integers(0, 20_000))
    deposit = draw(
        st.none() | st.integers(1, 20_000).map(lambda a: Deposit(amount=min(a, max(total, 1)), due_on=TODAY))
    )
    rule = draw(
        st.none() | st.builds(PartialPayment, allowed=st.booleans(), minimum=st.none() | st.integers(1, 9000))
    )
    payments = [paid(draw(st.integers(1, 9000)), status=draw(st.sampled_from(["captured", "processing"])))]
    return owed(
        total=total, deposit=deposit, partial_payment=rule, payments=draw(st.sampled_from([[], payments]))
    )


@given(
    st.lists(any_owed(), min_size=1, max_size=4),
    st.sampled_from(["due", "balance", "deposit", "amount"]),
    st.none() | st.integers(-10, 30_000),
    st.dates(date(2026, 11, 1), date(2027, 1, 31)),
)
def test_no_part_is_nothing_and_none_is_more_than_payable(
    these: list[OwedInvoice], pay: Pay, amount: int | None, today: date
) -> None:
    try:
        parts = allocate(AmountChoice(pay, amount), these, today)
    except errors.PaymentRefused:
        return
    assert len(parts) == len(these)
    for part, one in zip(parts, these, strict=True):
        assert 0 < part.amount <= one.money.payable <= one.money.amount_due
        assert part.invoice_id == one.invoice.invoice_id
    if pay == "balance":
        assert sum(part.amount for part in parts) == sum(one.money.payable for one in these)


@pytest.mark.parametrize(
    ("currency", "total"),
    [
        ("USD", 49),
        ("JPY", 49),
        ("HUF", 17499),
        ("KWD", 1255),
        ("JPY", 100_000_000),
        ("ISK", 1_000_000),
        ("MGA", 5001),
    ],
)
def test_what_no_payment_can_take_is_refused_before_one_is_begun(currency: str, total: int) -> None:
    with pytest.raises(errors.AmountNotOnline):
        amounts("balance", owed(total=total, currency=currency))


@pytest.mark.parametrize(
    ("currency", "total"),
    [("USD", 50), ("HUF", 17500), ("KWD", 1260), ("JPY", 99_999_999), ("ISK", 999_999), ("MGA", 5000)],
)
def test_the_outermost_amounts_are_taken(currency: str, total: int) -> None:
    assert amounts("balance", owed(total=total, currency=currency)) == [total]


def test_small_invoices_are_paid_together_when_their_sum_is_large_enough() -> None:
    small = [owed(f"in-{number}", total=30) for number in range(2)]
    assert amounts("balance", *small) == [30, 30]
    with pytest.raises(errors.AmountNotOnline):
        amounts("balance", small[0])


def test_a_sum_may_be_too_large_though_each_invoice_is_not() -> None:
    with pytest.raises(errors.AmountNotOnline):
        amounts("balance", owed("in-1", total=60_000_000), owed("in-2", total=60_000_000))


@pytest.mark.parametrize("amount", [4951, 4999])
def test_a_part_that_leaves_what_nobody_can_pay_is_refused_and_says_what_it_leaves(amount: int) -> None:
    with pytest.raises(errors.RestTooSmall) as refused:
        amounts("amount", owed(partial_payment=PART), amount=amount)
    assert refused.value.params == {"rest": 5000 - amount, "minimum": 50, "currency": "JPY"}


def test_a_deposit_that_leaves_what_nobody_can_pay_is_refused() -> None:
    with pytest.raises(errors.RestTooSmall):
        amounts("deposit", owed(deposit=Deposit(amount=4970, due_on=date(2026, 11, 30))))
