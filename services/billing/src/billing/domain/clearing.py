"""Clearing: what an operator decides about a payment that did not match, or that nobody could confirm.

What was really taken stays in the payment, whatever is decided. A payment that is accepted counts; one that
was refunded or released failed, and its invoices can be paid again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    Clearing,
    ClearingDecision,
    Failure,
    Payment,
    PaymentCleared,
    Taken,
    Tip,
    as_event,
)
from servicehub_events.money import allocate

UNCONFIRMED: Final = "unconfirmed"
"""The code of a failure that nobody could confirm: the processor would not say whether money was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearPayment:
    """An operator looked. `taken` is what the processor took, None where that is what was asked for."""

    decision: ClearingDecision
    by: str
    reason: str
    at: datetime
    taken: Taken | None


def awaits_operator(state: Payment) -> bool:
    """Whether an operator may decide: it is being checked, or ended without being confirmed."""
    unconfirmed = state.failure is not None and state.failure.code == UNCONFIRMED
    return state.review is not None or (state.status == "failed" and unconfirmed)


def is_set_aside(state: Payment) -> bool:
    """Whether an operator knew of its money and decided that it does not count."""
    clearing = state.clearing
    if clearing is None or state.status != "failed":
        return False
    return clearing.decision == "refunded" or state.taken is not None


def clear(command: ClearPayment, state: Payment) -> list[Payment]:
    """The event; nothing where there is nothing to decide, or nothing that could be accepted."""
    accepted = command.decision == "accepted"
    if not awaits_operator(state) or (accepted and command.taken and command.taken.amount == 0):
        return []
    clearing = Clearing(decision=command.decision, by=command.by, reason=command.reason, at=command.at)
    parts, tip = _counted(state, command.taken) if accepted else (state.allocations, state.tip)
    failure = None if accepted else Failure(code=command.decision, retryable=True)
    cleared = as_event(
        PaymentCleared,
        state,
        status="captured" if accepted else "failed",
        amount=sum(part.amount for part in parts),
        allocations=parts,
        tip=tip,
        failure=failure,
        review=None,
        taken=command.taken,
        clearing=clearing,
    )
    return [cleared]


def _counted(state: Payment, taken: Taken | None) -> tuple[tuple[Allocation, ...], Tip | None]:
    """What was really taken: on the invoices in proportion, and of the tip what is left beyond them.

    In another currency it settles what was asked for. Nobody gives a larger tip by what was taken too much.
    """
    if taken is None or taken.currency != state.currency:
        return state.allocations, state.tip
    tip = min(state.tip.amount, max(0, taken.amount - state.amount)) if state.tip else 0
    amounts = allocate(taken.amount - tip, [part.amount for part in state.allocations])
    return _with_amounts(state.allocations, amounts), Tip(amount=tip) if tip else None


def _with_amounts(parts: Sequence[Allocation], amounts: Sequence[int]) -> tuple[Allocation, ...]:
    """An invoice that gets nothing is left out."""
    pairs = zip(parts, amounts, strict=True)
    return tuple(replace(part, amount=amount) for part, amount in pairs if amount)
