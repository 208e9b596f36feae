"""A payment as an event-sourced stream: started once, then whatever the processor says of it.

Every event carries the full state, so the newest event is the state. The processor is only ever asked, so
that any order, any number of repeats and any loss of its webhooks lead to the same events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, assert_never

from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    Failure,
    Method,
    Movement,
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
    Taken,
    Tip,
    as_event,
)

from billing.domain.clearing import UNCONFIRMED, ClearPayment, clear, is_set_aside
from billing.domain.movements import booked
from billing.domain.reversals import NOTHING_TAKEN, Reversals, reverse
from billing.domain.vouchers import TAKEN_BACK, call_off, is_called_off

OPEN_FOR: Final = timedelta(minutes=55)
"""How long the page takes money. Stripe: at least 30 minutes after the page is really opened."""
_CLOCKS: Final = timedelta(minutes=5)  # theirs and ours
_SLOW_MONEY: Final = timedelta(days=30)  # a bank transfer, which names no day
_TOLD_LATE: Final = timedelta(days=1)  # Stripe: a voucher's end is told up to a day after it
_AWAY: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPayment:
    """A contact chose to pay these parts of these invoices, all in `currency`; or `autopay` did for them.

    `tip` is what they add beside the invoices, in minor units.
    """

    business_id: str
    payment_id: str
    customer_id: str
    contact_id: str
    allocations: tuple[Allocation, ...]
    currency: str
    processor: Processor
    at: datetime
    autopay: bool = False
    tip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutStatus:
    """What the processor says of a payment's checkout. `amount` in minor units; `at`: since when it is so.

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
    intent_id: str | None = None
    charge_id: str | None = None
    live: bool | None = None
    movements: Sequence[Movement] = ()
    reversals: Reversals = NOTHING_TAKEN


def as_known(state: Payment) -> CheckoutStatus:
    """What a processor would say of money that was taken, as far as the payment tells."""
    return CheckoutStatus(
        reference=state.processor.reference,
        account=state.processor.account,
        page="complete",
        paid=True,
        amount=state.charged,
        currency=state.currency,
        at=state.occurred_at,
    )


@dataclass(frozen=True, slots=True)
class Observe:
    """The processor was asked. `credit` is what its invoices hold too much of, in minor units by id."""

    status: CheckoutStatus
    credit: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The processor never heard of it, or refused to begin: nobody can pay it any more."""

    at: datetime
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class CallOff:
    """Its voucher is not wanted any more; the processor was asked to take it back, and did not."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """The processor's books say more of it: the payout of some of its movements."""

    movements: Sequence[Movement]


@dataclass(frozen=True, slots=True)
class StopAsking:
    """The processor does not say what became of it: it `declined`, for good, or did not answer."""

    at: datetime
    declined: bool


Command = StartPayment | Observe | GiveUp | CallOff | Book | StopAsking | ClearPayment


def stream_of(payment_id: str) -> str:
    """The name of a payment's stream."""
    return f"payment/{payment_id}"


def ends_another_page(command: Command, reference: str) -> bool:
    """Whether a command tells of the end of another page than this one, or of none.

    Money is money, on whichever page it was paid.
    """
    if isinstance(command, Observe):
        return command.status.reference != reference and not command.status.paid
    return isinstance(command, GiveUp)


def held_until(state: Payment, *, declined: bool = True) -> datetime:
    """When it ends without an answer. Until then somebody could pay, so that its invoices stay claimed."""
    if state.status == "processing" or is_called_off(state):
        last = (state.expires_at or state.occurred_at + _SLOW_MONEY) + _TOLD_LATE
    else:
        last = state.occurred_at + OPEN_FOR + _CLOCKS
    return last if declined else last + _AWAY


def next_key(idempotency_key: str) -> str:
    """The key to try under when the answer that is stored under this one will never change."""
    payment_id, _, number = idempotency_key.rpartition("-")
    return f"{payment_id}-{int(number) + 1}"


def is_taken(state: Payment) -> bool:
    """Whether its money is there, or on its way: it cannot be called off any more."""
    return state.status in ("processing", "captured") or state.review is not None


def holds_claims(state: Payment) -> bool:
    """Whether its invoices cannot be paid by another payment."""
    return state.status in ("started", "processing") or state.review is not None


def is_open(state: Payment) -> bool:
    """Whether the processor may still say something new."""
    return holds_claims(state) or is_called_off(state)


