"""The days that a statement of account is about: by name, or from one day to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, cast, get_args
from urllib.parse import urlencode

PeriodName = Literal["this_month", "last_month", "this_year", "last_year"]
_DEFAULT: Final[PeriodName] = "this_month"
_EARLIEST: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class StatementPeriod:
    """From `first` to `last`, both included; `name` where it was asked for by name."""

    first: date
    last: date
    name: PeriodName | None = None


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """What an address asks for. `period` is None for days that make none; what was `typed` is kept."""

    period: StatementPeriod | None
    site: str
    typed: tuple[str, str]

    @property
    def query(self) -> str:
        """The same period and property as part of an address."""
        period = self.period
        if period is None:
            return urlencode({"from": self.typed[0], "to": self.typed[1], "site": self.site})
        days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        values = {"period": period.name} if period.name else days
        return urlencode({**values, **({"site": self.site} if self.site else {})})


def read_statement_query(params: Mapping[str, str], site: str, today: date) -> StatementQuery:
    """This month, unless something else is asked for. Nothing is known of days after today."""
    typed = (params.get("from", "")[:10], params.get("to", "")[:10])
    if any(typed):
        return StatementQuery(_between(*typed, today), site, typed)
    asked = params.get("period", "")
    name = cast("PeriodName", asked) if asked in get_args(PeriodName) else _DEFAULT
    return StatementQuery(named_period(name, today), site, typed)


def named_period(name: PeriodName, today: date) -> StatementPeriod:
    """The days of a period by its name; one that goes on ends today."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    match name:
        case "this_month":
            first, last = month, today
        case "last_month":
            last = month - timedelta(days=1)
            first = last.replace(day=1)
        case "this_year":
            first, last = year, today
        case "last_year":
            last = year - timedelta(days=1)
            first = last.replace(month=1, day=1)
    return StatementPeriod(first, last, name)


def _between(first: str, last: str, today: date) -> StatementPeriod | None:
    try:
        period = StatementPeriod(date.fromisoformat(first), min(date.fromisoformat(last), today))
    except ValueError:
        return None
    return period if _EARLIEST <= period.first <= period.last else None
