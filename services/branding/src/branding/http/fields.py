"""The fields of a branding, each with its rule. A broken one raises ValueError, which says what is right."""

import difflib
import importlib.resources
import re
from collections.abc import Collection
from functools import cache
from typing import Annotated
from urllib.parse import urlsplit

from chassis.words.languages import LOCALES
from pydantic import AfterValidator, Field, JsonValue
from pydantic.fields import FieldInfo
from servicehub_events.catalogue.rules import time_zones
from servicehub_events.money import EXPONENTS

from branding.domain.own_domain import read_domain
from branding.http.visible_text import plain_line, plain_lines

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f<>\"]+@[^\s@\x00-\x1f<>\"]+\.[^\s@\x00-\x1f<>\"]+")
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}")
_ACCOUNT = re.compile(r"acct_[A-Za-z0-9_]{1,64}")
_NOT_IN_URLS = re.compile(r"[\s\"'<>\\\x00-\x1f\x7f]")
_LARGEST_TIP_PERCENTAGE = 50  # what is offered is pressed in passing; who wants to give more types it
_LARGEST_TIP = 1_000_000
_LONGEST_AHEAD = 24 * 30


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError("must be 3 to 63 of a-z, 0-9 and -, and neither begin nor end with -")
    return value


def _colour(value: str) -> str:
    if not _COLOUR.fullmatch(value):
        raise ValueError("must be a colour of the form #RRGGBB, such as #1E7B57")
    return value.lower()


def _https(value: str) -> str:
    if _NOT_IN_URLS.search(value):
        raise ValueError("must not hold spaces, quotes, angle brackets or backslashes")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a complete address such as https://example.com") from None
    if parts.scheme != "https" or not host:
        raise ValueError("must be a complete address that begins with https://")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    return value


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an email address such as help@example.com")
    return value


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise ValueError("must be an international number such as +81312345678, without spaces")
    return value


def _account(value: str) -> str:
    if not _ACCOUNT.fullmatch(value):
        raise ValueError("must be the id of a Stripe account, acct_…")
    return value


@cache
def _time_zones() -> frozenset[str]:
    """IANA time zones that name a place, and UTC."""
    return frozenset(name for name in time_zones() if "/" in name or name == "UTC")


@cache
def _countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, from the list that the tz database carries."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    return frozenset(line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#"))


def _locale(value: str) -> str:
    return _known(value, LOCALES, f"must be one of {', '.join(LOCALES)}")


def _time_zone(value: str) -> str:
    return _known(value, _time_zones(), "must be an IANA time zone such as Asia/Tokyo or America/New_York")


def _currency(value: str) -> str:
    return _known(value, EXPONENTS.keys(), "must be an ISO 4217 currency code such as JPY, USD or EUR")


def _country(value: str) -> str:
    return _known(
        value, _countries(), "must be an ISO 3166-1 country code of two letters such as JP, US or DE"
    )


def _known(value: str, allowed: Collection[str], otherwise: str) -> str:
    if value in allowed:
        return value
    near = difflib.get_close_matches(value, allowed, n=3, cutoff=0.75)
    raise ValueError(otherwise + (f"; did you mean {' or '.join(near)}?" if near else ""))


def _shown(example: str, pattern: re.Pattern[str] | None = None, **more: JsonValue) -> FieldInfo:
    """What the API's document says of a field that a function checks."""
    extra: dict[str, JsonValue] = {"examples": [example], **more}
    if pattern:
        extra["pattern"] = f"^{pattern.pattern}$"
    return Field(json_schema_extra=extra)


Slug = Annotated[str, AfterValidator(_slug), _shown("corner-cleaning", _SLUG)]
Name = Annotated[str, Field(max_length=100), AfterValidator(plain_line)]
Line = Annotated[str, Field(max_length=200), AfterValidator(plain_line)]
Lines = Annotated[str, Field(max_length=300), AfterValidator(plain_lines)]
Colour = Annotated[str, AfterValidator(_colour), _shown("#1E7B57", _COLOUR)]
Domain = Annotated[
    str,
    Field(max_length=253),
    AfterValidator(read_domain),
    _shown("portal.example.com", format="idn-hostname"),
]
Https = Annotated[
    str, Field(max_length=2000), AfterValidator(_https), _shown("https://example.com", format="uri")
]
Email = Annotated[
    str, Field(max_length=254), AfterValidator(_email), _shown("help@example.com", format="email")
]
Phone = Annotated[str, AfterValidator(_phone), _shown("+12125550100", _PHONE)]
StripeAccount = Annotated[str, AfterValidator(_account), _shown("acct_1Pgc7EJ2eZvKYlo2", _ACCOUNT)]
LocaleName = Annotated[str, AfterValidator(_locale), _shown("en", enum=list(LOCALES))]
TimeZone = Annotated[str, AfterValidator(_time_zone), _shown("America/New_York")]
Currency = Annotated[str, AfterValidator(_currency), _shown("USD", re.compile("[A-Z]{3}"))]
Country = Annotated[str, AfterValidator(_country), _shown("US", re.compile("[A-Z]{2}"))]
HoursAhead = Annotated[int, Field(ge=1, le=_LONGEST_AHEAD)]
TipPercentage = Annotated[int, Field(ge=1, le=_LARGEST_TIP_PERCENTAGE)]
TipAmount = Annotated[int, Field(ge=1, le=_LARGEST_TIP)]
