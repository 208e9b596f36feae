"""Movements: the lines in the processor's books that belong to a payment, from which an accountant books it.

They become known with what moved the money, or later: a fee that was not there yet, and in days the payout.
"""

from collections.abc import Sequence

from msgspec.structs import replace
from servicehub_events import Movement, Payment, PaymentBooked, as_event


def booked(state: Payment, events: list[Payment], reported: Sequence[Movement]) -> list[Payment]:
    """With what the books show; that they show more is an event where nothing else happened."""
    movements = _merged(state.movements, reported)
    if movements == state.movements:
        return events
    if events:
        return [replace(event, movements=movements) for event in events]
    return [as_event(PaymentBooked, state, movements=movements)]


def _merged(known: Sequence[Movement], reported: Sequence[Movement]) -> tuple[Movement, ...]:
    """In the order in which they became known. What is known of a payout stays."""
    merged = {movement.movement_id: movement for movement in known}
    for movement in reported:
        merged[movement.movement_id] = _with_payout(movement, merged.get(movement.movement_id))
    return tuple(merged.values())


def _with_payout(movement: Movement, before: Movement | None) -> Movement:
    if before is None or movement.payout_id:
        return movement
    return replace(movement, payout_id=before.payout_id, arrived_at=before.arrived_at)
