"""When an appointment is, in words: its days, the time of day or the arrival, how long the work takes."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from chassis.words.catalogue import Words
from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages.day_rail import DayRail, day_rail
from portal_read.pages.language import Language, day_in_words


@dataclass(frozen=True, slots=True)
class TimeInWords:
    """`sentence` stands large on a page of its own, `window` in a row, `clock` in a title (None: no time).

    `promised` is what was agreed, where `sentence` says how it now looks.
    """

    headline: str
    date_line: str
    date_iso: str
    list_day: str
    sentence: str | None
    window: str
    clock: str | None
    promised: str | None
    rail: DayRail | None
    days_away: int


def time_in_words(language: Language, appointment: Appointment, *, upcoming: bool) -> TimeInWords:
    """One that takes several days is named by the day it has come to, once it has begun."""
    time = VisitTime.of(appointment.window)
    today = language.today_in(time.zone)
    day = min(max(time.first_day, today), time.last_day) if upcoming else time.first_day
    if appointment.confirmation == "on_hold":
        return _on_hold(language, time, today)
    window, expected = window_in_words(language, time), _expected(language, appointment, time)
    words = day_in_words(language, day, today)
    return TimeInWords(
        headline=words.headline,
        date_line=words.date_line if time.day_count == 1 else _days(language, time, today),
        date_iso=time.first_day.isoformat(),
        list_day=_list_day(language, time, today),
        sentence=expected or _arrives(language, appointment, time) or window,
        window=expected or window,
        clock=_clock(language, time),
        promised=language.words.gettext("Agreed: {window}", window=window) if expected else None,
        rail=_rail(language, time),
        days_away=(day - today).days,
    )


def _on_hold(language: Language, time: VisitTime, today: date) -> TimeInWords:
    """Its day is where it had been planned: that is not when anybody comes."""
    say = language.words.gettext
    several = time.day_count > 1
    day = _days(language, time, today) if several else language.format.with_weekday(time.first_day)
    return TimeInWords(
        headline=say("No date yet"),
        date_line=say("It was planned for {day}", day=day),
        date_iso=time.first_day.isoformat(),
        list_day=say("No date yet"),
        sentence=None,
        window=say("was planned for {day}", day=_short_days(language, time)),
        clock=None,
        promised=None,
        rail=None,
        days_away=0,
    )


def place_of_clock(language: Language, appointment: Appointment) -> str | None:
    """Where the times are shown of, when clocks there differ from the business's; None when they agree."""
    zone, own = ZoneInfo(appointment.window.time_zone), language.format.zone
    bounds = (appointment.window.start, appointment.window.end)
    if all(at.astimezone(zone).utcoffset() == at.astimezone(own).utcoffset() for at in bounds):
        return None
    return language.format.place_of_zone(zone)


def window_in_words(language: Language, time: VisitTime) -> str:
    """10:00 AM – 12:00 PM; Arrival 9:00 – 11:00 AM; All day; During the day."""
    say, show = language.words.gettext, language.format
    if time.whole_days == "all_day":
        return say("All day")
    if time.whole_days == "any_time":
        return say("During the day")
    if arrival := time.arrival:
        if arrival.start == arrival.end:
            return say("Arrival at {time}", time=show.time(arrival.start, time.zone))
        return say("Arrival {window}", window=show.window(arrival.start, arrival.end, time.zone))
    if time.day_count > 1:
        start, end = show.time(time.start, time.zone), show.time(time.end, time.zone)
        return say("First day from {start}, last day until {end}", start=start, end=end)
    return show.window(time.start, time.end, time.zone)


def _arrives(language: Language, appointment: Appointment, time: VisitTime) -> str | None:
    """The arrival as a sentence, while it is ahead."""
    say, arrival = language.words.gettext, time.arrival
    if arrival is None or appointment.status != "scheduled":
        return None
    if arrival.start == arrival.end:
        return say("Arrives at {time}", time=language.format.time(arrival.start, time.zone))
    first, last = language.format.start_and_end(arrival.start, arrival.end, time.zone)
    return say("Arrives between {start} and {end}", start=first, end=last)


