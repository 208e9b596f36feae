"""Quiet hours, 21:00 to 8:00: texts and reminders wait, unless they would be over by then. Pure."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from servicehub_events import Channel

from notifier.domain.kinds import RULES, MessageKind

_FROM, _TO = time(21), time(8)
_ONE_DAY: Final = timedelta(days=1)


def held_until(
    kind: MessageKind, channel: Channel, now: datetime, zone: ZoneInfo, last: datetime
) -> datetime | None:
    """When a message may leave that must not leave now; None where it may. `last` is its last moment."""
    rules = RULES[kind]
    disturbs = (channel == "sms" or rules.held_at_night) and not rules.passes_at_night
    morning = _morning(now, zone)
    return morning if disturbs and morning and morning < last else None


def _morning(now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours that it is in."""
    local = now.astimezone(zone)
    if _TO <= local.time() < _FROM:
        return None
    day = local.date() if local.time() < _TO else local.date() + _ONE_DAY
    return datetime.combine(day, _TO, zone).astimezone(now.tzinfo)
