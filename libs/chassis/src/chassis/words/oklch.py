"""sRGB and OKLCH, there and back, with Björn Ottosson's matrices (https://bottosson.github.io/posts/oklab/).

L runs from 0 to 1, C from 0 to about 0.32 within sRGB, H in radians.
"""

import math
from typing import NamedTuple

from chassis.words.colours import Rgb, linear

_GREY_BELOW = 0.004  # chroma that nobody sees, whose hue is noise
_TOLERANCE = 0.0001
_BISECTIONS = 20


class Oklch(NamedTuple):
    """A colour by lightness, chroma and hue."""

    lightness: float
    chroma: float
    hue: float


def from_hex(colour: str) -> Oklch:
    """The colour `#rrggbb`; a chroma below 0.004 counts as 0."""
    red, green, blue = linear(colour)
    l = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)  # noqa: E741  # Ottosson's l, m, s
    m = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    s = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    chroma = math.hypot(a, b)
    return Oklch(lightness, 0.0 if chroma < _GREY_BELOW else chroma, math.atan2(b, a))


def to_hex(lightness: float, chroma: float, hue: float) -> str:
    """The nearest `#rrggbb`: outside sRGB the chroma is reduced, lightness and hue stay."""
    rgb = _to_linear(lightness, chroma, hue)
    if not _in_gamut(rgb):
        low, high = 0.0, chroma
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if _in_gamut(_to_linear(lightness, middle, hue)) else (low, middle)
        rgb = _to_linear(lightness, low, hue)
    return "#" + "".join(f"{_encode(channel):02x}" for channel in rgb)


def _encode(channel: float) -> int:
    channel = min(1.0, max(0.0, channel))
    channel = 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
    return math.floor(channel * 255 + 0.5)


def _to_linear(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3  # noqa: E741  # Ottosson's l, m, s
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )


def _in_gamut(rgb: Rgb) -> bool:
    return all(-_TOLERANCE <= channel <= 1 + _TOLERANCE for channel in rgb)
