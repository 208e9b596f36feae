"""An appointment as the pages show it: every value worded and formatted for one reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import minijinja
from chassis.words.catalogue import Words, markup
from servicehub_events import Appointment, StaffMember

from portal_read.pages.appointment_time import (
    AppointmentMove,
    TimeInWords,
    move_in_words,
    place_of_clock,
    time_in_words,
    work_in_words,
)
from portal_read.pages.context import PageContext
from portal_read.pages.html import from_origin, map_link
from portal_read.pages.language import Language
from portal_read.pages.site_labels import site_label, site_name, tells_sites_apart
from portal_read.pages.tags import APPOINTMENT_TAGS, CONFIRMATION_TAGS, NEW_TIME, Tag, spoken

UPCOMING: Final = frozenset({"scheduled", "en_route", "started"})


@dataclass(frozen=True, slots=True)
class Face:
    """A photo from the allowed origin, or else initials."""

    photo: str | None
    initials: str


@dataclass(frozen=True, slots=True)
class StaffChange:
    """Who was to come, and who comes instead."""

    was: str
    now: str


@dataclass(frozen=True, slots=True)
class AppointmentItem:
    url: str
    service: str
    work: str
    upcoming: bool
    time: TimeInWords
    on_hold: bool
    zone_place: str | None
    who: str | None
    names: str
    faces: Sequence[Face]
    place: str | None
    place_label: str | None
    site: str | None
    map_url: str | None
    tag: Tag
    move: AppointmentMove | None
    move_tag: Tag | None
    person: StaffChange | None
    off_reason: str | None


def appointment_items(
    ctx: PageContext, language: Language, appointments: Sequence[Appointment]
) -> list[AppointmentItem]:
    """Rows that stand together: each names its place where there are several."""
    several = tells_sites_apart(ctx, (appointment.site for appointment in appointments))
    return [appointment_item(ctx, language, one, several=several) for one in appointments]


def appointment_item(
    ctx: PageContext, language: Language, appointment: Appointment, *, several: bool | None = None
) -> AppointmentItem:
    """`zone_place` is set when the site's clock is not the business's: then the page names the place.

    `site` is what tells one place of a customer from the others, where there are `several`.
    """
    if several is None:
        several = tells_sites_apart(ctx)
    upcoming = appointment.status in UPCOMING
    on_hold = appointment.confirmation == "on_hold"
    move = None if on_hold else move_in_words(language, appointment)
    place, label = _place(ctx, appointment)
    return AppointmentItem(
        url=ctx.appointment_url(appointment.appointment_id),
        service=appointment.service.name,
        work=work_in_words(language, appointment, upcoming=upcoming),
        upcoming=upcoming,
        time=time_in_words(language, appointment, upcoming=upcoming),
        on_hold=on_hold,
        zone_place=place_of_clock(language, appointment),
        who=_who(language, appointment),
        names=language.format.names([person.name for person in appointment.staff]),
        faces=[_face(person, ctx.image_origin) for person in appointment.staff[:3]],
        place=place,
        place_label=label,
        site=site_name(ctx, appointment.site) if several else None,
        map_url=map_link(appointment.site.address) if appointment.site and appointment.site.address else None,
        tag=spoken(_tag(appointment), language.words),
        move=move,
        move_tag=spoken(NEW_TIME, language.words) if move and upcoming else None,
        person=staff_change(ctx, language, appointment) if upcoming and not on_hold else None,
        off_reason=_off_reason(language, appointment),
    )


def staff_change(ctx: PageContext, language: Language, appointment: Appointment) -> StaffChange | None:
    """Who was to come when the contact last looked, and who is now; None where nobody was or is named."""
    seen = ctx.seen.visits.get(appointment.appointment_id) if ctx.seen else None
    names = [person.name for person in appointment.staff]
    if seen is None or not names or not seen.staff or set(seen.staff) == set(names):
        return None
    return StaffChange(language.format.names(list(seen.staff)), language.format.names(names))


def _off_reason(language: Language, appointment: Appointment) -> str | None:
    """Why a visit that is ahead was called off, an empty text where nobody said; None for any other."""
    if appointment.status != "cancelled" or appointment.window.end <= language.now:
        return None
    return (appointment.cancellation and appointment.cancellation.reason) or ""


def _tag(appointment: Appointment) -> Tag:
    if appointment.confirmation:
        return CONFIRMATION_TAGS[appointment.confirmation]
    return APPOINTMENT_TAGS[appointment.status]


def _place(ctx: PageContext, appointment: Appointment) -> tuple[str | None, str | None]:
    """Address and label; no label where the address says it already."""
    if appointment.site is None:
        return None, None
    label, address = site_label(ctx, appointment.site), appointment.site.address
    if not label or label in address:
        return address, None
    return address, f"({label})" if address.isascii() else label


def _who(language: Language, appointment: Appointment) -> str | None:
    """A sentence that names the people, as markup; None when nobody is named for one that is over."""
    words, people = language.words, len(appointment.staff)
    names = language.format.names([person.name for person in appointment.staff])
    if appointment.confirmation == "on_hold":
        return minijinja.safe(f"<b>{markup(names)}</b>") if people else None
    if not people:
        return words.gettext("We’ll tell you who is coming.") if appointment.status == "scheduled" else None
    if appointment.confirmation == "pending":
        return words.nrich(
            "<b>{names}</b> is planned to come", "<b>{names}</b> are planned to come", people, names=names
        )
    return _who_by_status(words, appointment.status, people, names)


def _who_by_status(words: Words, status: str, people: int, names: str) -> str:
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
    photo = person.photo_url if person.photo_url and from_origin(person.photo_url, image_origin) else None
    return Face(photo, initials(person.name))


def initials(name: str) -> str:
    """Maria Reyes → MR; 佐藤 健一 → 佐 (a kanji or kana name is known by its first character)."""
    parts = name.split()
    if not parts:
        return ""
    if ord(parts[0][0]) >= 0x2E80:
        return parts[0][0]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()
