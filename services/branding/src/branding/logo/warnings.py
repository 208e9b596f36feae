"""What can be said of a logo that is shown, but not shown well."""

from typing import Final

import msgspec

SHARP_SIDE: Final = 200  # pixels; a page shows up to 224, on screens that have two or three for each
SHOWN: Final = (128, 34)
"""The header's room for a logo on a phone, in pixels: no logo is shown smaller anywhere."""
LEGIBLE: Final = 14
"""Pixels of the shorter side in that room below which words in a logo are hard to read."""
LEAST: Final = 4
"""Below this it is a line."""
ENOUGH_SEEN: Final = 2 / 3


class LogoWarning(msgspec.Struct, frozen=True):
    """What will look bad, for machines and for people."""

    code: str
    message: str


def shorter_side_shown(width: int, height: int) -> float:
    """How many pixels the shorter side has in the header of a phone."""
    scale = min(SHOWN[0] / width, SHOWN[1] / height)
    return min(width, height) * scale


def warnings(width: int, height: int, seen: float) -> tuple[LogoWarning, ...]:
    """What to say of a logo of this size, of which the share `seen` stands out from its ground."""
    said: list[LogoWarning] = []
    shown = shorter_side_shown(width, height)
    if shown < LEGIBLE:
        said.append(_narrow(width, height, shown))
    if max(width, height) < SHARP_SIDE:
        text = (
            f"It is {width} × {height} pixels without its margin, and looks blurred. Send it 512 pixels wide."
        )
        said.append(LogoWarning("logo_small", text))
    if seen < ENOUGH_SEEN:
        text = f"Only {seen:.0%} of it stands out from its ground. Send it in one dark or one light colour."
        said.append(LogoWarning("logo_faint", text))
    return tuple(said)


def _narrow(width: int, height: int, shown: float) -> LogoWarning:
    if width > height:
        text = (
            f"It is very wide: on a phone it is {shown:.0f} pixels high. A version on two lines can be read."
        )
        return LogoWarning("logo_wide", text)
    text = f"It is very tall: on a phone it is {shown:.0f} pixels wide. A version on one line can be read."
    return LogoWarning("logo_tall", text)
