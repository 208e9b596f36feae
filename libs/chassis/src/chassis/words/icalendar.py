"""iCalendar as text (RFC 5545): properties, escaped and folded, and the clocks of a zone. Pure.

Written here, for no library at hand says when a clock changes (decision 0066).
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

_OCTETS: Final = 75
"""The longest line, without its end (RFC 5545, 3.1)."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_LOCAL: Final = "%Y%m%dT%H%M%S"


class ZoneClock(NamedTuple):
    """What a zone's clocks show for a while: their distance from UTC, a name, whether it is summer time."""

    offset: timedelta
    name: str
    summer: bool


def text(name: str, value: str) -> str:
    """A property whose value is text."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = escaped.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return f"{name}:" + "\\n".join("".join(filter(_is_text, line)) for line in lines)


def _is_text(character: str) -> bool:
    """Control characters and the line ends of Unicode would end a line in some reader."""
    return unicodedata.category(character) not in ("Cc", "Zl", "Zp", "Cs")


def person(name: str, called: str, address: str) -> str:
    """A property that is somebody with an address of mail (3.3.3); quotes can't stand in a quoted name."""
    shown = "".join(filter(_is_text, called)).replace('"', "'")
    return f'{name};CN="{shown}":mailto:{address}'


def moment(name: str, at: datetime, zone: ZoneInfo) -> str:
    """A property that is a time on the clocks of a zone.

    Where they show a time twice, it means the first (3.3.5): the second is said in UTC.
    """
    local = at.astimezone(zone)
    return utc(name, at) if local.fold else f"{name};TZID={zone.key}:{local:{_LOCAL}}"


def utc(name: str, at: datetime) -> str:
    """A property that is a time in UTC."""
    return f"{name}:{at.astimezone(UTC):{_LOCAL}}Z"


def day(name: str, on: date) -> str:
    """A property that is a day."""
    return f"{name};VALUE=DATE:{on:%Y%m%d}"


def component(name: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines, as those of a component."""
    yield f"BEGIN:{name}"
    yield from lines
    yield f"END:{name}"


def written(lines: Iterable[str]) -> bytes:
    """The file: long lines folded, none within a character."""
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line.encode()))


def _folded(line: bytes) -> Iterator[bytes]:
    space = b""
    while len(space) + len(line) > _OCTETS:
        end = _OCTETS - len(space)
        while line[end] & 0xC0 == 0x80:  # the middle of a character in UTF-8
            end -= 1
        yield space + line[:end]
        space, line = b" ", line[end:]
    yield space + line


@cache
def time_zone(zone: ZoneInfo, first: int, last: int) -> tuple[str, ...]:
    """A VTIMEZONE that is true for these years: what the clocks show at first, and each change."""
    began = datetime(first, 1, 1, tzinfo=UTC) - _DAY
    clock = _clock(began, zone)
    changes: defaultdict[tuple[ZoneClock, ZoneClock], list[datetime]] = defaultdict(list)
    changes[clock, clock].append(began + clock.offset)
    for before, after, at in _changes(zone, began, datetime(last + 1, 1, 1, tzinfo=UTC) + _DAY):
        changes[before, after].append(at + before.offset)
    lines = [f"TZID:{zone.key}"]
    for (before, after), onsets in changes.items():
        lines += component("DAYLIGHT" if after.summer else "STANDARD", _observance(before, after, onsets))
    return tuple(component("VTIMEZONE", lines))


def _observance(before: ZoneClock, after: ZoneClock, onsets: list[datetime]) -> Iterator[str]:
    """The onsets are told by the clock before the change (RFC 5545, 3.6.5)."""
    yield f"DTSTART:{onsets[0]:{_LOCAL}}"
    if onsets[1:]:
        yield "RDATE:" + ",".join(f"{onset:{_LOCAL}}" for onset in onsets[1:])
    yield f"TZOFFSETFROM:{_offset(before.offset)}"
    yield f"TZOFFSETTO:{_offset(after.offset)}"
    yield text("TZNAME", after.name)


def _changes(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[ZoneClock, ZoneClock, datetime]]:
    while start < end:
        if _clock(start, zone) != _clock(start + _DAY, zone):
            at = _first_second(zone, start)
            yield _clock(start, zone), _clock(start + _DAY, zone), at
        start += _DAY


def _first_second(zone: ZoneInfo, start: datetime) -> datetime:
    """The second at which the clocks of the next 24 hours begin."""
    old, new = start, start + _DAY
    while new - old > _SECOND:
        middle = old + (new - old) // 2
        middle = middle.replace(microsecond=0)
        old, new = (middle, new) if _clock(middle, zone) == _clock(start, zone) else (old, middle)
    return new


def _clock(at: datetime, zone: ZoneInfo) -> ZoneClock:
    local = at.astimezone(zone)
    return ZoneClock(local.utcoffset() or timedelta(0), local.tzname() or zone.key, bool(local.dst()))


def _offset(offset: timedelta) -> str:
    seconds = round(abs(offset).total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{hours:02}{minutes:02}" + (f"{rest:02}" if rest else "")
