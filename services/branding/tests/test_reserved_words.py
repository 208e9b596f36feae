"""No portal is called like a part of the portal, or like somebody whom people trust."""

import pytest
from branding.domain.portal import decide
from branding.domain.reserved_words import RESERVED_WORDS
from branding.errors import InvalidBranding
from servicehub_events import RESERVED_SLUGS, BrandingRevised, as_event

from .branding_examples import after, revise


@pytest.mark.parametrize(
    "word",
    [
        *sorted(RESERVED_SLUGS),
        *("admin", "login", "support", "api", "auth", "static", "www", "portal", "health", "internal"),
    ],
)
def test_a_reserved_word_is_refused_by_name(word: str) -> None:
    for state in (None, after(revise())):
        with pytest.raises(InvalidBranding) as refused:
            decide(revise(slug=word), state)
        assert refused.value.detail.startswith(f"slug: {word} is reserved")


def test_what_only_contains_a_reserved_word_is_taken() -> None:
    assert decide(revise(slug="admin-cleaning"), None)


def test_a_business_that_has_a_word_since_before_keeps_it_and_may_come_back_to_it() -> None:
    before = after(revise())
    assert before is not None
    has = as_event(BrandingRevised, before, slug="support")
    had = as_event(BrandingRevised, before, former_slugs=("support",))
    assert decide(revise(slug="support", name="Hikari"), has)
    assert decide(revise(slug="support"), had)


def test_a_slug_is_told_together_with_all_else_that_is_wrong() -> None:
    with pytest.raises(InvalidBranding, match=r"slug: admin.*; enabled: "):
        decide(revise(slug="admin", enabled=True), None)


def test_every_word_could_be_a_slug() -> None:
    longer = {word for word in RESERVED_WORDS if len(word) >= 3}
    assert [word for word in longer if revise(slug=word).slug != word] == []
