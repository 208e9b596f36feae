"""The page that a browser shows while the portal can't be reached, and the next visit on it.

It is read later than it is made, and says so: days and times are named in full, never "tomorrow".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages.appointment_item import appointment_item
from portal_read.pages.appointment_time import window_in_words
from portal_read.pages.context import PageContext
from portal_read.pages.dashboard_page import turn_of
from portal_read.pages.language import Language, language_of
from portal_read.pages.shell import page
from portal_read.pages.tags import Tag


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A visit as it stood `as_of`, worded for whoever reads it on another day."""

    as_of: str
    day: str
    window: str
    zone_place: str | None
    service: str
    names: str
    place: str | None
    place_label: str | None
    tag: Tag | None


def next_to_keep(visits: Sequence[Appointment], now: datetime) -> Appointment | None:
    """The visit that a browser may keep: the first that has a day, and is not over."""
    ordered = sorted(visits, key=lambda visit: turn_of(visit, now))
    dated = (visit for visit in ordered if visit.confirmation != "on_hold")
    return next((visit for visit in dated if visit.window.end > now), None)


def offline(ctx: PageContext) -> str:
    """Nothing of anybody is on it: whom to call, and that it makes way by itself."""
    return _offline(ctx, None)


def offline_visit(ctx: PageContext, visit: Appointment) -> str:
    """The same with the next visit, for a remembered device."""
    return _offline(ctx, _kept(ctx, language_of(ctx), visit))


def _offline(ctx: PageContext, kept: KeptVisit | None) -> str:
    outside = replace(ctx, customer=None, contact=None, live_url=None, flash=None, stale=False)
    title = language_of(ctx).words.gettext("No connection")
    return page(outside, "offline.html", title, script="offline.js", kept=kept)


def _kept(ctx: PageContext, language: Language, visit: Appointment) -> KeptVisit:
    item, time = appointment_item(ctx, language, visit), VisitTime.of(visit.window)
    return KeptVisit(
        as_of=language.format.stamp(ctx.now),
        day=language.format.days(time.first_day, time.last_day)
        if time.day_count > 1
        else language.format.with_weekday(time.first_day),
        window=window_in_words(language, time),
        zone_place=item.zone_place,
        service=visit.service.name,
        names=item.names,
        place=item.place,
        place_label=item.place_label,
        tag=item.tag if visit.confirmation == "pending" else None,
    )
