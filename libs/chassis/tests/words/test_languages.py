"""Which language somebody is addressed in: the first wish that can be met."""

import pytest
from chassis.words.languages import LOCALES, accepted_languages, offered_locale, spoken_locales


@pytest.mark.parametrize(
    ("wishes", "offered", "locale"),
    [
        (["ja", "en"], ("ja", "en"), "ja"),
        (["fr", "en-GB", "ja"], ("ja", "en"), "en"),
        (["JA-jp"], LOCALES, "ja"),
        ([None, "", "ja"], LOCALES, "ja"),
        (["en"], ("en-US", "en-GB"), "en-US"),
        (["en-gb"], ("en-US", "en-GB"), "en-GB"),
        (["en-AU"], ("ja", "en-US", "en-GB"), "en-US"),
        (["zh-Hant"], ("ja", "zh-Hant-TW"), "zh-Hant-TW"),
        (["fr"], ("ja", "en"), None),
        (["ja"], (), None),
        ([], LOCALES, None),
    ],
)
def test_the_first_wish_that_is_offered_wins_and_a_language_is_met_by_any_of_its_tags(
    wishes: list[str | None], offered: tuple[str, ...], locale: str | None
) -> None:
    assert offered_locale(wishes, offered) == locale


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", []),
        ("fr, en-GB;q=0.9, ja;q=0.5", ["fr", "en-GB", "ja"]),
        ("en;q=0.1, ja-JP;q=0.8", ["ja-JP", "en"]),
        ("en;q=0.5,ja;q=0.5", ["en", "ja"]),
        ("en ; q=0.1, ja; q=0.8", ["ja", "en"]),
        ("en;q=0, ja;q=nonsense, *;q=0.1", ["*"]),
        (",;q=1, ,ja", ["ja"]),
        ("en;q=nan,ja;q=-1", []),
    ],
)
def test_languages_are_accepted_by_weight_and_among_equals_in_order(header: str, tags: list[str]) -> None:
    assert accepted_languages(header) == tags


def test_a_header_without_end_is_read_to_its_thirty_second_language() -> None:
    header = "fr;q=0.3," * 31 + "ja;q=0.1,en;q=0.9," + "de," * 10_000
    assert accepted_languages(header) == ["fr"] * 31 + ["ja"]


def test_spoken_are_the_languages_that_pages_and_mails_are_complete_in() -> None:
    assert spoken_locales(("la", "JA-JP", "zh-Hant-TW", "en-GB")) == ["ja", "en"]
