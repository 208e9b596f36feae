"""When, where and by whom a visit is, in words: the same in a mail, its subject and a text. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.words.formats import NBSP, whole
from chassis.words.visit_time import VisitTime

from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import VisitKind
from notifier.domain.visit_news import VisitTold
from notifier.messages.brand import one_line
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_DASH: Final = re.compile(rf"[ {NBSP}]?–[ {NBSP}]?")
_MINUTES: Final = 5
_WEEKLY: Final = re.compile(r"(?:RRULE:)?(?=.*FREQ=WEEKLY)[A-Z0-9=;,]*")
_COUNTED: Final = frozenset({"FREQ", "INTERVAL", "WKST", "COUNT", "UNTIL", "BYDAY"})


@dataclass(frozen=True, slots=True)
class TellableVisit:
    """A visit, which `kind` of news of it this is, and what its reader was `told` before."""

    appointment_id: str
    kind: VisitKind
    facts: AppointmentFacts
    told: VisitTold | None
    version: int


def time_of(facts: AppointmentFacts) -> VisitTime:
    """Its time now."""
    return VisitTime(facts.start, facts.end, ZoneInfo(facts.time_zone), facts.arrival, facts.whole_days)


def told_time(told: VisitTold, facts: AppointmentFacts) -> VisitTime:
    """Its time as it was told, in the zone of its site now."""
    return VisitTime(told.start, told.end, ZoneInfo(facts.time_zone), told.arrival, told.whole_days)


def full_when(style: MessageStyle, time: VisitTime, now: datetime) -> str:
    """Within a sentence: Tuesday, November 24, 10:00 AM – 12:00 PM. It breaks nowhere but after its day."""
    return _when(style, time, full_day(style, time, now))


def short_when(style: MessageStyle, time: VisitTime, now: datetime) -> str:
    """Tue, Nov 24, 10:00 AM – 12:00 PM."""
    return _when(style, time, short_day(style, time, now))


def subject_when(style: MessageStyle, time: VisitTime, now: datetime) -> str:
    """In a subject, as `short_when`; beside a place there is no room for the end of the window."""
    promised = not (time.whole_days or time.arrival or time.day_count > 1)
    start = style.formatter.time(time.start, time.zone)
    if not promised or zoned(style, start, time.start, time.zone) == start:
        return short_when(style, time, now)
    return _when(style, time, short_day(style, time, now), start)


def text_when(style: MessageStyle, time: VisitTime, now: datetime) -> str:
    """In a text: Tue, Nov 24, 10:00 AM-12:00 PM."""
    return in_texts(short_when(style, time, now))


def in_texts(words: str) -> str:
    """A window as a text has it: no space around its dash."""
    return _DASH.sub("-", words)


def full_day(style: MessageStyle, time: VisitTime, now: datetime) -> str:
    """Tuesday, November 24; 11月24日(火). The year where it is another."""
    show, day = style.formatter, time.first_day
    if time.day_count > 1:
        return show.days(day, time.last_day, year=_other_year(day, time, now))
    if _other_year(day, time, now):
        return show.full_with_weekday(day)
    return show.short_with_weekday(day) if show.japanese else show.with_weekday(day)


def short_day(style: MessageStyle, time: VisitTime, now: datetime) -> str:
    """Tue, Nov 24; 11月24日(火). The year where it is another."""
    show, day = style.formatter, time.first_day
    if time.day_count > 1:
        return show.days(day, time.last_day, year=_other_year(day, time, now))
    return show.short_with_weekday(day, year=_other_year(day, time, now))


def window(style: MessageStyle, time: VisitTime) -> str:
    """10:00 AM – 12:00 PM, unbreakable, with its place where the clock is another than the business's."""
    return zoned(style, bare_window(style, time), time.start, time.zone)


def bare_window(style: MessageStyle, time: VisitTime) -> str:
    """As `window`, without a place: beside another of the same zone."""
    return whole(style.formatter.window(time.start, time.end, time.zone))


def clock(style: MessageStyle, at: datetime, zone: ZoneInfo) -> str:
    """10:05 AM, to five minutes: a minute would be wrong when it is read."""
    step = timedelta(minutes=_MINUTES)
    local = at.astimezone(zone).replace(second=0, microsecond=0)
    past = timedelta(minutes=local.minute % _MINUTES)
    rounded = local - past + (step if past * 2 >= step else timedelta())
    return zoned(style, style.formatter.time(rounded, zone), at, zone)


def zoned(style: MessageStyle, words: str, at: datetime, zone: ZoneInfo) -> str:
    """The words, with the place whose time it is, where the business's clock shows another then."""
    show = style.formatter
    if at.astimezone(zone).utcoffset() == at.astimezone(show.zone).utcoffset():
        return words
    city = whole(show.place_of_zone(zone))
    return render(style.locale, "layout", "zoned.txt", when=words, city=city).strip()


def _when(style: MessageStyle, time: VisitTime, days: str, hours: str = "") -> str:
    """Days and times, as one text; no time of day where none is promised."""
    show, arrival = style.formatter, time.arrival
    at_once = arrival is not None and arrival.start == arrival.end
    promised = not time.whole_days
    several = time.day_count > 1
    text = render(
        style.locale,
        "layout",
        "visit_when.txt",
        days=days,
        whole_days=time.whole_days,
        arrival_at=show.time(arrival.start, time.zone) if arrival and at_once else None,
        arrival=show.start_and_end(arrival.start, arrival.end, time.zone) if arrival else None,
        several=(show.time(time.start, time.zone), show.time(time.end, time.zone)) if several else None,
        window=zoned(style, hours or bare_window(style, time), time.start, time.zone),
    ).strip()
    if promised and (arrival or several):
        return zoned(style, text, time.start, time.zone)
    return text


def _other_year(day: date, time: VisitTime, now: datetime) -> bool:
    return day.year != now.astimezone(time.zone).year


def names(style: MessageStyle, staff: tuple[str, ...] | None) -> str:
    """Maria Reyes and Devon Park; 佐藤 健一、鈴木 美咲."""
    shown = [one_line(name) for name in staff or () if one_line(name)]
    return "、".join(shown) if style.formatter.japanese else style.formatter.names(shown)


def weeks_of(rule: str) -> int:
    """Every how many weeks a rule (RFC 5545) repeats on one day; 0 where words could not say it truly."""
    if not _WEEKLY.fullmatch(rule.strip()):
        return 0
    parts = dict(part.split("=", 1) for part in rule.strip().removeprefix("RRULE:").split(";") if "=" in part)
    interval = parts.get("INTERVAL", "1")
    alone = "," not in parts.get("BYDAY", "") and parts.keys() <= _COUNTED
    return int(interval) if alone and interval.isdecimal() else 0
