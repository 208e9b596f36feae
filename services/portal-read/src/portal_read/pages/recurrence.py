"""An appointment's RRULE (RFC 5545) in words: "Every 2 weeks, Tuesday"; 隔週・日曜日."""

import re
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Final

from chassis.words.catalogue import N_

from portal_read.pages.language import Language

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_A_MONDAY: Final = date(2024, 1, 1)


_COUNTED: Final = frozenset({"FREQ", "INTERVAL", "WKST", "COUNT", "UNTIL"})
_ONCE_A_MONTH: Final = re.compile(r"-?[1-4](MO|TU|WE|TH|FR|SA|SU)")


def repeats(language: Language, rule: str) -> str:
    """What the rule says, where words can say it truly; of any other only that it repeats."""
    parts = dict(part.split("=", 1) for part in rule.strip().removeprefix("RRULE:").split(";") if "=" in part)
    words = _words_of(language, parts)
    return words or language.words.gettext("Repeats")


def _words_of(language: Language, parts: dict[str, str]) -> str | None:
    interval, days = parts.get("INTERVAL", "1"), _weekdays(language, parts.get("BYDAY", ""))
    chosen = parts.keys() - _COUNTED
    if not interval.isdecimal() or int(interval) < 1:
        return None
    every = _every(language, parts.get("FREQ", ""), int(interval))
    if parts.get("FREQ") == "WEEKLY" and chosen == {"BYDAY"}:
        return _on_days(language, every, days, int(interval))
    once = not chosen or (parts.get("FREQ") == "MONTHLY" and _is_once_a_month(parts, chosen))
    return every if once else None


def _on_days(language: Language, every: str | None, days: str | None, interval: int) -> str | None:
    if every is None or days is None:
        return None
    if interval == 1:
        return language.words.gettext("Every {days}", days=days)
    return language.words.gettext("{every}, {days}", every=every, days=days)


def _is_once_a_month(parts: dict[str, str], chosen: AbstractSet[str]) -> bool:
    """On one day that every month has: the 15th, the first Monday, the last of its working days."""
    if chosen == {"BYMONTHDAY"}:
        day = parts["BYMONTHDAY"]
        return day == "-1" or (day.isdecimal() and 1 <= int(day) <= 28)
    if chosen == {"BYDAY"}:
        return _ONCE_A_MONTH.fullmatch(parts["BYDAY"]) is not None
    plain = all(name in _DAYS for name in parts.get("BYDAY", "").split(","))
    return chosen == {"BYDAY", "BYSETPOS"} and plain and parts["BYSETPOS"].lstrip("-") in set("1234")


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
