"""What is news of a visit: held against a naive reader who remembers all that was said."""

from datetime import datetime, timedelta

import pytest
from code_samples import NOW
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace
from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import VisitKind
from notifier.domain.visit_news import (
    QUIET_AT_MOST,
    VisitTold,
    folds_until,
    known_from,
    last_moment_of,
    news_of,
    told_by,
)
from servicehub_events import ArrivalWindow, WholeDays
from visit_samples import visit_facts

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
VISIT = visit_facts()
TOLD = told_by("visit_confirmed", VISIT)


def visit(**changes: object) -> AppointmentFacts:
    return replace(VISIT, **changes)


def at(start_in: timedelta, **changes: object) -> AppointmentFacts:
    return visit(start=NOW + start_in, end=NOW + start_in + 2 * HOUR, **changes)


def elsewhere(**changes: object) -> AppointmentFacts:
    return visit(address="8 Shore Road", **changes)


@pytest.mark.parametrize(
    ("told", "facts", "news"),
    [
        (None, visit(), ["visit_confirmed"]),
        (None, visit(confirmation="pending"), []),
        (None, visit(confirmation="on_hold"), []),
        (None, visit(status="cancelled"), []),
        (None, visit(status="missed"), []),
        (None, visit(status="completed"), []),
        (None, at(-HOUR), []),
        (TOLD, visit(), []),
        (TOLD, visit(status="started"), []),
        (TOLD, at(4 * DAY), ["visit_changed"]),
        (TOLD, at(4 * DAY, confirmation="pending"), ["visit_changed"]),
        (TOLD, at(4 * DAY, confirmation="on_hold"), []),
        (TOLD, at(-3 * HOUR), ["visit_changed"]),  # who still waits for it must know
        (TOLD, elsewhere(), ["visit_changed"]),
        (replace(TOLD, place=None), elsewhere(), []),
        (replace(TOLD, confirmation="pending"), visit(), ["visit_confirmed"]),
        (replace(TOLD, staff=("Ken",)), visit(), ["staff_changed"]),
        (replace(TOLD, staff=("Ken",)), at(15 * DAY), ["visit_changed"]),
        (replace(TOLD, staff=()), visit(), []),
        (replace(TOLD, staff=None), visit(), []),
        (replace(TOLD, staff=("A", "B")), visit(staff=("B", "A")), []),
        (TOLD, visit(staff=()), []),
        (TOLD, visit(status="cancelled"), ["visit_cancelled"]),
        (replace(TOLD, status="cancelled"), visit(status="cancelled"), []),
        (replace(TOLD, status="cancelled"), visit(), ["visit_confirmed"]),
        (TOLD, at(-3 * HOUR, status="cancelled"), []),
        (TOLD, at(-HOUR, status="cancelled"), ["visit_cancelled"]),
        (TOLD, visit(status="missed"), ["visit_missed"]),
        (TOLD, visit(status="completed"), ["visit_completed"]),
        (TOLD, visit(status="en_route"), ["visit_on_its_way"]),
        (replace(TOLD, status="en_route"), visit(status="en_route"), []),
        (TOLD, at(HOUR, status="en_route"), ["visit_on_its_way", "visit_changed"]),
    ],
)
def test_news_is_the_difference(
    told: VisitTold | None, facts: AppointmentFacts, news: list[VisitKind]
) -> None:
    assert news_of(told, facts, NOW) == news


def test_far_away_it_is_no_news_who_comes() -> None:
    far = at(15 * DAY)
    assert news_of(replace(told_by("visit_confirmed", far), staff=("Ken",)), far, NOW) == []


@pytest.mark.parametrize(
    ("slips", "news"), [(19 * MINUTE, []), (20 * MINUTE, ["visit_on_its_way"]), (-HOUR, [])]
)
def test_an_arrival_that_slips_is_told_again(slips: timedelta, news: list[VisitKind]) -> None:
    way = visit(status="en_route", arrives_at=NOW)
    told = told_by("visit_on_its_way", way, TOLD)
    assert news_of(told, replace(way, arrives_at=NOW + slips), NOW) == news


@pytest.mark.parametrize(
    ("whole_days", "arrival", "until"),
    [
        (None, None, VISIT.start),
        ("all_day", None, VISIT.end),
        (None, ArrivalWindow(start=VISIT.start, end=VISIT.start + HOUR), VISIT.start + HOUR),
    ],
)
def test_a_booking_is_told_until_nobody_can_come_any_more(
    whole_days: WholeDays | None, arrival: ArrivalWindow | None, until: object
) -> None:
    facts = visit(whole_days=whole_days, arrival=arrival)
    assert last_moment_of("visit_confirmed", None, facts) == until


