"""How many texts leave in a day, and for whom some are kept back."""

import msgspec
import pytest
from auth_otp.domain.text_limits import CountedTexts, calling_code, reached_limit

from .test_settings import settings_of

LIMITS = settings_of(
    SMS_PER_DAY="100", SMS_PER_CALLING_CODE_PER_DAY="1000", SMS_OVERALL_PER_DAY="2000", SMS_RESERVE="0.25"
)


@pytest.mark.parametrize(
    ("counted", "strangers", "known"),
    [
        (CountedTexts(74, 0, 0), None, None),
        (CountedTexts(75, 0, 0), "business", None),
        (CountedTexts(100, 0, 0), "business", "business"),
        (CountedTexts(0, 749, 0), None, None),
        (CountedTexts(0, 750, 0), "calling_code", None),
        (CountedTexts(0, 1_000, 0), "calling_code", "calling_code"),
        (CountedTexts(0, 0, 1_500), "all", None),
        (CountedTexts(0, 0, 2_000), "all", "all"),
    ],
)
def test_strangers_stop_at_a_part_of_each_limit_and_known_browsers_at_the_whole(
    counted: CountedTexts, strangers: str | None, known: str | None
) -> None:
    assert reached_limit(LIMITS, counted, known_browser=False) == strangers
    assert reached_limit(LIMITS, counted, known_browser=True) == known


def test_the_smallest_limit_still_lets_one_text_out() -> None:
    assert (
        reached_limit(
            msgspec.structs.replace(LIMITS, sms_per_day=1), CountedTexts(0, 0, 0), known_browser=False
        )
        is None
    )


@pytest.mark.parametrize(("phone", "code"), [("+819012345678", "+81"), ("+12125550101", "+1")])
def test_a_number_names_its_calling_code(phone: str, code: str) -> None:
    assert calling_code(phone) == code
