"""Where a visit goes into a calendar, and a feed: files of ours, and the pages of Google and Outlook.

Those are plain links: nobody outside learns of a visit before its customer presses one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import quote

from chassis.words.visit_entry import span_of
from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment

from portal_read.pages.appointment_item import AppointmentItem
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.visit_calendar import calendar_words

_GOOGLE: Final = "https://calendar.google.com/calendar"
_OUTLOOK: Final = "https://outlook.live.com/calendar/0"


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """A visit's way into each calendar; `file_url` is for Apple's and every other."""

    file_url: str
    google_url: str
    outlook_url: str
    settings_url: str


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """The address of a feed, and how each calendar subscribes to it."""

    url: str
    webcal_url: str
    google_url: str
    outlook_url: str


def calendar_links(
    ctx: PageContext, language: Language, appointment: Appointment, item: AppointmentItem
) -> CalendarLinks | None:
    """None for a visit that is over, called off, or put off without a date."""
    if not item.upcoming or item.on_hold:
        return None
    words, span = calendar_words(ctx, language, item), span_of(VisitTime.of(appointment.window))
    google = {
        "action": "TEMPLATE",
        "text": words.title,
        "dates": f"{_compact(span.start)}/{_compact(span.end)}",
        "ctz": appointment.window.time_zone,
        "details": words.text,
        "location": words.place or "",
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": words.title,
        "startdt": _dashed(span.start),
        "enddt": _dashed(span.end),
        "allday": "false" if isinstance(span.start, datetime) else "true",
        "body": words.text,
        "location": words.place or "",
    }
    return CalendarLinks(
        file_url=f"{item.url}/visit.ics",
        google_url=f"{_GOOGLE}/render?{_query(google)}",
        outlook_url=f"{_OUTLOOK}/deeplink/compose?{_query(outlook)}",
        settings_url=f"{ctx.root}/settings#feed",
    )


def feed_links(ctx: PageContext, token: str) -> FeedLinks:
    """How to subscribe to the feed with this token."""
    address = f"{ctx.origin}{ctx.root}/calendar/{token}.ics"
    webcal = f"webcal://{address.partition('://')[2]}"
    named = {"url": address, "name": ctx.business.name}
    return FeedLinks(
        url=address,
        webcal_url=webcal,
        google_url=f"{_GOOGLE}/r?{_query({'cid': webcal})}",
        outlook_url=f"{_OUTLOOK}/addfromweb?{_query(named)}",
    )


def _query(values: Mapping[str, str]) -> str:
    """With %20 for a space: Outlook shows a plus as one."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())


def _compact(at: datetime | date) -> str:
    """20261124T150000Z; 20261124."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(at, datetime) else f"{at:%Y%m%d}"


def _dashed(at: datetime | date) -> str:
    """2026-11-24T15:00:00Z; 2026-11-24."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(at, datetime) else f"{at:%Y-%m-%d}"