def test_a_move_is_told_until_the_later_window_is_over() -> None:
    assert last_moment_of("visit_changed", TOLD, at(HOUR)) == TOLD.end
    assert last_moment_of("visit_cancelled", TOLD, at(HOUR)) == NOW + 3 * HOUR


@given(st.lists(st.integers(0, 400), min_size=1), st.integers(0, 300))
def test_the_first_change_waits_five_minutes_at_most(seconds: list[int], fold: int) -> None:
    times = sorted(NOW + timedelta(seconds=each) for each in seconds)
    told_at = folds_until(times[0], times[-1], timedelta(seconds=fold))
    assert told_at <= times[0] + QUIET_AT_MOST
    assert told_at == min(times[-1] + timedelta(seconds=fold), times[0] + QUIET_AT_MOST)


def test_what_an_import_left_out_differs_from_nothing() -> None:
    bare = known_from(visit(staff=(), address="", site=None))
    assert news_of(bare, visit(), NOW) == []


def window_of(facts: AppointmentFacts) -> tuple[datetime, datetime]:
    """When it is, its end included: an hour less is a change, too."""
    return facts.start, facts.end


class ReaderOfAVisit(RuleBasedStateMachine):
    """A visit changes as it likes, and is told when it likes. Its reader keeps sentences, not states."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = VISIT
        self.told: VisitTold | None = None
        self.believes: dict[str, object] | None = None
        self.last: tuple[VisitKind, AppointmentFacts] | None = None

    @rule(hours=st.integers(1, 6))
    def moves(self, hours: int) -> None:
        self.facts = replace(self.facts, start=NOW + hours * DAY, end=NOW + hours * DAY + HOUR)

    @rule(who=st.sampled_from([(), ("Maria",), ("Devon",), ("Maria", "Devon"), ("Devon", "Maria")]))
    def is_assigned(self, who: tuple[str, ...]) -> None:
        self.facts = replace(self.facts, staff=who)

    @rule(where=st.sampled_from(["1 First Street", "2 Second Street"]))
    def goes(self, where: str) -> None:
        self.facts = replace(self.facts, address=where)

    @rule(status=st.sampled_from(["scheduled", "en_route", "started", "completed", "missed", "cancelled"]))
    def becomes(self, status: str) -> None:
        self.facts = replace(self.facts, status=status)

    @rule(what=st.sampled_from([None, "pending", "on_hold"]))
    def is_confirmed(self, what: str | None) -> None:
        self.facts = replace(self.facts, confirmation=what)

    @rule()
    def is_told(self) -> None:
        for kind in news_of(self.told, self.facts, NOW)[:1]:
            self.says(kind)
            self.told = told_by(kind, self.facts, self.told)
        again = news_of(self.told, self.facts, NOW)
        assert len(again) <= 1, again  # what was told with it is not told again

    def says(self, kind: VisitKind) -> None:
        """Each sentence is true, new to who reads it, and of what they know."""
        facts, knew = self.facts, self.believes
        if kind == "visit_confirmed":
            assert facts.status in ("scheduled", "en_route")
            assert facts.confirmation is None
            assert knew is None or knew["off"] or knew["pending"]
        else:
            assert knew is not None, f"{kind} of what nobody told of"
        if knew is not None and kind == "visit_changed":
            assert (window_of(facts), facts.place) != (knew["window"], knew["place"])
            assert not knew["off"]
        if knew is not None and kind == "staff_changed":
            assert set(facts.staff) != knew["staff"]
            assert (window_of(facts), facts.place) == (knew["window"], knew["place"])
        if knew is not None and kind == "visit_cancelled":
            assert facts.status == "cancelled"
            assert not knew["off"]
        if kind in ("visit_completed", "visit_missed"):
            assert f"visit_{facts.status}" == kind
        self.believes = {
            "window": window_of(facts),
            "place": facts.place,
            "staff": set(facts.staff),
            "off": facts.status in ("cancelled", "missed", "completed"),
            "pending": facts.confirmation is not None,
        }

    @invariant()
    def there_and_back_is_silent(self) -> None:
        """Whatever it was meanwhile: what stands as it was told is no news."""
        knew = self.believes
        if knew is None or knew["off"] or knew["pending"] or self.facts.status != "scheduled":
            return
        same = (window_of(self.facts), self.facts.place, set(self.facts.staff)) == (
            knew["window"],
            knew["place"],
            knew["staff"],
        )
        if same and not self.facts.confirmation:
            assert news_of(self.told, self.facts, NOW) == []


TestReaderOfAVisit = ReaderOfAVisit.TestCase
