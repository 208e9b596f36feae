"""Contrast, as WCAG 2.2 measures it."""

import pytest
from chassis.words.colours import contrast


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
