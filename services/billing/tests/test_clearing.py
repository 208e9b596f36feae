"""Clearing: what an operator decides of a payment that does not match, and what is seen of it afterwards."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from billing.domain.clearing import ClearPayment, awaits_operator
from billing.domain.payments import Book, CheckoutStatus, Observe, StopAsking, decide, is_open
from billing.domain.reversals import ReportedDispute, ReportedRefund, Reversals
from msgspec.structs import replace as replace_fields
from servicehub_events import (
    Allocation,
    ClearingDecision,
    Movement,
    Payment,
    PaymentBooked,
    PaymentCaptured,
    PaymentCleared,
    PaymentFlagged,
    PaymentRefunded,
    Taken,
)

from .payment_cases import LATER, ON_ITS_WAY, PAID, START, state_of, status

PARTS = (
    Allocation(invoice_id="in-1", invoice_version=3, amount=3000, issued_on=date(2026, 11, 1)),
    Allocation(invoice_id="in-2", invoice_version=1, amount=2000),
)
LESS = replace(PAID, amount=4000)
MORE = replace(PAID, amount=6000)
DOLLARS = replace(PAID, amount=3300, currency="USD")


def flagged(seen: CheckoutStatus = LESS) -> Payment:
    state = state_of(decide(replace(START, allocations=PARTS), None))
    (event,) = decide(Observe(seen), state)
    assert isinstance(event, PaymentFlagged)
    return event


def cleared(state: Payment, decision: ClearingDecision = "accepted") -> Payment:
    command = ClearPayment(
        decision=decision, by="day shift", reason="agreed by phone", at=LATER, taken=state.taken
    )
    (event,) = decide(command, state)
    assert isinstance(event, PaymentCleared)
    assert not event.violations()
    return event


def refunded(seen: CheckoutStatus, *amounts: int) -> Observe:
    refunds = [
        ReportedRefund(refund_id=f"re_{number}", amount=amount, at=LATER + timedelta(days=number))
        for number, amount in enumerate(amounts)
    ]
    return Observe(replace(seen, reversals=Reversals(refunds=refunds)))


@pytest.mark.parametrize(("seen", "taken"), [(LESS, (4000, "JPY")), (DOLLARS, (3300, "USD"))])
def test_what_was_really_taken_is_in_the_event(seen: CheckoutStatus, taken: tuple[int, str]) -> None:
    state = flagged(seen)
    assert state.taken is not None
    assert (state.taken.amount, state.taken.currency) == taken
    assert (state.amount, state.currency) == (5000, "JPY")
    assert cleared(state).taken == state.taken


@pytest.mark.parametrize(("seen", "parts"), [(LESS, [2400, 1600]), (MORE, [3600, 2400])])
def test_accepted_money_counts_as_much_as_was_taken(seen: CheckoutStatus, parts: list[int]) -> None:
    state = cleared(flagged(seen))
    assert (state.status, state.review, state.amount) == ("captured", None, seen.amount)
    assert [part.amount for part in state.allocations] == parts
    assert [part.issued_on for part in state.allocations] == [part.issued_on for part in PARTS]
    assert state.clearing is not None
    assert (state.clearing.by, state.clearing.reason) == ("day shift", "agreed by phone")


def test_accepted_money_of_another_currency_settles_what_was_asked_for() -> None:
    state = cleared(flagged(DOLLARS))
    assert (state.amount, state.currency, state.allocations) == (5000, "JPY", PARTS)
    assert state.taken == Taken(amount=3300, currency="USD")


@pytest.mark.parametrize("decision", ["refunded", "released"])
def test_what_does_not_count_failed_and_is_open_no_more(decision: ClearingDecision) -> None:
    state = cleared(flagged(), decision)
    assert (state.status, state.review, is_open(state)) == ("failed", None, False)
    assert state.failure is not None
    assert state.failure.code == decision


@pytest.mark.parametrize("decision", ["refunded", "released"])
def test_what_an_operator_set_aside_is_never_flagged_again(decision: ClearingDecision) -> None:
    state = cleared(flagged(), decision)
    assert decide(Observe(LESS), state) == []
    assert decide(refunded(LESS, 4000), state) == []


def test_a_refund_of_accepted_money_is_seen() -> None:
    (event,) = decide(refunded(LESS, 1000), cleared(flagged()))
    assert isinstance(event, PaymentRefunded)
    assert [share.amount for share in event.refunds[0].allocations] == [600, 400]


def test_refunds_in_the_currency_that_was_taken_count_in_proportion_and_in_all_as_much_as_was_paid() -> None:
    state = cleared(flagged(DOLLARS))
    (event,) = decide(refunded(DOLLARS, 1100, 1100, 1100), state)
    assert [refund.amount for refund in event.refunds] == [1666, 1667, 1667]
    assert not event.violations()


def test_a_dispute_in_the_currency_that_was_taken_counts_in_proportion() -> None:
    dispute = ReportedDispute(status="open", amount=3300)
    seen = replace(DOLLARS, reversals=Reversals(disputes=[dispute]))
    (event,) = decide(Observe(seen), cleared(flagged(DOLLARS)))
    assert event.dispute is not None
    assert event.dispute.amount == 5000


def test_nothing_that_was_not_taken_can_be_accepted() -> None:
    state = flagged(replace(PAID, amount=0))
    command = ClearPayment(decision="accepted", by="x", reason="y", at=LATER, taken=state.taken)
    assert decide(command, state) == []


def test_a_payment_that_nobody_doubts_cannot_be_cleared() -> None:
    state = state_of(decide(Observe(PAID), state_of(decide(START, None))))
    command = ClearPayment(decision="released", by="x", reason="y", at=LATER, taken=None)
    assert decide(command, state) == []


HOUR = timedelta(hours=1)


def unanswered(state: Payment, after: timedelta, *, declined: bool = True) -> list[Payment]:
    return decide(StopAsking(state.occurred_at + after, declined), state)


def test_an_opened_page_that_nobody_tells_of_ends_once_nobody_can_pay_on_it() -> None:
    state = state_of(decide(START, None))
    assert unanswered(state, HOUR - timedelta(seconds=1)) == []
    (event,) = unanswered(state, HOUR)
    assert (event.status, event.failure and event.failure.code) == ("failed", "unconfirmed")
    assert awaits_operator(event)
    assert not is_open(event)


def test_a_processor_that_does_not_answer_is_given_three_days_more() -> None:
    state = state_of(decide(START, None))
    assert unanswered(state, timedelta(days=3), declined=False) == []
    assert len(unanswered(state, timedelta(days=3) + HOUR, declined=False)) == 1


def voucher() -> Payment:
    return state_of(decide(Observe(ON_ITS_WAY), state_of(decide(START, None))))


def test_a_voucher_that_nobody_tells_of_is_checked_by_an_operator_after_its_deadline() -> None:
    state = voucher()
    assert state.expires_at is not None
    until_told = state.expires_at - state.occurred_at + timedelta(days=1)
    assert unanswered(state, until_told - timedelta(seconds=1)) == []
    (event,) = unanswered(state, until_told)
    assert isinstance(event, PaymentFlagged)
    assert (event.status, event.review and event.review.reason) == ("processing", "account")
    assert unanswered(event, until_told + HOUR) == []
    assert cleared(event).status == "captured"


@pytest.mark.parametrize("seen", [PAID, status(page="complete", failure=None, paid=True)])
def test_money_that_is_told_of_after_all_is_never_left_out(seen: CheckoutStatus) -> None:
    started = state_of(decide(START, None))
    for state in (unanswered(started, HOUR)[0], unanswered(voucher(), timedelta(days=40))[0]):
        for before in (state, cleared(state, "released")):
            (event,) = decide(Observe(seen), before)
            assert isinstance(event, PaymentCaptured)
            assert (event.review, event.failure, event.clearing) == (None, None, None)


def test_a_voucher_that_lapsed_after_all_is_checked_no_more() -> None:
    state = unanswered(voucher(), timedelta(days=40))[0]
    (event,) = decide(Observe(status(page="expired")), state)
    assert (event.status, event.review, is_open(event)) == ("expired", None, False)


def moved(source: str, amount: int, payout: str | None = None) -> Movement:
    return Movement(
        movement_id=f"txn_{source}",
        kind="charge" if amount > 0 else "refund",
        source_id=source,
        amount=amount,
        fee=0,
        net=amount,
        currency="JPY",
        at=LATER,
        payout_id=payout,
        arrived_at=LATER if payout else None,
    )


def test_books_of_money_that_was_given_back_go_on() -> None:
    """Its charge and its refund are in a payout like all others, and a refund may fail later."""
    charge, back = moved("ch_1", 4000), moved("re_1", -4000)
    seen = replace(LESS, movements=[charge])
    state = cleared(flagged(seen), "refunded")
    assert state.movements == (charge,)
    events = decide(Observe(replace(seen, movements=[charge, back])), state)
    assert [(type(event), event.status) for event in events] == [(PaymentBooked, "failed")]
    (told,) = events
    assert told.movements == (charge, back)
    assert not told.violations()
    paid_out = [moved("ch_1", 4000, "po_1"), moved("re_1", -4000, "po_1")]
    (booked,) = decide(Book(paid_out), told)
    assert [line.payout_id for line in booked.movements] == ["po_1", "po_1"]
    assert decide(Book(paid_out), booked) == []


def test_nothing_is_booked_of_a_payment_that_took_nothing() -> None:
    expired = replace_fields(flagged(), status="expired", review=None, taken=None)
    assert decide(Book([moved("ch_1", 4000, "po_1")]), expired) == []
