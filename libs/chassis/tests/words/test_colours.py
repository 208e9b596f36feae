"""What can be read on a colour, as WCAG 2.2 measures it."""

import pytest
from chassis.words.colours import INK, WHITE, contrast, text_on


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#FFFFFF", "#000000", 21),
        ("#777777", "#777777", 1),
        ("#767676", "#ffffff", 4.54),
        ("#1e7b57", "#ffffff", 5.22),
        ("#ffd400", "#101315", 13.03),
    ],
)
def test_contrast_is_the_ratio_of_the_standard_whichever_comes_first(
    one: str, other: str, ratio: float
) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize(
    ("colour", "text"), [("#0b7285", WHITE), ("#000000", WHITE), ("#f2c94c", INK), ("#FFFFFF", INK)]
)
def test_text_on_a_dark_colour_is_white_and_on_a_light_one_ink(colour: str, text: str) -> None:
    assert text_on(colour) == text


def test_text_on_a_colour_is_what_contrasts_more() -> None:
    for level in range(0x100):
        grey = f"#{level:02x}{level:02x}{level:02x}"
        green = f"#00{level:02x}00"
        for colour in (grey, green, f"#ff{level:02x}{level:02x}", f"#{level:02x}00ff"):
            assert contrast(text_on(colour), colour) >= max(contrast(WHITE, colour), contrast(INK, colour))