def _expected(language: Language, appointment: Appointment, time: VisitTime) -> str | None:
    """When those who are on the way will be there, as far as they told."""
    moment, show = appointment.estimated_arrival, language.format
    if moment is None or appointment.status != "en_route":
        return None
    today = moment.astimezone(time.zone).date() == language.today_in(time.zone)
    told = show.time(moment, time.zone) if today else show.stamp(moment, time.zone)
    return language.words.gettext("There at about {time}", time=told)


def _clock(language: Language, time: VisitTime) -> str | None:
    if time.whole_days or time.day_count > 1:
        return None
    start, end = (time.arrival.start, time.arrival.end) if time.arrival else (time.start, time.end)
    return language.format.window(start, end, time.zone)


def _rail(language: Language, time: VisitTime) -> DayRail | None:
    if time.whole_days:
        return None
    start, end = (time.arrival.start, time.arrival.end) if time.arrival else (time.start, time.end)
    return day_rail(language, start, end, time.zone)


def _days(language: Language, time: VisitTime, today: date) -> str:
    year = language.format.japanese or time.last_day.year != today.year
    return language.format.days(time.first_day, time.last_day, year=year)


def _list_day(language: Language, time: VisitTime, today: date) -> str:
    day, show = time.first_day, language.format
    if time.day_count > 1:
        return show.days(day, time.last_day, year=time.last_day.year != today.year)
    near = language.near_day(day, today)
    dated = show.short_with_weekday(day) if day.year == today.year else show.full(day)
    return language.words.gettext("{word}, {date}", word=near, date=dated) if near else dated


@dataclass(frozen=True, slots=True)
class AppointmentMove:
    """From the old time to the new one; a time alone when the day stayed."""

    was: str
    now: str
    at: str


def move_in_words(language: Language, appointment: Appointment) -> AppointmentMove | None:
    """None when it never moved, or to the very same time."""
    former, new = appointment.rescheduled_from, VisitTime.of(appointment.window)
    if former is None:
        return None
    moved = moved_in_words(language, VisitTime.before_the_move(former, new.zone), new)
    return AppointmentMove(*moved, language.format.stamp(former.at, new.zone)) if moved else None


def moved_in_words(language: Language, old: VisitTime, new: VisitTime) -> tuple[str, str] | None:
    """The old time and the new one; a time of day alone when the day stayed, None when nothing changed."""
    if old == new:
        return None
    was, now = window_in_words(language, old), window_in_words(language, new)
    if (old.first_day, old.last_day) != (new.first_day, new.last_day):
        was, now = f"{_short_days(language, old)} {was}", f"{_short_days(language, new)} {now}"
    return was, now


def _short_days(language: Language, time: VisitTime) -> str:
    if time.day_count > 1:
        return language.format.days(time.first_day, time.last_day)
    return language.format.short_with_weekday(time.first_day)


def work_in_words(language: Language, appointment: Appointment, *, upcoming: bool) -> str:
    """The service, and how long it takes: as stated, in days, or as long as the window if that says so."""
    say, service, time = language.words.gettext, appointment.service.name, VisitTime.of(appointment.window)
    if minutes := appointment.duration_minutes:
        text = duration(language.words, minutes)
        return (
            say("{service}, takes about {duration}", service=service, duration=text) if upcoming else service
        )
    if time.day_count > 1:
        days = language.words.ngettext("{n} day", "{n} days", time.day_count)
        return say("{service}, {days}", service=service, days=days)
    if time.whole_days or time.arrival:
        return service
    text = duration(language.words, max(int(time.span.total_seconds()) // 60, 1))
    return say("{service}, {duration}", service=service, duration=text)


def duration(words: Words, minutes: int) -> str:
    """90 → 1 hour 30 minutes; 1時間30分."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return words.ngettext("{n} minute", "{n} minutes", rest)
    whole = words.ngettext("{n} hour", "{n} hours", hours)
    minutes_too = words.ngettext("{n} minute", "{n} minutes", rest)
    return words.gettext("{hours} {minutes}", hours=whole, minutes=minutes_too) if rest else whole
