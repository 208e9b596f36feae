"""What Stripe's objects mean to us, and what of them is left where it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from billing.adapters.stripe_objects import body_of, event_of, status_of
from servicehub_events import Failure, Method

from .stripe_objects import (
    CREATED,
    DECLINED_AND_STILL_OPEN,
    EXPIRED,
    KONBINI_RAN_OUT,
    NOW,
    PAID_BY_CARD,
    PAID_BY_KONBINI,
    VOUCHER,
    WAITING_FOR_KONBINI,
    charge,
    event,
    intent,
    session,
)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(CREATED + seconds, UTC)


def test_an_open_page_has_an_address_and_no_method() -> None:
    status = status_of(session(), "acct_1", NOW)
    assert (status.reference, status.account, status.page, status.paid) == (
        "cs_test_a1",
        "acct_1",
        "open",
        False,
    )
    assert (status.amount, status.currency, status.method, status.failure) == (5000, "JPY", None, None)
    assert status.url == "https://checkout.stripe.com/c/pay/cs_test_a1#fragment"


def test_a_card_is_paid_at_the_time_of_its_charge() -> None:
    status = status_of(PAID_BY_CARD, "acct_1", NOW)
    assert (status.page, status.paid, status.at) == ("complete", True, at(60))
    assert status.method == Method(type="card", brand="visa", last4="4242")
    assert (status.url, status.failure, status.pay_until) == (None, None, None)


def test_konbini_waits_until_a_time_with_a_voucher_to_show() -> None:
    status = status_of(WAITING_FOR_KONBINI, "acct_1", NOW)
    assert (status.page, status.paid, status.failure) == ("complete", False, None)
    assert status.pay_until == at(0) + timedelta(days=3)
    assert status.instructions_url == VOUCHER
    assert status.method == Method(type="konbini")  # though the intent lists every method of the page


def test_konbini_that_was_paid_names_its_method() -> None:
    status = status_of(PAID_BY_KONBINI, "acct_1", NOW)
    assert (status.paid, status.method, status.pay_until) == (True, Method(type="konbini"), None)


def test_a_voucher_that_ran_out_failed_in_stripes_word_and_may_be_tried_again() -> None:
    status = status_of(KONBINI_RAN_OUT, "acct_1", NOW)
    assert (status.page, status.paid) == ("complete", False)
    assert status.failure == Failure(code="payment_intent_payment_attempt_expired", retryable=True)


def test_a_canceled_intent_says_so() -> None:
    canceled = session(status="complete", payment_intent=intent("canceled"))
    assert status_of(canceled, "acct_1", NOW).failure == Failure(code="canceled", retryable=True)


def test_a_declined_card_leaves_the_page_open() -> None:
    assert status_of(DECLINED_AND_STILL_OPEN, "acct_1", NOW).page == "open"


@pytest.mark.parametrize(("now", "then"), [(at(600), at(600)), (at(9000), at(3300))])
def test_a_page_expired_at_its_time_or_when_it_was_closed(now: datetime, then: datetime) -> None:
    status = status_of(EXPIRED, "acct_1", now)
    assert (status.page, status.at) == ("expired", then)


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [
        ("jpy", 5000, 5000),
        ("usd", 1250, 1250),
        ("kwd", 12500, 12500),
        ("isk", 500000, 5000),
        ("mga", 50, 5000),
    ],
)
def test_amounts_are_in_minor_units(currency: str, total: int, amount: int) -> None:
    status = status_of(session(currency=currency, amount_total=total), "acct_1", NOW)
    assert (status.amount, status.currency) == (amount, currency.upper())


def test_a_wallet_is_the_card_behind_it() -> None:
    wallet = charge(
        type="card", card={"brand": "mastercard", "last4": "0005", "wallet": {"type": "apple_pay"}}
    )
    paid = session(
        status="complete", payment_status="paid", payment_intent=intent("succeeded", latest_charge=wallet)
    )
    assert status_of(paid, "acct_1", NOW).method == Method(type="card", brand="mastercard", last4="0005")


def test_a_status_of_the_future_ends_nothing() -> None:
    assert status_of(session(status="paused"), "acct_1", NOW).page == "open"


def test_nobodys_name_or_address_is_taken_out() -> None:
    for one in (PAID_BY_CARD, WAITING_FOR_KONBINI, PAID_BY_KONBINI, session()):
        assert "ayer" not in repr(status_of(one, "acct_1", NOW))


ABOUT: list[tuple[dict[str, Any], str]] = [
    (session(), "pa-1"),
    (session(client_reference_id=None), "pa-1"),
    (session(client_reference_id="pa-2"), "pa-2"),
    ({"object": "payment_intent", "metadata": {"payment_id": "pa-3"}}, "pa-3"),
    ({"object": "account", "metadata": {}}, ""),
    ({"object": "balance"}, ""),
    ({"object": "charge", "metadata": None}, ""),
]


@pytest.mark.parametrize(("about", "payment_id"), ABOUT)
def test_an_event_says_which_payment_as_we_wrote_it(about: dict[str, Any], payment_id: str) -> None:
    posted = event_of(event(about=about), b"raw", "acct_1")
    assert (posted.event_id, posted.account, posted.payment_id) == ("evt_1", "acct_1", payment_id)
    assert (posted.kind, posted.live, posted.at, posted.body) == (
        "checkout.session.completed",
        False,
        at(61),
        b"raw",
    )


def test_an_event_that_was_asked_for_is_kept_as_it_would_have_been_posted() -> None:
    assert msgspec.json.decode(body_of(event())) == event()
