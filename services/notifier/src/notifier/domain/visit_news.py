"""What is news of a visit: the difference between what a contact was last told and what is true now. Pure.

Nothing else makes a message of a visit, whatever the events were called: moved and moved back is no news, two
moves are one, and who was never told of a visit hears nothing of its end.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, assert_never

import msgspec
from servicehub_events import AppointmentStatus, ArrivalWindow, Confirmation, WholeDays

from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import VisitKind

QUIET_AT_MOST: Final = timedelta(minutes=5)
"""How long the first change waits at most."""
NEAR: Final = timedelta(hours=3)
"""Who is to wait for somebody within this time, or does so already, is told at once."""
FOLDED: Final[Collection[VisitKind]] = ("visit_changed", "visit_cancelled", "staff_changed")
"""Two or more of these are told as one `visits_changed`."""
_STAFF_AHEAD: Final = timedelta(days=14)
_SLIPPED: Final = timedelta(minutes=20)
_COMES: Final = ("scheduled", "en_route")


class VisitTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact knows of a visit; None of `staff` and `place` is not known, and differs from nothing."""

    status: AppointmentStatus
    start: datetime
    end: datetime
    arrival: ArrivalWindow | None = None
    whole_days: WholeDays | None = None
    confirmation: Confirmation | None = None
    staff: tuple[str, ...] | None = None
    place: str | None = None
    arrives_at: datetime | None = None


WindowState = Literal["ahead", "near", "begun", "over"]
"""Where a window lies: near is within `NEAR`."""


def window_state(start: datetime, end: datetime, now: datetime) -> WindowState:
    """Where it lies now."""
    if end <= now:
        return "over"
    if start <= now:
        return "begun"
    return "near" if start <= now + NEAR else "ahead"


def told_by(kind: VisitKind, visit: AppointmentFacts, before: VisitTold | None = None) -> VisitTold:
    """What a contact knows once it was told this kind. News of a time do not tell that somebody sets out."""
    says_status = kind in ("visit_on_its_way", "visit_completed", "visit_missed", "visit_cancelled")
    known = before.status if before and before.status in _COMES else "scheduled"
    return VisitTold(
        status=visit.status if says_status else known,
        start=visit.start,
        end=visit.end,
        arrival=visit.arrival,
        whole_days=visit.whole_days,
        confirmation=visit.confirmation,
        staff=visit.staff,
        place=visit.place,
        arrives_at=visit.arrives_at if says_status else before.arrives_at if before else None,
    )


def known_from(visit: AppointmentFacts) -> VisitTold:
    """What counts as known of a visit that was no news: all of it."""
    return msgspec.structs.replace(
        told_by("visit_cancelled", visit), staff=visit.staff or None, place=visit.place or None
    )


def known_before_the_move(visit: AppointmentFacts) -> VisitTold:
    """What was known before its last move, of a visit that nobody else says more of."""
    return VisitTold(
        status="scheduled",
        start=visit.former_start or visit.start,
        end=visit.former_end or visit.end,
        arrival=visit.former_arrival if visit.former_start else visit.arrival,
        whole_days=visit.former_whole_days if visit.former_start else visit.whole_days,
        confirmation=visit.confirmation,
    )


def news_of(told: VisitTold | None, visit: AppointmentFacts, now: datetime) -> list[VisitKind]:
    """What is to be told, the most urgent first; each of them is true."""
    match visit.status:
        case "cancelled":
            stood = told is not None and told.status in (*_COMES, "started")
            return ["visit_cancelled"] if stood and visit.end > now else []
        case "missed":
            return ["visit_missed"] if told and told.status != "missed" else []
        case "completed":
            return ["visit_completed"] if told and told.status != "completed" else []
        case "started":
            return []
        case "scheduled" | "en_route":
            return [] if visit.confirmation == "on_hold" else list(_of_one_that_comes(told, visit, now))
        case _:
            assert_never(visit.status)


def _of_one_that_comes(told: VisitTold | None, visit: AppointmentFacts, now: datetime) -> Iterator[VisitKind]:
    if told and visit.status == "en_route" and _sets_out(told, visit):
        yield "visit_on_its_way"
    if told is None or told.status not in _COMES:
        if visit.confirmation != "pending" and is_ahead(visit, now):
            yield "visit_confirmed"
    elif told.confirmation and not visit.confirmation:
        if is_ahead(visit, now):
            yield "visit_confirmed"
    elif (has_moved(told, visit) or has_new_place(told, visit)) and max(told.end, visit.end) > now:
        yield "visit_changed"
    elif others_come(told, visit) and now < visit.start <= now + _STAFF_AHEAD:
        yield "staff_changed"


def has_moved(told: VisitTold, visit: AppointmentFacts) -> bool:
    """Whether its time differs."""
    was = (told.start, told.end, told.arrival, told.whole_days)
    return was != (visit.start, visit.end, visit.arrival, visit.whole_days)


def has_new_place(told: VisitTold, visit: AppointmentFacts) -> bool:
    """Whether it is elsewhere."""
    return bool(told.place and visit.place) and told.place != visit.place


def others_come(told: VisitTold, visit: AppointmentFacts) -> bool:
    """Whether other people come than was told, in whatever order; that nobody is named yet says nothing."""
    return bool(told.staff and visit.staff) and set(told.staff or ()) != set(visit.staff)


def _sets_out(told: VisitTold, visit: AppointmentFacts) -> bool:
    if told.status != "en_route":
        return True
    if not visit.arrives_at:
        return False
    return told.arrives_at is None or visit.arrives_at - told.arrives_at >= _SLIPPED


def is_ahead(visit: AppointmentFacts, now: datetime) -> bool:
    """Whether the staff may still come: on a day without a time until it ends."""
    if visit.whole_days:
        return visit.end > now
    return (visit.arrival.end if visit.arrival else visit.start) > now


def is_near(told: VisitTold | None, visit: AppointmentFacts, now: datetime) -> bool:
    """Whether somebody waits, or soon will: for the visit as it is, or as it was told to be."""
    windows = [(visit.start, visit.end), *([(told.start, told.end)] if told else [])]
    return any(window_state(*window, now) in ("near", "begun") for window in windows)


def hurries(visit: AppointmentFacts, now: datetime) -> bool:
    """As `is_near`, whatever anybody was told: its time before the last move stands for that."""
    windows = [(visit.start, visit.end)]
    if visit.former_start and visit.former_end:
        windows.append((visit.former_start, visit.former_end))
    return any(window_state(*window, now) in ("near", "begun") for window in windows)


def last_moment_of(kind: VisitKind, told: VisitTold | None, visit: AppointmentFacts) -> datetime:
    """Until when news of a window are worth sending: a booking until it begins, a change until it is over."""
    if kind in ("visit_confirmed", "staff_changed"):
        if visit.whole_days:
            return visit.end
        return visit.arrival.end if visit.arrival else visit.start
    return max(visit.end, told.end) if told and kind != "visit_cancelled" else visit.end


def folds_until(first: datetime, last: datetime, fold: timedelta) -> datetime:
    """When changes may be told of which the first and the last came then: once for `fold` nothing changes."""
    return min(last + fold, first + QUIET_AT_MOST)
