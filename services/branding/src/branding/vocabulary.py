"""What a portal knows: languages, time zones, currencies, countries; and what to say about others."""

import difflib
import importlib.resources
import zoneinfo
from collections.abc import Collection
from functools import cache

from chassis.words.languages import LOCALES
from servicehub_events.money import EXPONENTS


@cache
def time_zones() -> frozenset[str]:
    """IANA time zones that name a place, and UTC."""
    return frozenset(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, from the list that the tz database carries."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    return frozenset(line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#"))


def locale(value: str) -> str:
    """A language of the portal. Raises ValueError, which lists them."""
    return _known(value, LOCALES, f"must be one of {', '.join(LOCALES)}")


def time_zone(value: str) -> str:
    """An IANA time zone. Raises ValueError, with the nearest names."""
    return _known(value, time_zones(), "must be an IANA time zone such as Asia/Tokyo or America/New_York")


def currency(value: str) -> str:
    """An ISO 4217 code. Raises ValueError."""
    return _known(value, EXPONENTS.keys(), "must be an ISO 4217 currency code such as JPY, USD or EUR")


def country(value: str) -> str:
    """An ISO 3166-1 alpha-2 code. Raises ValueError."""
    return _known(
        value, countries(), "must be an ISO 3166-1 country code of two letters such as JP, US or DE"
    )


def _known(value: str, allowed: Collection[str], otherwise: str) -> str:
    if value in allowed:
        return value
    near = difflib.get_close_matches(value, allowed, n=3, cutoff=0.75)
    raise ValueError(otherwise + (f"; did you mean {' or '.join(near)}?" if near else ""))
