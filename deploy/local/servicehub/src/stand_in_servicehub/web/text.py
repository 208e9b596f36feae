"""Amounts and times as people read them."""

from datetime import datetime

from servicehub_events import Appointment
from servicehub_events.money import exponent, to_decimal

from stand_in_servicehub.profile import Profile

SYMBOLS = {"USD": "$", "JPY": "¥"}


def money(amount: int, currency: str) -> str:
    """`$12.50`, `¥5,000`, `EUR 3.00`."""
    symbol, sign = SYMBOLS.get(currency, f"{currency} "), "−" if amount < 0 else ""
    return f"{sign}{symbol}{abs(to_decimal(amount, currency)):,.{exponent(currency)}f}"


def day_and_time(at: datetime, profile: Profile) -> str:
    """`Fri 20 Nov 10:30`, at the business."""
    local = at.astimezone(profile.zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def field_time(at: datetime, profile: Profile) -> str:
    """The value of a `datetime-local` field."""
    return at.astimezone(profile.zone).strftime("%Y-%m-%dT%H:%M")


def coming(visit: Appointment, now: datetime, profile: Profile) -> tuple[str, str]:
    """`tomorrow` and `8:30 AM – 12 PM`, or in Japanese `明日` and `8:30〜12:00`, at the business."""
    start, end, here = (at.astimezone(profile.zone) for at in (visit.window.start, visit.window.end, now))
    days = (start.date() - here.date()).days
    if profile.portal.default_locale == "ja":
        weekday = "月火水木金土日"[start.weekday()]
        day = {0: "本日", 1: "明日"}.get(days, f"{start.month}月{start.day}日({weekday})")
        return day, f"{start.hour}:{start:%M}〜{end.hour}:{end:%M}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"{start:%A}, {start:%b} {start.day}")
    return day, f"{_clock(start)} – {_clock(end)}"


def _clock(at: datetime) -> str:
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'AM' if at.hour < 12 else 'PM'}"
