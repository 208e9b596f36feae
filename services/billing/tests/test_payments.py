"""A payment's events: given what happened, when the processor is asked again, then what happens."""

from datetime import timedelta

import pytest
from billing.domain.payments import (
    CheckoutStatus,
    Command,
    GiveUp,
    Observe,
    decide,
    ends_another_page,
    is_open,
    is_taken,
    next_key,
    stream_of,
)
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events import Failure, Payment, PaymentCaptured

from .payment_cases import (
    BEGAN,
    CARD,
    DECLINED_ON_THE_PAGE,
    EVERYTHING_UNPAID,
    EXPIRED,
    FAILED,
    KONBINI,
    LATER,
    ON_ITS_WAY,
    OPEN,
    PAID,
    START,
    started,
    state_of,
    status,
)

GIVE_UP = GiveUp(LATER)
REFUSED = GiveUp(LATER, Failure(code="amount_too_small", retryable=False))


def after(*commands: Command) -> list[Payment]:
    """A payment that began, and what these commands led to."""
    events = started()
    for command in commands:
        events += decide(command, state_of(events))
    return events


def kinds(events: list[Payment]) -> list[str]:
    return [type(event).__name__.removeprefix("Payment") for event in events]


THEN: list[tuple[list[CheckoutStatus], Command, list[str]]] = [
    # given               when                  then
    ([], Observe(OPEN), []),
    ([], Observe(DECLINED_ON_THE_PAGE), []),  # the payer tries another card on the same page
    ([], Observe(PAID), ["Captured"]),
    ([], Observe(ON_ITS_WAY), ["Processing"]),
    ([], Observe(FAILED), ["Failed"]),
    ([], Observe(EXPIRED), ["Expired"]),
    ([], GIVE_UP, ["Expired"]),
    ([], REFUSED, ["Failed"]),
    ([ON_ITS_WAY], Observe(ON_ITS_WAY), []),
    ([ON_ITS_WAY], Observe(OPEN), []),  # an older answer that came late
    ([ON_ITS_WAY], Observe(PAID), ["Captured"]),
    ([ON_ITS_WAY], Observe(FAILED), ["Failed"]),
    ([ON_ITS_WAY], GIVE_UP, []),  # money is on its way: nobody may say that it is not
    ([ON_ITS_WAY], REFUSED, []),
    ([PAID], Observe(PAID), []),
    ([PAID], Observe(EXPIRED), []),
    ([PAID], Observe(FAILED), []),
    ([PAID], Observe(ON_ITS_WAY), []),
    ([PAID], GIVE_UP, []),
    ([EXPIRED], Observe(PAID), ["Captured"]),  # money that came is never left out
    ([EXPIRED], Observe(EXPIRED), []),
    ([EXPIRED], Observe(FAILED), []),
    ([EXPIRED], Observe(OPEN), []),
    ([EXPIRED], GIVE_UP, []),
    ([FAILED], Observe(PAID), ["Captured"]),
    ([FAILED], Observe(FAILED), []),
    ([FAILED], Observe(EXPIRED), []),
    ([FAILED], Observe(ON_ITS_WAY), []),
]


@pytest.mark.parametrize(("before", "when", "then"), THEN)
def test_what_is_seen_becomes_an_event_once(
    before: list[CheckoutStatus], when: Command, then: list[str]
) -> None:
    given_events = after(*(Observe(one) for one in before))
    assert kinds(decide(when, state_of(given_events))) == then


def test_a_payment_starts_once_with_the_sum_of_its_parts() -> None:
    (event,) = decide(START, None)
    assert isinstance(event, Payment)
    assert (event.status, event.amount, event.currency, event.occurred_at) == ("started", 5000, "JPY", BEGAN)
    assert decide(START, event) == []


@pytest.mark.parametrize("command", [Observe(PAID), GIVE_UP, REFUSED])
def test_nothing_happens_to_a_payment_that_never_began(command: Command) -> None:
    assert decide(command, None) == []


def test_a_capture_keeps_how_and_when_it_was_paid_and_forgets_an_earlier_failure() -> None:
    state = state_of(after(Observe(FAILED), Observe(PAID)))
    assert (state.status, state.method, state.failure, state.occurred_at) == ("captured", CARD, None, LATER)
    assert state.processor.reference == "cs_1"


def test_money_on_its_way_says_until_when_and_where_to_pay() -> None:
    state = state_of(after(Observe(ON_ITS_WAY)))
    assert (state.method, state.expires_at) == (KONBINI, BEGAN + timedelta(days=3))
    assert state.instructions_url == "https://pay.example/voucher"


