"""Faults on demand: what shall go wrong, where, how often."""

from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

Place = Literal[
    "webhook",
    "checkout.sessions.create",
    "checkout.sessions.retrieve",
    "checkout.sessions.list",
    "checkout.sessions.expire",
    "refunds.create",
    "refunds.list",
    "disputes.list",
    "accounts.retrieve",
    "any",
]
WebhookFault = Literal["drop", "duplicate", "delay", "reorder", "forge"]
ApiFault = Literal["commit-then-timeout", "timeout", "500", "commit-then-500", "429"]
USUAL_SECONDS = {"delay": 5.0, "reorder": 2.0}
SILENCE_SECONDS = 120.0


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """`times` None: for ever. `every` k: only each k-th that it could hit. `any` is any API request.

    `seconds`: of silence before a timeout ends, or how long a webhook is held back; None: the usual.
    """

    on: Place
    kind: str
    times: int | None = 1
    every: int | None = None
    seconds: float | None = None


@dataclass
class Planned:
    """A fault still to come; `seen` counts what it could have hit."""

    on: Place
    kind: str
    times: int | None
    every: int
    seconds: float
    seen: int = 0


class BadFault(Exception):
    """No such fault. The text says what there is."""


class Faults:
    """What is still to go wrong; of two that could hit, the one planned first does."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def plan(self, wanted: Wanted) -> None:
        """Raises BadFault."""
        known = get_args(WebhookFault if wanted.on == "webhook" else ApiFault)
        if wanted.kind not in known:
            raise BadFault(f"kind must be one of {', '.join(known)} on {wanted.on}")
        numbers = (wanted.times, wanted.every, wanted.seconds)
        if any(
            number is not None and number < floor for number, floor in zip(numbers, (1, 1, 0), strict=True)
        ):
            raise BadFault("times and every must be at least 1, and seconds at least 0")
        seconds = USUAL_SECONDS.get(wanted.kind, SILENCE_SECONDS)
        seconds = wanted.seconds if wanted.seconds is not None else seconds
        self._planned.append(Planned(wanted.on, wanted.kind, wanted.times, wanted.every or 1, seconds))

    def take(self, place: str) -> Planned | None:
        """Return the fault that hits this request or delivery, used up by one, or None."""
        hit: Planned | None = None
        for fault in self._planned:
            if fault.on == place or (fault.on == "any" and place != "webhook"):
                fault.seen += 1
                if hit is None and fault.seen % fault.every == 0:
                    hit = fault
        if hit is not None and hit.times is not None:
            hit.times -= 1
            self._planned = [left for left in self._planned if left.times != 0]
        return hit

    def clear(self) -> None:
        """Behave from now on."""
        self._planned.clear()

    def listed(self) -> list[Planned]:
        """What is still to come."""
        return list(self._planned)
