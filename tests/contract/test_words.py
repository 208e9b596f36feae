"""Whatever sign-in refuses with, the page has words for."""

import pytest
from auth_otp.http.routes import REFUSALS
from portal_read.pages.flash_messages import MESSAGES

SHOWN = sorted({refusal.code for refusal, answer in REFUSALS.items() if answer.page != ""})
"""Those that lead to a page of sign-in; the front page says by itself that the portal is off."""


@pytest.mark.parametrize("code", SHOWN)
def test_every_refusal_that_a_page_shows_has_words(code: str) -> None:
    assert code in MESSAGES


def test_there_are_refusals_to_speak_of() -> None:
    assert {"code_wrong", "code_dead", "too_many_tries", "resend_too_soon"} <= set(SHOWN)
