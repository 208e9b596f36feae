"""An appointment as the pages show it: every value worded and formatted for one reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import minijinja
from chassis.words.catalogue import Words, markup
from servicehub_events import Appointment, StaffMember

from portal_read.pages.context import PageContext
from portal_read.pages.day_rail import DayRail, day_rail
from portal_read.pages.html import map_link
from portal_read.pages.language import Language, day_in_words
from portal_read.pages.tags import APPOINTMENT_TAGS, NEW_TIME, Tag, spoken

UPCOMING: Final = frozenset({"scheduled", "en_route", "started"})


@dataclass(frozen=True, slots=True)
class Face:
    """A photo from the allowed origin, or else initials."""

    photo: str | None
    initials: str


@dataclass(frozen=True, slots=True)
class AppointmentMove:
    """From the old time to the new one; a time alone when the day stayed."""

    was: str
    now: str
    at: str


@dataclass(frozen=True, slots=True)
class AppointmentItem:
    url: str
    service: str
    duration: str
    upcoming: bool
    headline: str
    date_line: str
    date_iso: str
    list_day: str
    window: str
    zone_place: str | None
    rail: DayRail | None
    who: str | None
    names: str
    faces: Sequence[Face]
    place: str | None
    place_label: str | None
    map_url: str | None
    tag: Tag
    move: AppointmentMove | None
    move_tag: Tag | None
    days_away: int


def appointment_item(ctx: PageContext, language: Language, appointment: Appointment) -> AppointmentItem:
    """`zone_place` is set when the site's clock is not the business's: then the page names the place."""
    window = appointment.window
    zone = ZoneInfo(window.time_zone)
    day, today = window.start.astimezone(zone).date(), language.today_in(zone)
    in_words = day_in_words(language, day, today)
    upcoming = appointment.status in UPCOMING
    move = _move(language, appointment, zone)
    place, label = _place(appointment)
    return AppointmentItem(
        url=ctx.appointment_url(appointment.appointment_id),
        service=appointment.service.name,
        duration=duration(language.words, int(window.end.timestamp() - window.start.timestamp()) // 60),
        upcoming=upcoming,
        headline=in_words.headline,
        date_line=in_words.date_line,
        date_iso=day.isoformat(),
        list_day=_list_day(language, day, today),
        window=language.format.window(window.start, window.end, zone),
        zone_place=language.format.place_of_zone(zone) if zone.key != language.format.zone.key else None,
        rail=day_rail(language, window.start, window.end, zone),
        who=_who(language, appointment),
        names=language.format.names([person.name for person in appointment.staff]),
        faces=[_face(person, ctx.image_origin) for person in appointment.staff[:3]],
        place=place,
        place_label=label,
        map_url=map_link(appointment.site.address) if appointment.site and appointment.site.address else None,
        tag=spoken(APPOINTMENT_TAGS[appointment.status], language.words),
        move=move,
        move_tag=spoken(NEW_TIME, language.words) if move and upcoming else None,
        days_away=(day - today).days,
    )


def _place(appointment: Appointment) -> tuple[str | None, str | None]:
    """Address and label; no label where the address says it already."""
    if appointment.site is None:
        return None, None
    label, address = appointment.site.label, appointment.site.address
    if not label or label in address:
        return address, None
    return address, f"({label})" if address.isascii() else label


def _list_day(language: Language, day: date, today: date) -> str:
    near = language.near_day(day, today)
    dated = language.format.short_with_weekday(day)
    if day.year != today.year:
        dated = language.format.full(day)
    return language.words.gettext("{word}, {date}", word=near, date=dated) if near else dated


def _move(language: Language, appointment: Appointment, zone: ZoneInfo) -> AppointmentMove | None:
    old, new, show = appointment.rescheduled_from, appointment.window, language.format
    if old is None or (old.start, old.end) == (new.start, new.end):
        return None
    was, now = show.window(old.start, old.end, zone), show.window(new.start, new.end, zone)
    old_day, new_day = old.start.astimezone(zone).date(), new.start.astimezone(zone).date()
    if old_day != new_day:
        was = f"{show.short_with_weekday(old_day)} {was}"
        now = f"{show.short_with_weekday(new_day)} {now}"
    return AppointmentMove(was, now, show.stamp(old.at, zone))


def duration(words: Words, minutes: int) -> str:
    """90 → 1 hour 30 minutes; 1時間30分."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return words.ngettext("{n} minute", "{n} minutes", rest)
    whole = words.ngettext("{n} hour", "{n} hours", hours)
    minutes_too = words.ngettext("{n} minute", "{n} minutes", rest)
    return words.gettext("{hours} {minutes}", hours=whole, minutes=minutes_too) if rest else whole


def _who(language: Language, appointment: Appointment) -> str | None:
    """A sentence that names the people, as markup; None when nobody is named for one that is over."""
    words, status, people = language.words, appointment.status, len(appointment.staff)
    names = language.format.names([person.name for person in appointment.staff])
    if not people:
        return words.gettext("We’ll tell you who is coming.") if status == "scheduled" else None
    if status == "en_route":
        return words.nrich(
            "<b>{names}</b> is on the way", "<b>{names}</b> are on the way", people, names=names
        )
    if status == "started":
        return words.nrich("<b>{names}</b> is at work", "<b>{names}</b> are at work", people, names=names)
    if status == "completed":
        return words.nrich("<b>{names}</b> came", "<b>{names}</b> came", people, names=names)
    if status == "scheduled":
        return words.nrich("<b>{names}</b> is coming", "<b>{names}</b> are coming", people, names=names)
    return minijinja.safe(f"<b>{markup(names)}</b>")


def _face(person: StaffMember, image_origin: str | None) -> Face:
    photo = person.photo_url
    allowed = photo is not None and image_origin is not None and photo.startswith(f"{image_origin}/")
    return Face(photo if allowed else None, initials(person.name))


def initials(name: str) -> str:
    """Maria Reyes → MR; 佐藤 健一 → 佐 (a kanji or kana name is known by its first character)."""
    parts = name.split()
    if not parts:
        return ""
    if ord(parts[0][0]) >= 0x2E80:
        return parts[0][0]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()
