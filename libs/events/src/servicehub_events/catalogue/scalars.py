"""The scalar types of events, each with the constraint that JSON Schema and the decoder both apply."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta

# `$` accepts a trailing newline in Python but not in other languages; this anchor means the same in all.
_END = r"(?![\s\S])"


def _pattern(body: str) -> str:
    return f"^{body}{_END}"


Id = Annotated[
    str,
    Meta(
        pattern=_pattern(rf"(?!\.{{1,2}}{_END})[^/\u0000-\u001f\u007f]{{1,64}}"),
        description=(
            "Opaque id, unique within a business: 1 to 64 characters, no `/`, no control characters,"
            " not `.` or `..`, which browsers take for a folder."
        ),
    ),
]

FIRST_YEAR = 1900
LAST_YEAR = 2199
YEARS = f"the years {FIRST_YEAR} to {LAST_YEAR}"
"""What a date or time of an event lies in, checked by `bounds`: Python, PostgreSQL, iCalendar and JavaScript
convert all of it to any time zone, and what stands for "none" elsewhere (0001 of Go and .NET, 1899-12-30 of
OLE, 9999-12-31 of accounting systems) is a fault to be told of, not a day to be shown."""
_YEARS: dict[str, object] = {"pattern": "^(19|20|21)[0-9][0-9]-"}
_NO_ZERO = f"{YEARS}, so that a zero value or an open end is no date".replace("the years", "in the years")
Time = Annotated[
    datetime,
    Meta(tz=True, description=f"RFC 3339 with offset, {_NO_ZERO}.", extra_json_schema=_YEARS),
]
Day = Annotated[
    date,
    Meta(
        description=f"Calendar day, in the time zone of the business, {_NO_ZERO}.", extra_json_schema=_YEARS
    ),
]


def AtMost(items: int, why: str) -> Meta:  # noqa: N802 - reads like the annotation that it makes
    """The end of a list or map: generous for field service, so few that a page shows all, and in a record."""
    return Meta(max_length=items, description=f"At most {items:,}: {why}.")


ShortText = Annotated[str, Meta(max_length=200, description="At most 200 characters: a line of a page.")]
LongText = Annotated[
    str, Meta(max_length=4000, description="At most 4,000 characters: what is read on a page.")
]

_SAFE = 2**53 - 1  # the largest integer that every JSON reader keeps exact
_MINOR = "Money in the currency's minor unit"
_MONEY: dict[str, object] = {"x-money": {"unit": "minor", "currency": "/currency"}}
"""How JSON Schema says that a number is money, and where in the event its currency is (JSON pointer)."""
Amount = Annotated[
    int, Meta(ge=0, le=_SAFE, description=f"{_MINOR}, zero or more.", extra_json_schema=_MONEY)
]
Charge = Annotated[
    int, Meta(ge=1, le=_SAFE, description=f"{_MINOR}, more than zero.", extra_json_schema=_MONEY)
]
TakenAmount = Annotated[
    int,
    Meta(
        ge=0,
        le=_SAFE,
        description=f"{_MINOR}, zero or more.",
        extra_json_schema={"x-money": {"unit": "minor", "currency": "/taken/currency"}},
    ),
]
"""Money in another currency, maybe, than that of its event."""
MovedAmount = Annotated[
    int,
    Meta(
        ge=-_SAFE,
        le=_SAFE,
        description=f"{_MINOR}, may be negative.",
        extra_json_schema={"x-money": {"unit": "minor", "currency": "1/currency"}},
    ),
]
"""Money in the currency that stands beside it."""
SignedAmount = Annotated[
    int, Meta(ge=-_SAFE, le=_SAFE, description=f"{_MINOR}, may be negative.", extra_json_schema=_MONEY)
]
MAX_SEQUENCE = 9_000_000_000_000_000
"""The highest `ce_sequence`. Every JSON reader keeps it exact, microseconds since 1970 fit until 2255,
and what stands for "largest" elsewhere (2^53 − 1, 2^63 − 1) lies above it: nothing could follow that."""
Count = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_SEQUENCE,
        description=f"At most {MAX_SEQUENCE:,}, the highest `ce_sequence`: exact in every JSON reader.",
    ),
]
HoursAhead = Annotated[
    int, Meta(ge=0, le=8760, description="0 to 8,760 hours: nobody is reminded more than a year ahead.")
]
TipPercentage = Annotated[
    int, Meta(ge=1, le=100, description="1 to 100 percent: nobody gives more than the work costs.")
]
Pixels = Annotated[int, Meta(ge=1, le=16384)]
Currency = Annotated[str, Meta(pattern=_pattern("[A-Z]{3}"), description="ISO 4217 code.")]

Rate = Annotated[
    str,
    Meta(
        pattern=_pattern(r"[0-9]{1,3}(\.[0-9]{1,6})?"),
        description="Tax rate in percent as a decimal string: `10`, `8`, `8.875`.",
    ),
]
Quantity = Annotated[
    str,
    Meta(pattern=_pattern(r"-?[0-9]{1,12}(\.[0-9]{1,6})?"), description="Decimal string: `1`, `2.5`."),
]

Locale = Annotated[
    str,
    Meta(pattern=_pattern("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}"), description="BCP 47 language tag."),
]
TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="A name of IANA's list (tzdata): `Asia/Tokyo`, not `localtime` or `posix/Asia/Tokyo`.",
    ),
]
Country = Annotated[str, Meta(pattern=_pattern("[A-Z]{2}"), description="ISO 3166-1 alpha-2 code.")]
Email = Annotated[
    str,
    Meta(
        max_length=320,
        pattern=_pattern(r"[^\s@\u0000-\u001f]+@[^\s@\u0000-\u001f]+"),
        description="An email address of at most 320 characters (RFC 3696).",
    ),
]
Phone = Annotated[str, Meta(pattern=_pattern(r"\+[1-9][0-9]{1,14}"), description="E.164.")]
Colour = Annotated[str, Meta(pattern=_pattern("#[0-9a-fA-F]{6}"), description="sRGB, `#rrggbb`.")]
Slug = Annotated[
    str,
    Meta(
        pattern=_pattern("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
        description="Name of a portal in its address: 3 to 63 of a-z, 0-9 and `-`, no `-` at either end.",
    ),
]

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DomainName = Annotated[
    str,
    Meta(
        max_length=180,
        pattern=_pattern(rf"({_LABEL}\.)+{_LABEL}"),
        description="A DNS name as browsers ask for it: lower case, international ones in their ASCII form.",
    ),
]

# Without brackets: no business has its web site at a bare IPv6 address, and half of those cannot be parsed.
_HOST = r"""[^\s"'<>\\\[\]/?#]"""
_URL_REST = r"""[^\s"'<>\\]"""  # no needless escape: in ECMAScript's unicode mode that is an error
Url = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=_pattern(rf"https?://{_HOST}+([/?#]{_URL_REST}*)?"),
        description="An http(s) address of at most 2,048 characters, as every browser takes.",
    ),
]
Href = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=_pattern(rf"(https?://{_HOST}+([/?#]{_URL_REST}*)?|/(?!/){_URL_REST}*)"),
        description="An http(s) address, or a path on the portal's own origin.",
    ),
]
Word = Annotated[
    str,
    Meta(
        pattern=_pattern("[a-z][a-z0-9_.-]{0,63}"),
        description="A lower-case machine word; new ones may come.",
    ),
]
