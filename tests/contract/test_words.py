"""Whatever sign-in refuses with, the page has words for."""

from collections.abc import Iterator

import pytest
from auth_otp.errors import Refused
from portal_read.pages.flash_messages import MESSAGES


def refusals(kind: type[Refused] = Refused) -> Iterator[type[Refused]]:
    for found in kind.__subclasses__():
        yield found
        yield from refusals(found)


SHOWN = sorted({kind.code for kind in refusals() if kind.page})


@pytest.mark.parametrize("code", SHOWN)
def test_every_refusal_that_a_page_shows_has_words(code: str) -> None:
    assert code in MESSAGES


def test_there_are_refusals_to_speak_of() -> None:
    assert {"code_wrong", "code_dead", "too_many_tries", "resend_too_soon"} <= set(SHOWN)
