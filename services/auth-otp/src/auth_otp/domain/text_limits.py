"""How many texts may leave in a day: by business, by calling code, and in all, each with a part kept back.

Texts cost money, and whoever types numbers spends it. Strangers can spend all but the part that is kept for
browsers which proved their number before, so that those are not shut out with them.
"""

from typing import Literal

import msgspec
import phonenumbers

from auth_otp.settings import Settings

Reach = Literal["business", "calling_code", "all"]


class CountedTexts(msgspec.Struct, frozen=True):
    """Texts of today: of the business, to the calling code by all businesses, and in all."""

    business: int
    calling_code: int
    all: int


def reached_limit(settings: Settings, counted: CountedTexts, *, known_browser: bool) -> Reach | None:
    """The first limit at which no text is left for this browser; None while there is one at each."""
    limits: tuple[tuple[Reach, int, int], ...] = (
        ("business", counted.business, settings.sms_per_day),
        ("calling_code", counted.calling_code, settings.sms_per_calling_code_per_day),
        ("all", counted.all, settings.sms_overall_per_day),
    )
    share = 1.0 if known_browser else 1.0 - settings.sms_reserve
    for reach, count, limit in limits:
        if count >= max(1, int(limit * share)):
            return reach
    return None


def calling_code(phone: str) -> str:
    """`+81` of an E.164 number."""
    return f"+{phonenumbers.parse(phone).country_code}"
