"""A payment as an event-sourced stream: started once, then whatever the processor says of it.

Every event carries the full state, so the newest event is the state. The processor is only ever asked, so
that any order, any number of repeats and any loss of its notices lead to the same events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, assert_never

from servicehub_events import (
    Allocation,
    Failure,
    Method,
    Payment,
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentFlagged,
    PaymentProcessing,
    PaymentStarted,
    Processor,
    Review,
    ReviewReason,
    as_event,
)

from billing.domain.reversals import NOTHING_TAKEN, Reversals, reverse


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPayment:
    """A contact chose to pay these parts of these invoices, all in `currency`."""

    business_id: str
    payment_id: str
    customer_id: str
    contact_id: str
    allocations: tuple[Allocation, ...]
    currency: str
    processor: Processor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the processor says of a payment now. `amount` in minor units; `at` is when it came to be so.

    `paid` is money that is there. A page that is `complete` and not paid has money on its way, or failed.
    """

    reference: str
    account: str
    page: Literal["open", "complete", "expired"]
    paid: bool
    amount: int
    currency: str
    at: datetime
    url: str | None = None
    method: Method | None = None
    failure: Failure | None = None
    pay_until: datetime | None = None
    instructions_url: str | None = None
    reversals: Reversals = NOTHING_TAKEN


@dataclass(frozen=True, slots=True)
class Observe:
    """The processor was asked. `credit` is what its invoices hold too much of, in minor units by id."""

    seen: Seen
    credit: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The processor never heard of it, or refused to begin: nobody can pay it any more."""

    at: datetime
    failure: Failure | None = None


Command = StartPayment | Observe | GiveUp


def stream_of(payment_id: str) -> str:
    """The name of a payment's stream."""
    return f"payment/{payment_id}"


def is_open(state: Payment) -> bool:
    """Whether the processor may still say something new: its claims hold until then."""
    return state.status in ("started", "processing") or state.review is not None


def decide(command: Command, state: Payment | None) -> list[Payment]:
    """What happens; nothing when it is known already."""
    match command:
        case StartPayment():
            return [] if state else [_started(command)]
        case Observe(seen, credit):
            return _observed(seen, state, credit) if state else []
        case GiveUp():
            return _given_up(command, state) if state else []
        case _:
            assert_never(command)


def _started(command: StartPayment) -> PaymentStarted:
    return PaymentStarted(
        business_id=command.business_id,
        payment_id=command.payment_id,
        customer_id=command.customer_id,
        contact_id=command.contact_id,
        status="started",
        amount=sum(part.amount for part in command.allocations),
        currency=command.currency,
        allocations=command.allocations,
        refunds=(),
        processor=command.processor,
        occurred_at=command.at,
    )


def _observed(seen: Seen, state: Payment, credit: Mapping[str, int]) -> list[Payment]:
    if state.status == "captured":
        return reverse(state, seen.reversals, credit)
    processor = Processor(
        name=state.processor.name, account=state.processor.account, reference=seen.reference
    )
    if seen.paid:  # also after it had failed or expired here: money that came is never left out
        captured = _captured(seen, state, processor)
        return [captured, *reverse(captured, seen.reversals, credit)]
    if state.status not in ("started", "processing"):
        return []
    if seen.page == "expired":
        return [as_event(PaymentExpired, state, status="expired", processor=processor, occurred_at=seen.at)]
    if seen.page == "complete" and seen.failure:
        return [_failed(state, seen.failure, seen.at, processor)]
    if seen.page == "complete" and state.status == "started":
        return [_processing(seen, state, processor)]
    return []


def _captured(seen: Seen, state: Payment, processor: Processor) -> Payment:
    reason = _mismatch(seen, state)
    if reason is None:
        return as_event(
            PaymentCaptured,
            state,
            status="captured",
            method=seen.method,
            failure=None,
            processor=processor,
            occurred_at=seen.at,
        )
    return as_event(
        PaymentFlagged,
        state,
        status="captured",
        method=seen.method,
        failure=None,
        review=Review(reason=reason),
        processor=processor,
        occurred_at=seen.at,
    )


def _mismatch(seen: Seen, state: Payment) -> ReviewReason | None:
    """What of the money is not as we asked for it."""
    if seen.account != state.processor.account:
        return "account"
    if seen.currency != state.currency:
        return "currency"
    return "amount" if seen.amount != state.amount else None


def _processing(seen: Seen, state: Payment, processor: Processor) -> PaymentProcessing:
    return as_event(
        PaymentProcessing,
        state,
        status="processing",
        method=seen.method,
        expires_at=seen.pay_until,
        instructions_url=seen.instructions_url,
        processor=processor,
        occurred_at=seen.at,
    )


def _failed(state: Payment, failure: Failure, at: datetime, processor: Processor) -> PaymentFailed:
    return as_event(
        PaymentFailed, state, status="failed", failure=failure, processor=processor, occurred_at=at
    )


def _given_up(command: GiveUp, state: Payment) -> list[Payment]:
    if state.status != "started":
        return []
    if command.failure:
        return [_failed(state, command.failure, command.at, state.processor)]
    return [as_event(PaymentExpired, state, status="expired", occurred_at=command.at)]
