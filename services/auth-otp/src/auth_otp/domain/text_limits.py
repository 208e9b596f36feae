"""How many texts may leave in a day: by business, by calling code, and in all, each with a part kept back.

Texts cost money, and whoever types numbers spends it. Strangers can spend all but the part that is kept for
browsers which proved their number before, so that those are not shut out with them.
"""

from typing import Final, Literal, Protocol

import msgspec
import phonenumbers

Reach = Literal["business", "calling_code", "all"]
_REACHES: Final[tuple[Reach, ...]] = ("business", "calling_code", "all")


class TextSettings(Protocol):
    """The settings that hold the limits: texts a day (UTC), and the share kept for known browsers."""

    @property
    def sms_per_day(self) -> int: ...
    @property
    def sms_per_calling_code_per_day(self) -> int: ...
    @property
    def sms_overall_per_day(self) -> int: ...
    @property
    def sms_reserve(self) -> float: ...


class CountedTexts(msgspec.Struct, frozen=True):
    """Texts of today: of the business, to the calling code by all businesses, and in all."""

    business: int
    calling_code: int
    all: int


def reached_limit(settings: TextSettings, counted: CountedTexts, *, known_browser: bool) -> Reach | None:
    """The first limit at which no text is left for this browser; None while there is one at each."""
    limits = (settings.sms_per_day, settings.sms_per_calling_code_per_day, settings.sms_overall_per_day)
    share = 1.0 if known_browser else 1.0 - settings.sms_reserve
    for reach, limit in zip(_REACHES, limits, strict=True):
        if getattr(counted, reach) >= max(1, int(limit * share)):
            return reach
    return None


def calling_code(phone: str) -> str:
    """`+81` of an E.164 number."""
    return f"+{phonenumbers.parse(phone).country_code}"
