"""A payment of ¥5,000 on one invoice, and what a processor may say of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from billing.domain.payments import CheckoutStatus, StartPayment, decide
from servicehub_events import Allocation, Failure, Method, Payment, Processor

BEGAN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LATER = BEGAN + timedelta(minutes=5)
CARD = Method(type="card", brand="visa", last4="4242")
KONBINI = Method(type="konbini")
NO_MONEY = Failure(code="insufficient_funds", retryable=True)

START = StartPayment(
    business_id="b-1",
    payment_id="pa-1",
    customer_id="cu-1",
    contact_id="co-1",
    allocations=(Allocation(invoice_id="in-1", invoice_version=3, amount=5000),),
    currency="JPY",
    processor=Processor(name="stripe", account="acct_1", reference=""),
    at=BEGAN,
)


def started() -> list[Payment]:
    """The stream of a payment that has begun."""
    return decide(START, None)


def state_of(events: list[Payment]) -> Payment:
    """The state after the events: the newest carries it."""
    return events[-1]


def status(**changes: Any) -> CheckoutStatus:
    """An open page; `changes` say what else is said."""
    same: dict[str, Any] = {
        "reference": "cs_1",
        "account": "acct_1",
        "page": "open",
        "paid": False,
        "amount": 5000,
        "currency": "JPY",
        "at": LATER,
    }
    return CheckoutStatus(**{**same, **changes})


OPEN = status(url="https://pay.example/cs_1")
ON_ITS_WAY = status(
    page="complete",
    method=KONBINI,
    pay_until=BEGAN + timedelta(days=3),
    instructions_url="https://pay.example/voucher",
)
PAID = status(page="complete", paid=True, method=CARD)
FAILED = status(page="complete", failure=NO_MONEY)
DECLINED_ON_THE_PAGE = status(failure=NO_MONEY)
EXPIRED = status(page="expired")
EVERYTHING_UNPAID = (OPEN, ON_ITS_WAY, FAILED, DECLINED_ON_THE_PAGE, EXPIRED)
