"""An appointment's RRULE (RFC 5545) in words: "Every 2 weeks, Tuesday"; 隔週・日曜日."""

from datetime import date, timedelta
from typing import Final

from chassis.words.catalogue import N_

from portal_read.pages.language import Language

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_A_MONDAY: Final = date(2024, 1, 1)


def repeats(language: Language, rule: str) -> str:
    """What the rule says, as far as words can; an unusual rule is only said to repeat."""
    parts = dict(part.split("=", 1) for part in rule.removeprefix("RRULE:").split(";") if "=" in part)
    every = _every(language, parts.get("FREQ", ""), _interval(parts))
    days = _weekdays(language, parts.get("BYDAY", ""))
    if every is None:
        return language.words.gettext("Repeats")
    if days is None:
        return every
    return language.words.gettext("{every}, {days}", every=every, days=days)


def _interval(parts: dict[str, str]) -> int:
    interval = parts.get("INTERVAL", "1")
    return int(interval) if interval.isdecimal() else 1


def _every(language: Language, frequency: str, interval: int) -> str | None:
    say, n = language.words.gettext, str(interval)
    if frequency == "WEEKLY" and interval == 2 and language.format.japanese:
        return "隔週"
    messages = {
        "DAILY": (N_("Daily"), N_("Every {n} days")),
        "WEEKLY": (N_("Weekly"), N_("Every {n} weeks")),
        "MONTHLY": (N_("Monthly"), N_("Every {n} months")),
    }
    if frequency not in messages:
        return None
    once, often = messages[frequency]
    return say(once) if interval == 1 else say(often, n=n)


def _weekdays(language: Language, by_day: str) -> str | None:
    """None when there are none, or when one carries a position ("the first Monday")."""
    names = [name for name in by_day.split(",") if name]
    if not names or any(name not in _DAYS for name in names):
        return None
    return language.format.names(
        [language.format.weekday(_A_MONDAY + timedelta(days=_DAYS.index(name))) for name in names]
    )
