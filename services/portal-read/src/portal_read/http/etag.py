"""ETags: equal pages have equal ones. Over what a page is made of, so that an equal one need not be made.

Left out is the freshness stamp: a page that only got confirmed did not change, hence a weak ETag.
"""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from servicehub_events import Business

from portal_read.http.page_request import PageRequest
from portal_read.pages.dashboard_page import NEVER_CLOSED_AFTER
from portal_read.read_model import StoredRow

_APPOINTMENTS = ("upcoming", "past", "appointment", "cancelled", "asked")


class _Window(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime
    time_zone: str


class _Timed(msgspec.Struct, frozen=True):
    window: _Window


_timed = msgspec.json.Decoder(_Timed)


def etag(page: PageRequest, build: str, schema: str) -> str:
    """The ETag of a signed-in page."""
    context = page.context
    day = _day(context.now, context.business.time_zone)
    parts = [build, schema, context.locale, str(context.stale), day]
    # What a pay form depends on beside the rows: the business's account, whether the session has proved
    # enough, and what this browser has just paid.
    parts += [str(context.pays_online), str(context.second_proof), str(context.switches)]
    parts += [f"{key}={sorted(ids)}" for key, ids in sorted(page.just_paid.items())]
    if page.token:  # two contacts of one customer see different pages of the same rows
        parts.append(page.token.contact_id)
    for part, rows in sorted(page.rows.items()):
        parts += [f"{part}/{row.id}/{row.version}" for row in rows]
        if part in _APPOINTMENTS:
            parts += [_boundaries(context.now, row, _notice(context.business)) for row in rows]
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=12)
    return f'W/"{digest.hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110, 13.1.2: compared weakly)."""
    wanted = tag.removeprefix("W/")
    return any(named.strip().removeprefix("W/") in (wanted, "*") for named in header.split(","))


def _notice(business: Business) -> timedelta:
    return timedelta(hours=business.requests.notice_hours if business.requests else 0)


def _boundaries(now: datetime, row: StoredRow, notice: timedelta) -> str:
    """The day where the appointment takes place, whether it has begun or ended, and whether it is too late to
    ask to change it; of what can be read."""
    if row.state is None:
        return ""
    try:
        window = _timed.decode(row.state).window
        passed = (
            now + notice >= window.start,
            now >= window.start,
            now >= window.end,
            now - NEVER_CLOSED_AFTER >= window.end,
        )
        return f"{_day(now, window.time_zone)} {sum(passed)}"
    except (
        msgspec.DecodeError,
        KeyError,
        ValueError,
        OSError,
    ):  # ZoneInfo's, of no zone
        return ""


def _day(now: datetime, zone: str) -> str:
    return now.astimezone(ZoneInfo(zone)).date().isoformat()
