"""The palette: exactly the published vectors, and readable for every colour there is."""

import itertools

import pytest
from chassis.words.colours import contrast
from chassis.words.palette import DARK_SURFACES, LIGHT_SURFACES, Palette, palette, worst
from hypothesis import example, given
from hypothesis import strategies as st

VECTORS = """
1e7b57 light 1e7b57 ffffff 006c49 1e7b57 147551 edf8f2 c3dfd0 5.22 6.48 4.78 5.21
1e7b57 dark  5db28b 101315 6cc29a 5db28b 7dd3aa 16211b 284437 7.29 8.72 5.72 8.21
c94f16 light c94f16 ffffff b64100 c94f16 a73b00 fff2ed f0cfc4 4.55 5.61 4.16 5.87
c94f16 dark  f27442 101315 ff8859 f27442 ffa380 261b17 52352b 6.53 7.92 5.13 7.53
ffd400 light ffd400 101315 ffe484 a78a00 776100 f8f5ea e0d8ba 13.03 14.82 3.06 5.51
ffd400 dark  ffd400 101315 ffe895 ffd400 f4d66c 211e14 453d21 13.03 15.30 10.23 10.24
111111 light 111111 ffffff 232323 111111 111111 f5f5f5 d7d7d7 18.88 15.72 17.30 17.30
111111 dark  e8e8e8 101315 f7f7f7 e8e8e8 bebebe 1e1e1e 3d3d3d 15.22 17.41 11.95 7.88
e6007e light e6007e ffffff cd0070 e6007e b01861 fef1f5 efcdd7 4.50 5.48 4.10 6.07
e6007e dark  f7629d 101315 ff7dad f7629d ff9abc 261a1e 51333d 6.38 7.81 5.01 7.39
0b1f4d light 0b1f4d ffffff 1e3464 0b1f4d 0b1f4d f0f5fe cdd8ed 15.94 12.14 14.57 14.57
0b1f4d dark  829ed6 101315 91aee7 829ed6 a0bef8 1a1e27 333d50 6.94 8.36 5.45 7.82
7fdbff light 7fdbff 101315 a5e5ff 3696b8 006e8c ebf8fd c0dde9 11.97 13.54 3.10 5.33
7fdbff dark  7fdbff 101315 aee7ff 7fdbff 7fdbff 142025 24424d 11.97 13.92 9.40 9.40
e8590c light cd4b00 ffffff b64200 cd4b00 a63c00 fff2ed f0d0c3 4.56 5.57 4.17 5.87
e8590c dark  fb6c2c 101315 ff8858 fb6c2c ffa380 261b17 52352a 6.47 7.92 5.08 7.53
ffffff light ffffff 101315 f5f5f5 8c8c8c 636363 f5f5f5 d7d7d7 18.65 17.11 3.08 5.50
ffffff dark  ffffff 101315 f7f7f7 ffffff ffffff 1e1e1e 3d3d3d 18.65 17.41 14.65 14.65
"""
"""picked, mode, the seven slots; then the contrast of on/fill, on/hover, and the worst of edge and ink."""

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
SURFACES = {"light": LIGHT_SURFACES, "dark": DARK_SURFACES}


@pytest.mark.parametrize("vector", VECTORS.strip().splitlines())
def test_the_published_vectors_hold(vector: str) -> None:
    picked, mode, *rest = vector.split()
    slots = getattr(palette(f"#{picked}"), mode)
    assert list(slots) == [f"#{colour}" for colour in rest[:7]]
    surfaces = (*SURFACES[mode], slots.tint)
    measured = (
        contrast(slots.on, slots.fill),
        contrast(slots.on, slots.hover),
        worst(slots.edge, surfaces),
        worst(slots.ink, surfaces),
    )
    assert measured == pytest.approx([float(text) for text in rest[7:]], abs=0.0051)


@example("#ffffff")
@example("#000000")
@given(COLOURS)
def test_whatever_colour_is_picked_text_and_controls_keep_their_contrast(picked: str) -> None:
    assert _weakest_margin(palette(picked)) >= 1


@example("#ffffff", "#000000")
@example("#11ee55", "#ff00ff")
@given(COLOURS, COLOURS)
def test_whatever_second_colour_is_picked_text_and_controls_keep_their_contrast(
    picked: str, accent: str
) -> None:
    assert _weakest_margin(palette(picked, accent)) >= 1


def test_the_second_colour_is_that_of_the_band_and_of_decoration_alone() -> None:
    both, one, other = palette("#1e7b57", "#e8590c"), palette("#1e7b57"), palette("#e8590c")
    for mode in ("light", "dark"):
        slots, own, second = (getattr(made, mode) for made in (both, one, other))
        assert (slots.tint, slots.rule) == (second.tint, second.rule)
        assert (slots.fill, slots.on, slots.hover) == (own.fill, own.on, own.hover)


def test_every_colour_of_a_coarse_cube_can_be_read() -> None:
    failures = [colour for colour in _cube(step=51) if _weakest_margin(palette(colour)) < 1]
    assert failures == []


def test_a_chroma_that_nobody_sees_tints_nothing() -> None:
    assert palette("#808081").dark.ink == "#bebebe"


def test_capital_letters_make_no_difference() -> None:
    assert palette("#1E7B57") == palette("#1e7b57")


def _cube(*, step: int) -> list[str]:
    channels = range(0, 256, step)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(channels, repeat=3)]


def _weakest_margin(both: Palette) -> float:
    """Measured contrast over required contrast, the lowest of all rules in both modes."""
    margins: list[float] = []
    for slots, plain in ((both.light, LIGHT_SURFACES), (both.dark, DARK_SURFACES)):
        surfaces = (*plain, slots.tint)
        margins += [
            contrast(slots.on, slots.fill) / 4.5,
            contrast(slots.on, slots.hover) / 4.5,
            worst(slots.edge, surfaces) / 3,
            worst(slots.ink, surfaces) / 4.5,
        ]
    return min(margins)