MISMATCHES = [
    ({"amount": 4999}, "amount"),
    ({"amount": 5001}, "amount"),
    ({"currency": "USD"}, "currency"),
    ({"account": "acct_2"}, "account"),
    ({"account": "acct_2", "currency": "USD", "amount": 1}, "account"),
]


@pytest.mark.parametrize(("other", "reason"), MISMATCHES)
@pytest.mark.parametrize("before", [[], [ON_ITS_WAY], [EXPIRED], [FAILED]])
def test_money_that_is_not_what_we_asked_for_waits_for_an_operator(
    before: list[CheckoutStatus], other: dict[str, object], reason: str
) -> None:
    events = after(*(Observe(one) for one in before), Observe(status(page="complete", paid=True, **other)))
    state = state_of(events)
    assert kinds(events)[-1] == "Flagged"
    assert state.review is not None
    assert (state.review.reason, state.status, state.amount) == (reason, "captured", 5000)
    assert is_open(state)
    assert decide(Observe(PAID), state) == []  # cleared by a person, never by a later answer


def test_an_unpaid_page_of_another_amount_is_no_matter_for_an_operator() -> None:
    assert kinds(after(Observe(status(page="expired", amount=1)))) == ["Started", "Expired"]


@pytest.mark.parametrize(
    ("last", "open_"), [(OPEN, True), (ON_ITS_WAY, True), (PAID, False), (FAILED, False), (EXPIRED, False)]
)
def test_claims_hold_while_something_new_may_come(last: CheckoutStatus, open_: bool) -> None:
    assert is_open(state_of(after(Observe(last)))) is open_


@pytest.mark.parametrize(
    ("last", "taken"), [(OPEN, False), (ON_ITS_WAY, True), (PAID, True), (FAILED, False), (EXPIRED, False)]
)
def test_what_is_paid_or_on_its_way_cannot_be_called_off(last: CheckoutStatus, taken: bool) -> None:
    assert is_taken(state_of(after(Observe(last)))) is taken


def test_money_that_waits_for_an_operator_cannot_be_called_off() -> None:
    assert is_taken(state_of(after(Observe(status(page="complete", paid=True, amount=1)))))


@pytest.mark.parametrize(
    ("command", "another"),
    [
        (Observe(EXPIRED), False),
        (Observe(status(page="expired", reference="cs_2")), True),
        (Observe(status(page="complete", reference="cs_2")), True),
        (Observe(status(page="complete", paid=True, reference="cs_2")), False),  # money is money
        (GIVE_UP, True),  # nobody gives up a page that is there
        (REFUSED, True),
    ],
)
def test_the_end_of_another_page_is_not_the_end_of_the_one_that_is_known(
    command: Command, another: bool
) -> None:
    assert ends_another_page(command, "cs_1") is another


def test_a_key_is_followed_by_the_next_of_the_same_payment() -> None:
    assert next_key("pa-1-1") == "pa-1-2"
    assert next_key("pa-1-9") == "pa-1-10"


def test_a_stream_is_named_by_its_payment() -> None:
    assert stream_of("pa-1") == "payment/pa-1"


unpaid = st.sampled_from([*map(Observe, EVERYTHING_UNPAID), GIVE_UP, REFUSED])


@given(st.lists(unpaid, max_size=8), st.lists(st.one_of(unpaid, st.just(Observe(PAID))), max_size=8))
def test_whatever_else_is_seen_what_was_paid_is_captured_once(
    before: list[Command], behind: list[Command]
) -> None:
    events = after(*before, Observe(PAID), *behind)
    assert sum(isinstance(event, PaymentCaptured) for event in events) == 1
    assert isinstance(events[-1], PaymentCaptured)
    state = state_of(events)
    assert (state.status, state.failure, state.review) == ("captured", None, None)


@given(st.lists(unpaid, max_size=12))
def test_without_money_nothing_is_ever_captured_and_an_end_is_final(commands: list[Command]) -> None:
    events = after(*commands)
    statuses = [event.status for event in events]
    assert "captured" not in statuses
    ends = [status for status in statuses if status in ("failed", "expired")]
    assert ends in ([], [statuses[-1]])


@given(st.lists(st.one_of(unpaid, st.just(Observe(PAID))), max_size=8))
def test_seeing_the_same_again_changes_nothing(commands: list[Command]) -> None:
    for command in commands:
        events = after(*commands)
        once = events + decide(command, state_of(events))
        assert decide(command, state_of(once)) == []


@given(st.lists(st.one_of(unpaid, st.just(Observe(PAID))), max_size=8))
def test_every_event_keeps_what_the_payment_is_for(commands: list[Command]) -> None:
    for event in after(*commands):
        assert isinstance(event, Payment)
        assert event.violations() == ()
        assert (event.amount, event.allocations, event.contact_id) == (5000, START.allocations, "co-1")
