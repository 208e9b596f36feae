"""ETags: equal pages have equal ones. Over what a page is made of, so that an equal one need not be made.

Left out is the freshness stamp: a page that only got confirmed did not change, hence a weak ETag.
"""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from portal_read.http.page_request import Visit
from portal_read.read_model import Stored

_VISITS = ("upcoming", "past", "visit")


class _Window(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime
    time_zone: str


class _Timed(msgspec.Struct, frozen=True):
    window: _Window


_timed = msgspec.json.Decoder(_Timed)


def etag(visit: Visit, build: str, schema: str) -> str:
    """The ETag of a signed-in page."""
    ctx = visit.ctx
    parts = [build, schema, ctx.locale, str(ctx.stale), _day(ctx.now, ctx.business.time_zone)]
    # What a pay form depends on beside the rows: the business's account, and what this browser has just paid.
    parts += [str(ctx.pays_online), *(f"{key}={sorted(ids)}" for key, ids in sorted(visit.paying.items()))]
    if visit.token:  # two contacts of one customer see different pages of the same rows
        parts.append(visit.token.contact_id)
    for part, rows in sorted(visit.found.items()):
        parts += [f"{part}/{row.id}/{row.version}" for row in rows]
        if part in _VISITS:
            parts += [_boundaries(ctx.now, row) for row in rows]
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=12)
    return f'W/"{digest.hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110, 13.1.2: compared weakly)."""
    wanted = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in (wanted, "*") for each in header.split(","))


def _boundaries(now: datetime, row: Stored) -> str:
    """The day where the visit takes place, and whether it has begun or ended."""
    if row.state is None:
        return ""
    window = _timed.decode(row.state).window
    return f"{_day(now, window.time_zone)} {now >= window.start} {now >= window.end}"


def _day(now: datetime, zone: str) -> str:
    return now.astimezone(ZoneInfo(zone)).date().isoformat()
