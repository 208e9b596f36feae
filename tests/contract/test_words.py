"""Whatever sign-in and billing refuse a form with, the page that it leads to has words for."""

import auth_otp.http.routes
import billing.http.routes
import pytest
from chassis.web.answers import HOUSE
from portal_read.http.sign_in import WITH_ADDRESS
from portal_read.pages.flash_messages import MESSAGES

FROM_NO_PAGE = {"bad_signature"}
"""Of who posts a webhook."""
SHOWN = sorted(
    {refusal.code for refusal, answer in HOUSE.items() if answer.page}
    | {
        refusal.code
        for refusals in (auth_otp.http.routes.REFUSALS, billing.http.routes.REFUSALS)
        for refusal, answer in refusals.items()
        if answer.page != "" and refusal.code not in FROM_NO_PAGE
    }
)
"""Those that lead to a page; the front page says by itself that the portal is off."""


@pytest.mark.parametrize("code", SHOWN)
def test_every_refusal_that_a_page_shows_has_words(code: str) -> None:
    assert code in MESSAGES


def test_there_are_refusals_to_speak_of() -> None:
    assert {"code_wrong", "code_outgrown", "resend_too_soon", "pay_nothing_due", "pay_failed"} <= set(SHOWN)


def test_whoever_is_led_back_to_sign_in_finds_the_address_in_its_field() -> None:
    refusals = auth_otp.http.routes.REFUSALS
    led_back = {refusal.code for refusal, answer in refusals.items() if answer.page == "sign-in"}
    assert {"code_expired", "code_dead", "choice_expired"} <= led_back <= WITH_ADDRESS
