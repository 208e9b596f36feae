"""Visits as messages tell of them."""

from code_samples import NOW
from notification_samples import appointment
from notifier.domain.facts import AppointmentFacts, source_of
from notifier.domain.kinds import VisitKind
from notifier.domain.visit_news import VisitTold, told_by
from notifier.messages.visit_words import TellableVisit
from notifier.messages.visits import VisitsNews
from servicehub_events import Appointment, AppointmentScheduled


def visit_facts(cls: type[Appointment] = AppointmentScheduled, /, **changes: object) -> AppointmentFacts:
    """What messages tell of the sample's visit, with these changes to its event."""
    source = source_of(appointment(cls, **changes))
    assert source is not None
    assert isinstance(source.facts, AppointmentFacts)
    return source.facts


def told_before(facts: AppointmentFacts) -> VisitTold:
    """That its customer was told of it as it was before it moved, and of somebody else."""
    told = told_by("visit_confirmed", facts)
    if facts.former_start is None or facts.former_end is None:
        return told
    return VisitTold(
        status="scheduled",
        start=facts.former_start,
        end=facts.former_end,
        arrival=facts.former_arrival,
        whole_days=facts.former_whole_days,
        staff=("Devon Park",),
        place=told.place,
    )


def visit_news(kind: VisitKind, facts: AppointmentFacts, told: VisitTold | None = None) -> VisitsNews:
    """News of one visit; of two, where several changed."""
    if kind == "visits_changed":
        cancelled = TellableVisit("ap-2", "visit_cancelled", facts, told_by("visit_confirmed", facts), 4)
        moved = TellableVisit("ap-1", "visit_changed", facts, told or told_before(facts), 3)
        return VisitsNews(business_id="b-1", visits=[moved, cancelled], now=NOW)
    known = None if kind == "visit_confirmed" else told or told_before(facts)
    return VisitsNews(business_id="b-1", visits=[TellableVisit("ap-1", kind, facts, known, 3)], now=NOW)
