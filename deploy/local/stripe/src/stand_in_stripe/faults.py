"""Faults on demand: what goes wrong, where, how often."""

from dataclasses import dataclass
from typing import Literal, get_args

from stand_in_stripe.errors import StripeError

Place = Literal[
    "webhook",
    "checkout.sessions.create",
    "payment_intents.create",
    "checkout.sessions.retrieve",
    "checkout.sessions.list",
    "checkout.sessions.expire",
    "refunds.create",
    "refunds.list",
    "disputes.list",
    "accounts.retrieve",
    "any",
]
"""A webhook, the operation of the API with this name, or any operation."""
WEBHOOK_FAULTS = ("drop", "duplicate", "delay", "reorder", "forge")
API_FAULTS = ("commit-then-timeout", "timeout", "500", "commit-then-500", "429")
FAULTS = {place: WEBHOOK_FAULTS if place == "webhook" else API_FAULTS for place in get_args(Place)}
USUAL_SECONDS = {"delay": 5.0, "reorder": 2.0}
SILENCE_SECONDS = 120.0


@dataclass
class PlannedFault:
    """A fault still to come; `times` None: for ever; `every` k: only each k-th that it could hit.

    `seconds`: of silence before a timeout ends, or how long a webhook is held back; None: the usual.
    """

    on: Place
    kind: str
    times: int | None = 1
    every: int | None = None
    seconds: float | None = None
    seen: int = 0

    def __post_init__(self) -> None:
        """Raises StripeError for a fault that there is not."""
        if self.kind not in (kinds := FAULTS[self.on]):
            raise StripeError(400, f"kind must be one of {', '.join(kinds)} on {self.on}")
        if any(number is not None and number < 1 for number in (self.times, self.every)):
            raise StripeError(400, "times and every must be at least 1")

    @property
    def pause(self) -> float:
        """How long nothing is heard."""
        return USUAL_SECONDS.get(self.kind, SILENCE_SECONDS) if self.seconds is None else self.seconds

    def hits(self, place: str) -> bool:
        """Count what it could hit, and say whether it does."""
        if self.on != place and (self.on != "any" or place == "webhook"):
            return False
        self.seen += 1
        return self.seen % (self.every or 1) == 0


def take(planned: list[PlannedFault], place: str) -> PlannedFault | None:
    """The fault that hits this request or delivery, used up by one, or None; the one planned first does."""
    hit = next(iter([fault for fault in planned if fault.hits(place)]), None)
    if hit is not None and hit.times is not None:
        hit.times -= 1
        planned[:] = [left for left in planned if left.times != 0]
    return hit
