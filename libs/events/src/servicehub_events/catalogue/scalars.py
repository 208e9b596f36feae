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
        pattern=_pattern(r"[^/\u0000-\u001f\u007f]{1,64}"),
        description="Opaque id, unique within a business: 1 to 64 characters, no `/`, no control characters.",
    ),
]
Time = Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset.")]
Day = Annotated[date, Meta(description="Calendar day, in the time zone of the business.")]

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
SignedAmount = Annotated[
    int, Meta(ge=-_SAFE, le=_SAFE, description=f"{_MINOR}, may be negative.", extra_json_schema=_MONEY)
]
Count = Annotated[int, Meta(ge=0, le=_SAFE)]
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
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, description="IANA time zone name.")]
Country = Annotated[str, Meta(pattern=_pattern("[A-Z]{2}"), description="ISO 3166-1 alpha-2 code.")]
Email = Annotated[
    str,
    Meta(max_length=320, pattern=_pattern(r"[^\s@\u0000-\u001f]+@[^\s@\u0000-\u001f]+")),
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

_URL_REST = r"""[^\s"'<>\\]"""  # no needless escape: in ECMAScript's unicode mode that is an error
Url = Annotated[str, Meta(max_length=2048, pattern=_pattern(rf"https?://{_URL_REST}+"))]
Href = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=_pattern(rf"(https?://{_URL_REST}+|/(?!/){_URL_REST}*)"),
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
