"""Quiet hours, 21:00 to 8:00: texts and reminders wait, unless they would be over by then. Pure."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from servicehub_events import Channel

from notifier.domain.kinds import RULES, MessageKind

QUIET_FROM: Final = time(21)
QUIET_TO: Final = time(8)
_ONE_DAY: Final = timedelta(days=1)


def is_quiet(clock: time) -> bool:
    """Whether a clock shows an hour at which nobody is disturbed."""
    return not QUIET_TO <= clock < QUIET_FROM


def held_until(
    kind: MessageKind, channel: Channel, now: datetime, zone: ZoneInfo, last: datetime
) -> datetime | None:
    """When a message may leave that must not leave now; None where it may. `last` is its last moment."""
    rules = RULES[kind]
    disturbs = (channel == "sms" or rules.held_at_night) and not rules.passes_at_night
    morning = morning_after(now, zone)
    return morning if disturbs and morning and morning < last else None


def morning_after(now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours that it is in; None outside of them."""
    local = now.astimezone(zone)
    if not is_quiet(local.time()):
        return None
    day = local.date() if local.time() < QUIET_TO else local.date() + _ONE_DAY
    return datetime.combine(day, QUIET_TO, zone).astimezone(now.tzinfo)