def decide(command: Command, state: Payment | None) -> list[Payment]:
    """What happens; nothing when it is known already."""
    match command:
        case StartPayment():
            return [] if state else [_started(command)]
        case Observe(status, credit):
            return _observed(status, state, credit) if state else []
        case GiveUp():
            return _given_up(command, state) if state else []
        case CallOff(at):
            return call_off(state, at) if state else []
        case Book(movements):
            return booked(state, [], movements) if state and _took_money(state) else []
        case StopAsking():
            return _stopped(command, state) if state else []
        case ClearPayment():
            return clear(command, state) if state else []
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
        tip=Tip(amount=command.tip) if command.tip else None,
        refunds=(),
        autopay=command.autopay,
        processor=command.processor,
        occurred_at=command.at,
    )


def _took_money(state: Payment) -> bool:
    """Whether the processor's books hold money of it, whether or not it counts."""
    return state.status == "captured" or is_set_aside(state)


def _observed(status: CheckoutStatus, state: Payment, credit: Mapping[str, int]) -> list[Payment]:
    if state.status == "captured":
        return booked(state, reverse(state, status.reversals, credit), status.movements)
    processor = _processor(status, state)
    if status.paid and is_set_aside(state):
        return booked(state, [], status.movements)
    if status.paid:  # also after it had failed or expired here: money that came is never left out
        captured = replace(_captured(status, state, processor), movements=tuple(status.movements))
        return [captured, *reverse(captured, status.reversals, credit)]
    if is_called_off(state) and status.failure:
        return [_failed(state, Failure(code=TAKEN_BACK, retryable=True), status.at, processor)]
    if state.status not in ("started", "processing"):
        return []
    if status.page == "expired":
        return [_expired(state, status.at, processor)]
    if status.page == "complete" and status.failure:
        return [_failed(state, status.failure, status.at, processor)]
    if status.page == "complete" and state.status == "started":
        return [_processing(status, state, processor)]
    return []


def _processor(status: CheckoutStatus, state: Payment) -> Processor:
    return Processor(
        name=state.processor.name,
        account=state.processor.account,
        reference=status.reference,
        intent_id=status.intent_id,
        charge_id=status.charge_id,
        live=status.live,
    )


def _captured(status: CheckoutStatus, state: Payment, processor: Processor) -> Payment:
    reason = _mismatch(status, state)
    if reason is None:
        return as_event(
            PaymentCaptured,
            state,
            status="captured",
            method=status.method,
            failure=None,
            review=None,
            taken=None,
            clearing=None,
            processor=processor,
            occurred_at=status.at,
        )
    return as_event(
        PaymentFlagged,
        state,
        status="captured",
        method=status.method,
        failure=None,
        review=Review(reason=reason),
        taken=_taken(status, state),
        clearing=None,
        processor=processor,
        occurred_at=status.at,
    )


def _mismatch(status: CheckoutStatus, state: Payment) -> ReviewReason | None:
    """What of the money is not as we asked for it."""
    if status.account != state.processor.account:
        return "account"
    if status.currency != state.currency:
        return "currency"
    return "amount" if status.amount != state.charged else None


def _taken(status: CheckoutStatus, state: Payment) -> Taken | None:
    if (status.amount, status.currency) == (state.charged, state.currency):
        return None
    return Taken(amount=status.amount, currency=status.currency)


def _processing(status: CheckoutStatus, state: Payment, processor: Processor) -> PaymentProcessing:
    return as_event(
        PaymentProcessing,
        state,
        status="processing",
        method=status.method,
        expires_at=status.pay_until,
        instructions_url=status.instructions_url,
        processor=processor,
        occurred_at=status.at,
    )


def _failed(state: Payment, failure: Failure, at: datetime, processor: Processor) -> PaymentFailed:
    return as_event(
        PaymentFailed,
        state,
        status="failed",
        failure=failure,
        review=None,
        processor=processor,
        occurred_at=at,
    )


def _expired(state: Payment, at: datetime, processor: Processor) -> PaymentExpired:
    return as_event(PaymentExpired, state, status="expired", review=None, processor=processor, occurred_at=at)


def _given_up(command: GiveUp, state: Payment) -> list[Payment]:
    if state.status != "started":
        return []
    if command.failure:
        return [_failed(state, command.failure, command.at, state.processor)]
    return [_expired(state, command.at, state.processor)]


def _stopped(command: StopAsking, state: Payment) -> list[Payment]:
    """Who only opened the page has most likely left it; who has a voucher has most likely paid it."""
    if state.review or command.at < held_until(state, declined=command.declined):
        return []
    if state.status == "started" or is_called_off(state):
        failure = Failure(code=UNCONFIRMED, retryable=True)
        return [_failed(state, failure, command.at, state.processor)]
    if state.status == "processing":
        return [as_event(PaymentFlagged, state, review=Review(reason="account"), occurred_at=command.at)]
    return []
