"""When a visit is reminded of, found by walking over the clock on the wall: slow, unlike what is proved."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
ZONES: Final = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
)
EDGES: Final = tuple(
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 8), (3, 29), (4, 5), (9, 27), (10, 25), (11, 1))
)
"""Days on which clocks go forward or back, in one of the zones or another."""


def naive(start: datetime, hours: int, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Moment and last moment, found by walking minute by minute over the clock on the wall."""
    here = start.astimezone(zone)
    wanted = (here.date() - timedelta(days=hours // 24), here.hour, here.minute)
    moment = start.astimezone(UTC)
    if hours >= 24:
        around = start.astimezone(UTC) - timedelta(hours=24 * (hours // 24) + 3)
        faces = [around + n * MINUTE for n in range(6 * 60 + 1)]
        same = [at for at in faces if _face(at, zone) == wanted]
        skipped = [at for at in faces if _face(at - HOUR, zone) < wanted < _face(at, zone)]
        moment = same[0] if same else next(at for at in skipped if _face(at, zone)[2] == wanted[2])
    moment -= timedelta(hours=hours % 24)
    ends = start.astimezone(UTC) - (180 * MINUTE if hours >= 12 else 30 * MINUTE)
    clock = moment.astimezone(zone).time()
    if hours >= 12 and clock < time(8):
        moment = _walk(moment, zone, MINUTE, time(8))
    elif hours >= 12 and clock >= time(21):
        moment = _walk(moment, zone, -MINUTE, time(20, 59))
    elif clock < time(8) or clock >= time(21):
        moment = _walk(moment, zone, -MINUTE, time(20))
    if moment >= ends:
        moment = _walk(_walk(moment, zone, -MINUTE, time(0)), zone, -MINUTE, time(20, 59))
    return (moment, ends) if hours else None


def _face(at: datetime, zone: ZoneInfo) -> tuple[date, int, int]:
    here = at.astimezone(zone)
    return here.date(), here.hour, here.minute


def _walk(moment: datetime, zone: ZoneInfo, step: timedelta, until: time) -> datetime:
    while moment.astimezone(zone).time().replace(second=0, microsecond=0) != until:
        moment += step
    return moment
