"""The visits of a series that are to come: the next one is a row, the others are folded below it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from servicehub_events import Appointment

from portal_read.pages.appointment_item import AppointmentItem, appointment_items
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.recurrence import repeats

_WORTH_FOLDING: Final = 3


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit; of a series also what is folded: the later ones, and in words how many come and when."""

    visit: AppointmentItem
    fold: str | None = None
    note: str | None = None
    others: Sequence[AppointmentItem] = ()


def fold_series(
    ctx: PageContext, language: Language, visits: Sequence[Appointment], *, complete: bool
) -> list[VisitRow]:
    """Rows in the order of the visits. Without all that are to come, none are counted."""
    members: defaultdict[str, list[AppointmentItem]] = defaultdict(list)
    items = appointment_items(ctx, language, visits)
    for visit, item in zip(visits, items, strict=True):
        members[_series_of(visit)].append(item)
    rows: list[VisitRow] = []
    for visit, item in zip(visits, items, strict=True):
        series = members[_series_of(visit)]
        if len(series) < _WORTH_FOLDING:
            rows.append(VisitRow(item))
        elif item is series[0]:
            rows.append(_folded(language, visit, series, complete=complete))
    return rows


def _series_of(visit: Appointment) -> str:
    """What is put off, or was called off, stands alone: nobody comes on that day."""
    stands = visit.confirmation != "on_hold" and visit.status != "cancelled"
    return f"series {visit.series.id}" if visit.series and stands else f"visit {visit.appointment_id}"


def _folded(
    language: Language, next_visit: Appointment, series: Sequence[AppointmentItem], *, complete: bool
) -> VisitRow:
    say, first, others = language.words.gettext, series[0], series[1:]
    rule = repeats(language, next_visit.series.rule) if next_visit.series else ""
    if complete:
        fold = say("{rule}, {n} coming up", rule=rule, n=str(len(series)))
    else:
        fold = say("{rule}, {n} of them here", rule=rule, n=str(len(series)))
    moved = sum(item.move is not None for item in others)
    note = language.words.ngettext("{n} at another time", "{n} at other times", moved) if moved else None
    return VisitRow(first, fold, note, others)
