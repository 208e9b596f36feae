"""What is taken back of a captured payment: refunds that stand, and disputes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from billing.domain.payments import Book, Observe, StartPayment, decide
from billing.domain.reversals import ReportedDispute, ReportedRefund, Reversals
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events import (
    Allocation,
    DisputeClosed,
    DisputeStatus,
    Event,
    Movement,
    Payment,
    PaymentBooked,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFlagged,
    PaymentRefunded,
    RefundFailed,
    RefundStarted,
    RefundStatus,
)

from .payment_cases import LATER, PAID, START, state_of

PARTS = (
    Allocation(invoice_id="in-1", invoice_version=3, amount=3000),
    Allocation(invoice_id="in-2", invoice_version=1, amount=2000),
)
TWO: StartPayment = replace(START, allocations=PARTS)


def refund(number: int, amount: int) -> ReportedRefund:
    return ReportedRefund(refund_id=f"re_{number}", amount=amount, at=LATER + timedelta(days=number))


def saw(*refunds: ReportedRefund, dispute: ReportedDispute | None = None) -> Observe:
    return Observe(replace(PAID, reversals=Reversals(refunds=refunds, disputes=[dispute] if dispute else [])))


def asked(number: int, amount: int, status: DisputeStatus = "open") -> ReportedDispute:
    at = LATER + timedelta(days=number)
    return ReportedDispute(status=status, amount=amount, dispute_id=f"du_{number}", opened_at=at)


def disputed(*disputes: ReportedDispute) -> Observe:
    """As Stripe lists them: the newest first."""
    return Observe(replace(PAID, reversals=Reversals(disputes=[*reversed(disputes)])))


def captured(start: StartPayment = TWO) -> Payment:
    events = decide(start, None)
    return state_of([*events, *decide(Observe(PAID), state_of(events))])


def shares(payment: Payment) -> list[list[tuple[str, int]]]:
    return [[(s.invoice_id, s.amount) for s in one.allocations] for one in payment.refunds]


def test_a_refund_falls_on_the_invoices_in_proportion() -> None:
    (event,) = decide(saw(refund(1, 1000)), captured())
    assert isinstance(event, PaymentRefunded)
    assert shares(event) == [[("in-1", 600), ("in-2", 400)]]
    assert (event.status, event.amount, event.occurred_at) == ("captured", 5000, PAID.at)
    assert event.refunds[0].at == LATER + timedelta(days=1)


def test_what_is_known_is_no_news() -> None:
    state = state_of(decide(saw(refund(1, 1000)), captured()))
    assert decide(saw(refund(1, 1000)), state) == []
    assert decide(Observe(PAID), captured()) == []


def test_it_goes_first_to_an_invoice_with_a_credit_and_each_credit_counts_once() -> None:
    seen = saw(refund(1, 500), refund(2, 500), refund(3, 4000))
    event = state_of(decide(replace(seen, credit={"in-2": 700}), captured()))
    assert shares(event)[0] == [("in-2", 500)]
    assert dict(shares(event)[1])["in-2"] >= 200
    assert sum(amount for part in shares(event) for _, amount in part) == 5000


def test_a_known_refund_keeps_its_split_whatever_the_credit_is_now() -> None:
    state = state_of(decide(saw(refund(1, 1000)), captured()))
    later = replace(saw(refund(1, 1000), refund(2, 1000)), credit={"in-2": 5000})
    assert shares(state_of(decide(later, state))) == [[("in-1", 600), ("in-2", 400)], [("in-2", 1000)]]


def stands(one: ReportedRefund, status: RefundStatus) -> ReportedRefund:
    return replace(one, status=status)


def test_a_refund_that_failed_at_the_bank_is_gone_again_by_an_event_of_its_own() -> None:
    state = state_of(decide(saw(refund(1, 1000), refund(2, 500)), captured()))
    (event,) = decide(saw(stands(refund(1, 1000), "failed"), refund(2, 500)), state)
    assert isinstance(event, RefundFailed)
    assert [one.refund_id for one in event.refunds] == ["re_2"]
    assert [(one.refund_id, one.status) for one in event.refund_attempts] == [("re_1", "failed")]
    assert decide(saw(stands(refund(1, 1000), "failed"), refund(2, 500)), event) == []


def test_a_refund_on_its_way_gives_nothing_back_until_it_has_gone_through_and_keeps_its_split() -> None:
    (waits,) = decide(saw(stands(refund(1, 1000), "requires_action")), captured())
    assert (type(waits), waits.refunds) == (RefundStarted, ())
    (moves,) = decide(saw(stands(refund(1, 1000), "pending")), waits)
    assert type(moves) is RefundStarted
    later = replace(saw(refund(1, 1000)), credit={"in-2": 5000})
    (event,) = decide(later, moves)
    assert (type(event), event.refund_attempts) == (PaymentRefunded, ())
    assert shares(event) == [[("in-1", 600), ("in-2", 400)]]


@given(
    st.lists(
        st.lists(
            st.builds(
                ReportedRefund,
                refund_id=st.sampled_from(["re_1", "re_2", "re_3"]),
                amount=st.just(1500),
                at=st.just(LATER),
                status=st.sampled_from(["pending", "requires_action", "succeeded", "failed", "canceled"]),
            ),
            unique_by=lambda one: one.refund_id,
        ),
        max_size=6,
    )
)
def test_whatever_becomes_of_refunds_each_event_says_what_its_name_says(
    looks: Sequence[Sequence[ReportedRefund]],
) -> None:
    state = captured()
    for look in looks:
        for event in decide(saw(*look), state):
            assert not event.violations()
            assert not isinstance(event, PaymentRefunded) or event.refunds
            state = event
        assert {one.refund_id for one in look if one.status == "succeeded"} <= {
            one.refund_id for one in state.refunds
        }


def movement(number: int, **changes: object) -> Movement:
    """What a balance shows of a charge."""
    entry = Movement(
        movement_id=f"txn_{number}",
        kind="charge",
        source_id="ch_1",
        amount=5000,
        fee=180,
        net=4820,
        currency="JPY",
        at=LATER,
    )
    return msgspec.structs.replace(entry, **changes)


def test_a_fee_that_becomes_known_later_is_an_event_and_a_payout_stays_known() -> None:
    seen = Observe(replace(PAID, movements=(movement(1),)))
    (event,) = decide(seen, captured())
    assert (type(event), event.movements) == (PaymentBooked, (movement(1),))
    paid_out = movement(1, payout_id="po_1", arrived_at=LATER)
    (event,) = decide(Book((paid_out,)), event)
    assert (type(event), event.movements) == (PaymentBooked, (paid_out,))
    assert decide(seen, event) == []


def test_money_comes_with_what_the_books_show_of_it() -> None:
    seen = Observe(replace(PAID, movements=(movement(1),)))
    (event,) = decide(seen, state_of(decide(TWO, None)))
    assert (type(event), event.movements) == (PaymentCaptured, (movement(1),))


def test_money_and_what_was_taken_back_of_it_may_be_seen_at_once() -> None:
    state = state_of(decide(TWO, None))
    open_dispute = ReportedDispute(status="open", amount=5000)
    events = decide(saw(refund(1, 1000), dispute=open_dispute), state)
    assert [type(event) for event in events] == [PaymentCaptured, PaymentRefunded, PaymentDisputed]
    assert state_of(events).refunds
    assert state_of(events).dispute


@pytest.mark.parametrize(("status", "kind"), [("won", DisputeClosed), ("lost", DisputeClosed)])
def test_a_dispute_opens_and_is_closed(status: DisputeStatus, kind: type[Event]) -> None:
    (opened,) = decide(saw(dispute=ReportedDispute(status="open", amount=4000)), captured())
    assert isinstance(opened, PaymentDisputed)
    assert opened.dispute
    assert [(s.invoice_id, s.amount) for s in opened.dispute.allocations] == [("in-1", 2400), ("in-2", 1600)]
    (closed,) = decide(saw(dispute=ReportedDispute(status=status, amount=4000)), opened)
    assert isinstance(closed, kind)
    assert isinstance(closed, Payment)
    assert closed.dispute
    assert closed.dispute.status == status


def test_a_dispute_of_more_than_was_paid_takes_what_was_paid() -> None:
    (event,) = decide(saw(dispute=ReportedDispute(status="open", amount=9000)), captured())
    assert isinstance(event, PaymentDisputed)
    assert event.dispute
    assert event.dispute.amount == 5000


def standing(payment: Payment) -> list[tuple[str | None, str, int]]:
    return [(one.dispute_id, one.status, one.amount) for one in payment.disputes]


def test_a_second_dispute_that_is_lost_leaves_the_first_as_it_was() -> None:
    state = captured()
    for seen in (
        disputed(asked(1, 3000)),
        disputed(asked(1, 3000, "lost")),
        disputed(asked(1, 3000, "lost"), asked(2, 1500)),
        disputed(asked(1, 3000, "lost"), asked(2, 1500, "lost")),
    ):
        (state,) = decide(seen, state)
        assert decide(seen, state) == []
    assert isinstance(state, DisputeClosed)
    assert standing(state) == [("du_1", "lost", 3000), ("du_2", "lost", 1500)]
    assert not state.violations()


def test_of_two_disputes_the_first_may_end_last() -> None:
    both = state_of(decide(disputed(asked(1, 3000), asked(2, 1500)), captured()))
    (won,) = decide(disputed(asked(1, 3000), asked(2, 1500, "won")), both)
    assert (won.dispute and won.dispute.dispute_id, standing(won)[0][1]) == ("du_2", "open")
    (lost,) = decide(disputed(asked(1, 3000, "lost"), asked(2, 1500, "won")), won)
    assert isinstance(lost, DisputeClosed)
    assert lost.dispute
    assert (lost.dispute.dispute_id, lost.dispute.status) == ("du_1", "lost")
    assert standing(lost) == [("du_1", "lost", 3000), ("du_2", "won", 1500)]


def test_several_disputes_that_are_seen_at_once_are_told_one_by_one() -> None:
    seen = disputed(asked(1, 3000, "lost"), asked(2, 1500))
    events = decide(seen, captured())
    assert [type(event) for event in events] == [DisputeClosed, PaymentDisputed]
    assert standing(state_of(events)) == [("du_1", "lost", 3000), ("du_2", "open", 1500)]


def test_disputes_together_take_no_more_of_an_invoice_than_was_paid_on_it() -> None:
    amounts = (1667, 1667, 1666)
    seen = disputed(*(asked(number, amount, "lost") for number, amount in enumerate(amounts, 1)))
    state = state_of(decide(seen, captured()))
    taken = Counter[str]()
    for dispute in state.disputes:
        taken.update({share.invoice_id: share.amount for share in dispute.allocations})
    assert taken == {"in-1": 3000, "in-2": 2000}


def test_a_dispute_of_before_they_had_ids_is_known_by_the_first_that_has_one() -> None:
    (before,) = decide(saw(dispute=ReportedDispute(status="open", amount=4000)), captured())
    assert decide(disputed(asked(1, 4000)), before) == []
    (closed,) = decide(disputed(asked(1, 4000, "lost")), before)
    assert standing(closed) == [("du_1", "lost", 4000)]
    (second,) = decide(disputed(asked(1, 4000), asked(2, 1000)), before)
    assert standing(second) == [("du_1", "open", 4000), ("du_2", "open", 1000)]


def test_of_a_payment_under_review_nothing_is_said() -> None:
    flagged = decide(
        Observe(replace(PAID, amount=1, reversals=Reversals(refunds=[refund(1, 1)]))),
        state_of(decide(TWO, None)),
    )
    assert [type(event) for event in flagged] == [PaymentFlagged]
    assert decide(saw(refund(1, 1)), state_of(flagged)) == []


@given(st.lists(st.integers(1, 1250), max_size=4), st.data())
def test_however_often_it_is_asked_about_the_refunds_are_those_that_stand(
    amounts: Sequence[int], data: st.DataObject
) -> None:
    made = [refund(number, amount) for number, amount in enumerate(amounts)]
    state = captured()
    for _ in range(4):
        asked = data.draw(
            st.lists(st.sampled_from(made), unique_by=lambda one: one.refund_id) if made else st.just([])
        )
        state = next(reversed(decide(saw(*asked), state)), state)
    state = next(reversed(decide(saw(*made), state)), state)
    assert {one.refund_id: one.amount for one in state.refunds} == {r.refund_id: r.amount for r in made}
    assert not state.violations()
