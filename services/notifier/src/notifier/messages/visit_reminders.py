"""A reminder of one visit, or all of a day, as an email and a text. Pure: same input, same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from chassis.words.formats import NBSP, whole
from chassis.words.visit_time import VisitTime

from notifier.domain.facts import AppointmentFacts
from notifier.messages import sms
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow, label_of
from notifier.messages.payment_words import listed
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render
from notifier.messages.visit_words import full_when, time_of, zoned

_ONE_DAY: Final = timedelta(days=1)
_ROWS: Final = 10
_LONGEST_PREHEADER: Final = 70
_LONGEST_LINE: Final = 300

Relative = Literal["tomorrow", "today", ""]


@dataclass(frozen=True, slots=True)
class RemindedVisit:
    """A visit, as it is now."""

    appointment_id: str
    facts: AppointmentFacts

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its site."""
        return ZoneInfo(self.facts.time_zone)

    @property
    def time(self) -> VisitTime:
        """When it is."""
        return time_of(self.facts)

    @property
    def where(self) -> str:
        """Its address, else what its place is called."""
        return _line(self.facts.place)


@dataclass(frozen=True, slots=True)
class VisitReminder:
    """The visits of a day by time, one at least, at the moment `now`."""

    visits: Sequence[RemindedVisit]
    on_the_day: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class ReminderWords:
    """Finished words. `time` is empty where none is promised; of several visits it is when the first is."""

    count: int
    relative: Relative
    day: str
    short_day: str
    today: str
    time: str
    when: str
    when_title: str
    short_when: str
    staff: str
    staff_count: int
    preheader: str
    on_the_day: bool


def visit_reminder_email(style: MessageStyle, news: VisitReminder) -> EmailText:
    """The email, laid out as all with one first sentence."""
    several = len(news.visits) > 1
    action = "visits" if several else "visit" if news.on_the_day else "change_visit"
    ids = () if several else (news.visits[0].appointment_id,)
    return email_like_a_payment(
        "visit_reminder",
        style,
        asdict(_words(style, news)),
        rows=list(_rows_of_several(style, news) if several else _rows(style, news)),
        url=style.link("appointments", *ids),
        button=render(style.locale, "layout", "button.txt", action=action).strip(),
    )


def visit_reminder_sms(style: MessageStyle, news: VisitReminder) -> str:
    """The text message; what is too long for one part names nobody who comes, before the name is cut."""
    words = _words(style, news)
    text = _sms(style, words)
    if words.staff_count and not (sms.is_one_part(text) and words.staff in text):
        return _sms(style, replace(words, staff="", staff_count=0))
    return text


def _sms(style: MessageStyle, words: ReminderWords) -> str:
    """With a dash that takes as little room as it may."""
    close = replace(words, short_when=words.short_when.replace(f"{NBSP}–{NBSP}", "-"))
    return sms_like_a_payment("visit_reminder", style, asdict(close))


def _words(style: MessageStyle, news: VisitReminder) -> ReminderWords:
    first = news.visits[0]
    several = len(news.visits) > 1
    day, short_day, today = _days(style, first.time)
    time = _start(style, first) if several else _time(style, first)
    relative = _relative(first, news.now)
    in_when = "" if several else time
    when = _when(style, relative, day, in_when)
    names = [_line(name) for name in first.facts.staff] if not several else []
    return ReminderWords(
        count=len(news.visits),
        relative=relative,
        day=day,
        short_day=short_day,
        today=today,
        time=time,
        when=when,
        when_title=_capitalised(_when(style, relative, short_day, "")),
        short_when=_when(style, relative, short_day, in_when),
        staff=listed(style, names),
        staff_count=len(names),
        preheader=_preheader(style, news),
        on_the_day=news.on_the_day,
    )


def _days(style: MessageStyle, time: VisitTime) -> tuple[str, str, str]:
    """As a sentence says it, as a subject does, and as it stands after "Today"."""
    show = style.formatter
    if time.day_count > 1:
        days = show.days(time.first_day, time.last_day)
        return days, days, days
    short = show.short_with_weekday(time.first_day)
    if show.japanese:
        return short, short, short
    return show.with_weekday(time.first_day), short, show.short(time.first_day)


def _relative(visit: RemindedVisit, now: datetime) -> Relative:
    """Whether it is tomorrow or today, by the calendar of its site."""
    today = now.astimezone(visit.zone).date()
    named: dict[date, Relative] = {today: "today", today + _ONE_DAY: "tomorrow"}
    return named.get(visit.time.first_day, "")


def _when(style: MessageStyle, relative: Relative, day: str, time: str) -> str:
    return render(style.locale, "visit_reminder", "when.txt", relative=relative, day=day, time=time).strip()


def _time(style: MessageStyle, visit: RemindedVisit) -> str:
    """The window, or when they come; empty where no time of day is promised."""
    time, show = visit.time, style.formatter
    if time.whole_days or time.day_count > 1:
        return ""
    if time.arrival and time.arrival.start == time.arrival.end:
        return _in_zone(style, visit, show.time(time.arrival.start, time.zone))
    start, end = (time.arrival.start, time.arrival.end) if time.arrival else (time.start, time.end)
    return _in_zone(style, visit, whole(show.window(start, end, time.zone)))


def _start(style: MessageStyle, visit: RemindedVisit) -> str:
    time = visit.time
    if time.whole_days:
        return ""
    at = time.arrival.start if time.arrival else time.start
    return _in_zone(style, visit, style.formatter.time(at, time.zone))


def _in_zone(style: MessageStyle, visit: RemindedVisit, time: str) -> str:
    """The zone is named where its clock differs from the business's at that moment."""
    return zoned(style, time, visit.facts.start, visit.zone)


def _preheader(style: MessageStyle, news: VisitReminder) -> str:
    first = news.visits[0]
    if len(news.visits) == 1:
        return one_line(first.facts.instructions or first.facts.service, longest=_LONGEST_PREHEADER)
    parts = [
        render(
            style.locale,
            "visit_reminder",
            "what_and_when.txt",
            what=one_line(visit.facts.site or visit.facts.service),
            time=_start(style, visit),
        ).strip()
        for visit in news.visits
    ]
    return one_line(("、" if style.formatter.japanese else ", ").join(parts), longest=_LONGEST_PREHEADER)


def _rows(style: MessageStyle, news: VisitReminder) -> Iterator[FactRow]:
    visit = news.visits[0]
    staff = [_line(name) for name in visit.facts.staff]
    values = {
        "note": _line(visit.facts.instructions),
        "when": full_when(style, visit.time, news.now),
        "staff": listed(style, staff) if staff else "",
        "service": _line(visit.facts.service),
        "where": visit.where,
    }
    for label, value in values.items():
        if value:
            yield FactRow(label_of(style, label), value)


def _rows_of_several(style: MessageStyle, news: VisitReminder) -> Iterator[FactRow]:
    separator = "・" if style.formatter.japanese else " · "
    for visit in news.visits[:_ROWS]:
        staff = [_line(name) for name in visit.facts.staff]
        parts = (visit.where, listed(style, staff) if staff else "", _line(visit.facts.service))
        label = _time(style, visit) or full_when(style, visit.time, news.now)
        yield FactRow(label, separator.join(filter(None, parts)))
    if len(news.visits) > _ROWS:
        left = render(style.locale, "layout", "and_more.txt", n=len(news.visits) - _ROWS).strip()
        yield FactRow(label_of(style, "more"), left)


def _line(text: str) -> str:
    return one_line(text, longest=_LONGEST_LINE)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
