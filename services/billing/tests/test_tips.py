"""A tip is money beside the invoices: it is part of no balance, and goes back after them."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from billing import errors
from billing.domain.amounts import AmountChoice, OwedInvoice, allocate
from billing.domain.checkout_request import checkout_request
from billing.domain.clearing import ClearPayment
from billing.domain.kept_cards import CardUse
from billing.domain.payments import Observe, StartPayment, decide
from billing.domain.reversals import ReportedDispute, ReportedRefund, Reversals
from billing.domain.tips import read_tip
from chassis.online_amounts import INVOICES_AT_ONCE
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events import (
    Business,
    Invoice,
    Payment,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFlagged,
    PaymentRefunded,
    RefundFailed,
    RefundStarted,
    RefundStatus,
    Surplus,
    Taken,
    Tip,
    TipRefunded,
    Tips,
    invoice_money,
    whole_refunds,
)
from servicehub_events_tools.testing import samples

from .payment_cases import LATER, PAID, START, state_of

TIPPED: StartPayment = replace(START, tip=700)
ALL = replace(PAID, amount=5700)
TAKES_TIPS: Business = msgspec.structs.replace(samples.business(), tips=Tips())
INVOICE: Invoice = msgspec.structs.replace(
    samples.invoice(), recorded_payments=(), partial_payment=None, deposit=None
)


def captured(start: StartPayment = TIPPED, amount: int = 5700) -> Payment:
    events = decide(start, None)
    return state_of([*events, *decide(Observe(replace(PAID, amount=amount)), state_of(events))])


def refund(number: int, amount: int, status: RefundStatus = "succeeded") -> ReportedRefund:
    return ReportedRefund(
        refund_id=f"re_{number}", amount=amount, at=LATER + timedelta(days=number), status=status
    )


def saw(*refunds: ReportedRefund, dispute: ReportedDispute | None = None) -> Observe:
    return Observe(replace(ALL, reversals=Reversals(refunds=refunds, disputes=[dispute] if dispute else [])))


def owed(invoice: Invoice = INVOICE) -> OwedInvoice:
    return OwedInvoice(invoice, 1, invoice_money(invoice, []))


def read(chosen: int | str | None, *, business: Business = TAKES_TIPS, invoice: Invoice = INVOICE) -> int:
    invoices = [owed(invoice)]
    parts = allocate(AmountChoice("balance"), invoices, invoice.issued_on)
    return read_tip(business, chosen, parts, invoices)


def test_an_invoice_has_the_same_money_with_and_without_a_tip() -> None:
    with_tip = captured()
    invoice = msgspec.structs.replace(INVOICE, invoice_id="in-1")
    without = msgspec.structs.replace(with_tip, tip=None)
    assert isinstance(with_tip, PaymentCaptured)
    assert (with_tip.amount, with_tip.tip, with_tip.charged) == (5000, Tip(amount=700), 5700)
    assert invoice_money(invoice, [with_tip]) == invoice_money(invoice, [without])


@pytest.mark.parametrize("amount", [5000, 5699, 5701, 6400])
def test_what_is_taken_without_the_tip_or_with_another_is_flagged(amount: int) -> None:
    state = captured(amount=amount)
    assert isinstance(state, PaymentFlagged)
    assert state.taken == Taken(amount=amount, currency="JPY")


@pytest.mark.parametrize(
    ("taken", "amount", "tip"),
    [(3000, 3000, None), (5000, 5000, None), (5300, 5000, 300), (9000, 8300, 700)],
)
def test_of_what_was_taken_otherwise_and_accepted_invoices_come_first_and_no_tip_grows(
    taken: int, amount: int, tip: int | None
) -> None:
    by_hand = ClearPayment(
        decision="accepted",
        by="day shift",
        reason="",
        at=LATER,
        taken=Taken(amount=taken, currency="JPY"),
    )
    (event,) = decide(by_hand, captured(amount=taken))
    assert (event.amount, event.tip and event.tip.amount) == (amount, tip)
    assert event.is_received()


def test_a_refund_of_all_gives_the_tip_back() -> None:
    (event,) = decide(saw(refund(1, 5700)), captured())
    assert isinstance(event, PaymentRefunded)
    (whole,) = whole_refunds(event)
    assert (whole.amount, whole.tip, event.refunds[0].amount) == (5700, 700, 5000)
    assert not event.may_be_receipted()


def test_a_part_takes_from_invoices_first_and_the_rest_from_the_tip() -> None:
    first = state_of(decide(saw(refund(1, 4900)), captured()))
    assert [(one.amount, one.tip) for one in whole_refunds(first)] == [(4900, 0)]
    second = state_of(decide(saw(refund(1, 4900), refund(2, 300)), first))
    assert isinstance(second, PaymentRefunded)
    assert [(one.amount, one.tip) for one in whole_refunds(second)] == [(4900, 0), (300, 200)]
    assert second.may_be_receipted()


def test_tip_alone_that_goes_back_is_an_event_of_its_own_once_for_each_turn() -> None:
    state = state_of(decide(saw(refund(1, 5000)), captured()))
    (going,) = decide(saw(refund(1, 5000), refund(2, 700, "pending")), state)
    assert isinstance(going, TipRefunded)
    assert decide(saw(refund(1, 5000), refund(2, 700, "pending")), going) == []
    (gone,) = decide(saw(refund(1, 5000), refund(2, 700)), going)
    assert isinstance(gone, TipRefunded)
    assert [(one.amount, one.tip, one.status) for one in whole_refunds(gone)] == [
        (5000, 0, "succeeded"),
        (700, 700, "succeeded"),
    ]
    (failed,) = decide(saw(refund(1, 5000), refund(2, 700, "failed")), gone)
    assert isinstance(failed, TipRefunded)
    (again,) = decide(saw(refund(1, 5000), refund(2, 700, "failed"), refund(3, 700)), failed)
    assert again.tip
    assert sum(one.amount for one in again.tip.refunds if one.status == "succeeded") == 700


def test_both_parts_of_one_refund_stand_and_fail_together() -> None:
    (going,) = decide(saw(refund(1, 5400, "pending")), captured())
    assert isinstance(going, RefundStarted)
    assert going.tip
    assert [(one.amount, one.status) for one in going.tip.refunds] == [(400, "pending")]
    (failed,) = decide(saw(refund(1, 5400, "failed")), going)
    assert isinstance(failed, RefundFailed)
    (whole,) = whole_refunds(failed)
    assert (whole.amount, whole.tip, whole.failed) == (5400, 400, True)


def test_more_than_was_charged_cannot_go_back() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        decide(saw(refund(1, 5701)), captured())


@pytest.mark.parametrize(("amount", "of_tip"), [(5700, 700), (5200, 200), (5000, None), (100, None)])
def test_a_dispute_is_of_the_invoices_first(amount: int, of_tip: int | None) -> None:
    (event,) = decide(saw(dispute=ReportedDispute(status="open", amount=amount)), captured())
    assert isinstance(event, PaymentDisputed)
    assert event.dispute
    assert (event.dispute.amount, event.dispute.tip) == (min(amount, 5000), of_tip)
    assert event.tip == Tip(amount=700)
    assert decide(saw(dispute=ReportedDispute(status="open", amount=amount)), event) == []


def test_a_second_dispute_reaches_the_tip_where_the_first_left_little_of_the_invoices() -> None:
    first, second = (
        ReportedDispute(status="lost", amount=amount, dispute_id=f"du_{amount}") for amount in (4000, 1700)
    )
    seen = Observe(replace(ALL, reversals=Reversals(disputes=[second, first])))
    state = state_of(decide(seen, captured()))
    taken = [(one.dispute_id, one.amount, one.tip) for one in state.disputes]
    assert sorted(taken) == [("du_1700", 1700, None), ("du_4000", 3300, 700)]
    assert not state.violations()


@given(
    st.lists(st.integers(1, 6000), max_size=4),
    st.sampled_from(["succeeded", "pending", "failed"]),
)
def test_what_goes_back_is_split_to_the_yen_and_invoices_come_first(
    amounts: list[int], last: RefundStatus
) -> None:
    state, made, left = captured(), list[ReportedRefund](), 5700
    for number, amount in enumerate(amounts, 1):
        if amount > left:
            continue
        made.append(refund(number, amount, last if number == len(amounts) else "succeeded"))
        left -= amount
        state = state_of([state, *decide(saw(*made), state)])
        assert not state.violations()
    whole = {one.refund_id: one for one in whole_refunds(state)}
    assert {name: one.amount for name, one in whole.items()} == {one.refund_id: one.amount for one in made}
    in_order = [whole[one.refund_id] for one in made]
    assert all(not before.tip or after.amount == after.tip for before, after in pairwise(in_order))
    if any(one.tip for one in in_order if not one.failed):
        assert sum(one.amount - one.tip for one in in_order) == 5000


def test_of_a_payment_that_nothing_wanted_the_tip_goes_back_too() -> None:
    late = msgspec.structs.replace(captured(), surplus=Surplus(amount=5000, handling="refund"))
    assert late.surplus_to_refund == 5700
    part = msgspec.structs.replace(late, surplus=Surplus(amount=4000, handling="refund"))
    assert part.surplus_to_refund == 4000
    kept = msgspec.structs.replace(late, surplus=Surplus(amount=5000, handling="credit"))
    assert kept.surplus_to_refund == 0


@pytest.mark.parametrize("none", [None, 0, "0", "０"])
def test_no_tip_is_none(none: int | str | None) -> None:
    assert read(none) == 0
    assert read(none, business=msgspec.structs.replace(TAKES_TIPS, tips=None)) == 0


@pytest.mark.parametrize(("typed", "tip"), [(500, 500), ("500", 500), ("¥1,000", 1000), ("５００円", 500)])
def test_a_tip_is_read_as_an_amount_is(typed: int | str, tip: int) -> None:
    assert read(typed) == tip


def test_where_a_business_takes_no_tips_one_is_refused_and_never_left_out() -> None:
    with pytest.raises(errors.TipNotTaken):
        read(500, business=msgspec.structs.replace(TAKES_TIPS, tips=None))


@pytest.mark.parametrize("typed", ["", "lots", "-5", -5, "1.5", INVOICE.total + 1])
def test_what_is_no_amount_or_more_than_the_invoice_asks_for_is_refused(typed: int | str) -> None:
    with pytest.raises(errors.TipInvalid) as refused:
        read(typed)
    assert refused.value.params == {"minimum": 1, "maximum": INVOICE.total, "currency": "JPY"}
    assert read(INVOICE.total) == INVOICE.total


def of(currency: str, total: int) -> Invoice:
    group = msgspec.structs.replace(INVOICE.tax_groups[0], net=total, tax=0)
    return msgspec.structs.replace(INVOICE, currency=currency, total=total, tax_groups=(group,))


@pytest.mark.parametrize(
    ("invoice", "most"), [(of("JPY", 99_999_500), 499), (of("KWD", 99_999_900), 90), (of("ISK", 999_990), 9)]
)
def test_tip_and_invoices_together_stay_within_what_the_processor_takes(invoice: Invoice, most: int) -> None:
    assert read(most, invoice=invoice) == most
    with pytest.raises(errors.TipInvalid):
        read(most + 10, invoice=invoice)


def test_three_decimals_are_tipped_in_steps_of_ten() -> None:
    assert read("1.250", invoice=of("KWD", 20_000)) == 1250
    with pytest.raises(errors.TipInvalid):
        read("1.255", invoice=of("KWD", 20_000))


def test_where_nothing_more_can_be_charged_no_tip_is_taken() -> None:
    with pytest.raises(errors.TipNotTaken):
        read(1, invoice=of("JPY", 99_999_999))
    many = [owed(msgspec.structs.replace(INVOICE, invoice_id=f"in-{n}")) for n in range(INVOICES_AT_ONCE)]
    parts = allocate(AmountChoice("balance"), many, INVOICE.issued_on)
    with pytest.raises(errors.TipNotTaken):  # its line would be one too many
        read_tip(TAKES_TIPS, 100, parts, many)
    assert read_tip(TAKES_TIPS, 100, parts[1:], many[1:]) == 100


@pytest.mark.parametrize(("locale", "label"), [("en", "Tip"), ("ja", "チップ")])
def test_it_is_a_line_of_its_own_on_the_processors_page(locale: str, label: str) -> None:
    page = checkout_request(
        TIPPED,
        [owed()],
        business="Sparkle Home",
        locale=locale,
        portal="https://portal.example/billing/sparkle-home",
        expires_at=LATER,
        cards=CardUse(),
    )
    assert [line.amount for line in page.lines] == [5000, 700]
    assert page.lines[1].label == label
