"""What a pay link opens, and until when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from billing.domain.amounts import OwedInvoice
from billing.domain.pay_links import LIFE, LinkedAmount, is_over, offer_of
from servicehub_events import Deposit, Invoice, Payment, PaymentCaptured, as_event, invoice_money
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("issued", "ended", "over"),
    [
        (timedelta(), None, False),
        (LIFE - SECOND, None, False),
        (LIFE, None, True),
        (2 * SECOND, 2 * SECOND, True),
        (2 * SECOND, SECOND, True),
        (SECOND, 2 * SECOND, False),
    ],
)
def test_a_link_lives_for_its_time_and_ends_with_those_sent_before(
    issued: timedelta, ended: timedelta | None, over: bool
) -> None:
    assert is_over(NOW - issued, None if ended is None else NOW - ended, NOW) is over


def offered(*payments: Payment, **changes: Any) -> LinkedAmount | None:
    """What a link for an invoice of ¥5,000 says."""
    same = {"total": 5000, "deposit": None, "recorded_payments": (), **changes}
    invoice: Invoice = as_event(Invoice, samples.invoice(), **same)
    return offer_of(BUSINESS, OwedInvoice(invoice, 1, invoice_money(invoice, payments)), NOW)


def on_its_way(status: str) -> Payment:
    part = samples.payment().allocations[0]
    parts = (type(part)(invoice_id="in-1", invoice_version=1, amount=5000),)
    changes: dict[str, Any] = {"status": status, "amount": 5000, "allocations": parts, "refunds": ()}
    return as_event(PaymentCaptured, samples.payment(), **changes)


def test_a_link_says_a_number_an_amount_and_a_day_and_nothing_else() -> None:
    assert offered() == LinkedAmount(
        number="2026-0001", amount=5000, currency="JPY", due_on=date(2026, 12, 20), deposit=False
    )


def test_a_deposit_comes_first_with_its_own_day() -> None:
    asked = offered(deposit=Deposit(amount=2000, due_on=date(2026, 11, 30)))
    assert asked is not None
    assert (asked.amount, asked.due_on, asked.deposit) == (2000, date(2026, 11, 30), True)


@pytest.mark.parametrize("status", ["captured", "processing"])
def test_what_is_paid_or_on_its_way_is_not_asked_for(status: str) -> None:
    assert offered(on_its_way(status)) is None


def test_a_page_that_was_only_opened_does_not_stop_the_next_click() -> None:
    assert offered(on_its_way("started")) == offered()


@pytest.mark.parametrize("changes", [{"status": "void"}, {"status": "uncollectible"}, {"total": 49}])
def test_what_nobody_can_pay_online_is_not_offered(changes: dict[str, Any]) -> None:
    assert offered(**changes) is None
