"""From one colour to a palette: seven slots for light and seven for dark, always readable.

Text keeps 4.5:1 and controls 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). Contrast is always measured on the rounded
hex, so what is tested is what is served.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from chassis.words.colours import INK, WHITE, contrast
from chassis.words.oklch import from_hex, to_hex

LIGHT_SURFACES = (WHITE, "#f4f5f6")
DARK_SURFACES = ("#121416", "#1d2023", "#25292d")

_STEP = 0.005
_TEXT = 4.5  # the least that WCAG 2.2 allows for text
_CONTROL = 3.0  # and for the outline of a control
_EDGE = 3.05  # what a shifted edge is walked to, and what an ink is
_INK = 5.0


class Slots(NamedTuple):
    """One mode's colours, each `#rrggbb`."""

    fill: str  # the filled button, the logo tile
    on: str  # text and icon on it
    hover: str  # it, under a pointer
    edge: str  # button border, focus ring, chosen option
    ink: str  # links and coloured icons
    tint: str  # the band behind header and hero, a surface itself
    rule: str  # decoration only


class Palette(NamedTuple):
    """What one picked colour becomes."""

    light: Slots
    dark: Slots


@lru_cache(1024)
def palette(primary: str, accent: str | None = None) -> Palette:
    """Derive the palette of a colour `#rrggbb`; it takes milliseconds, and each mail asks for it.

    A second colour is that of the band and of decoration; text and controls keep their contrast on it.
    """
    picked, second = primary.lower(), (accent or primary).lower()
    return Palette(_light(picked, second), _dark(picked, second))


def worst(colour: str, surfaces: Sequence[str]) -> float:
    """The lowest contrast of a colour with any of the surfaces."""
    return min(contrast(colour, surface) for surface in surfaces)


def _walk(
    lightness: float, chroma: float, hue: float, step: float, want: float, surfaces: Sequence[str]
) -> str:
    """Step the lightness until every surface has the wanted contrast; stop at black or white."""
    colour = to_hex(lightness, chroma, hue)
    while worst(colour, surfaces) < want and 0 < lightness < 1:
        lightness = min(1.0, max(0.0, lightness + step))
        colour = to_hex(lightness, chroma, hue)
    return colour


def _edge(fill: str, chroma: float, hue: float, step: float, surfaces: Sequence[str]) -> str:
    """The fill where it stands out. Else a shifted one: a yellow button gains a dark-gold outline."""
    if worst(fill, surfaces) >= _CONTROL:
        return fill
    return _walk(from_hex(fill).lightness, chroma, hue, step, _EDGE, surfaces)


def _light(picked: str, second: str) -> Slots:
    lightness, chroma, hue = from_hex(picked)
    _, second_chroma, second_hue = from_hex(second)
    tint = to_hex(0.97, min(0.15 * second_chroma, 0.015), second_hue)
    surfaces = (*LIGHT_SURFACES, tint)
    fill, on = _light_fill(picked)
    return Slots(
        fill=fill,
        on=on,
        hover=to_hex(_light_hover(from_hex(fill).lightness, on), chroma, hue),
        edge=_edge(fill, chroma, hue, -_STEP, surfaces),
        ink=_walk(min(lightness, 0.5), min(chroma, 0.19), hue, -_STEP, _INK, surfaces),
        tint=tint,
        rule=to_hex(0.88, min(0.35 * second_chroma, 0.04), second_hue),
    )


def _light_fill(picked: str) -> tuple[str, str]:
    """A small shift may make it carry white; a bright brand is never dirtied for that, it carries ink."""
    with_white = contrast(picked, WHITE)
    if with_white >= _TEXT:
        return picked, WHITE
    if with_white < _CONTROL:
        return picked, INK
    return _walk(*from_hex(picked), -_STEP, _TEXT, (WHITE,)), WHITE


def _light_hover(lightness: float, on: str) -> float:
    if on == INK:
        return min(0.97, lightness + 0.04)
    return lightness + 0.08 if lightness <= 0.3 else lightness - 0.05


def _dark(picked: str, second: str) -> Slots:
    lightness, chroma, hue = from_hex(picked)
    _, second_chroma, second_hue = from_hex(second)
    tint = to_hex(0.235, min(0.2 * second_chroma, 0.019), second_hue)
    surfaces = (*DARK_SURFACES, tint)
    softened = min(chroma, 0.19)
    fill = _dark_fill(picked)
    return Slots(
        fill=fill,
        on=INK,
        hover=to_hex(min(0.975, from_hex(fill).lightness + 0.05), softened, hue),
        edge=_edge(fill, softened, hue, _STEP, surfaces),
        ink=_walk(max(lightness, 0.8), min(chroma, 0.13), hue, _STEP, _INK, surfaces),
        tint=tint,
        rule=to_hex(0.36, min(0.4 * second_chroma, 0.045), second_hue),
    )


def _dark_fill(picked: str) -> str:
    """Black and grey brands are lifted to near white, since a middle grey would look disabled."""
    lightness, chroma, hue = from_hex(picked)
    lifted = max(lightness, 0.93 - 0.23 * min(1.0, chroma / 0.08))
    if lifted == lightness and contrast(picked, INK) >= _TEXT:
        return picked
    return _walk(lifted, min(chroma, 0.19), hue, _STEP, _TEXT, (INK,))
