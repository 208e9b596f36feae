"""Logos as businesses send them: each kind of picture that is hard to show."""

import io
from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw

Size = tuple[int, int]

_CLEAR: Final = (0, 0, 0, 0)
_SQUARE: Final = (400, 400)
_WORD: Final = (600, 200)


def drawn(size: Size, colour: str, ground: str | None = None) -> bytes:
    """A row of rings, as thick as letters are, on a ground or on nothing, as a PNG."""
    image = Image.new("RGBA", size, ground or _CLEAR)
    draw, side = ImageDraw.Draw(image), min(size)
    for at in range(0, max(size) - side + 1, side):
        x, y = (at, 0) if size[0] > size[1] else (0, at)
        draw.ellipse((x, y, x + side - 1, y + side - 1), outline=colour, width=max(2, side // 5))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def photograph() -> bytes:
    """A picture without a ground of its own, as a JPEG."""
    file, image = io.BytesIO(), Image.radial_gradient("L").convert("RGB")  # 256 × 256
    image.paste("#c94f16", (0, 0, 128, 80))
    image.save(file, "JPEG")
    return file.getvalue()


LOGO_KINDS: Final[Mapping[str, bytes | None]] = {
    "none": None,
    "white": drawn(_WORD, "#ffffff"),
    "pale": drawn(_WORD, "#fff3b0"),
    "black": drawn(_WORD, "#000000"),
    "brand green": drawn(_SQUARE, "#1e7b57"),
    "middle grey": drawn(_WORD, "#8a8a8a"),
    "white on blue": drawn(_WORD, "#ffffff", "#0b1f4d"),
    "black on white": drawn(_WORD, "#000000", "#ffffff"),
    "all transparent": drawn(_WORD, "#00000000"),
    "one colour": drawn(_SQUARE, "#1e7b57", "#1e7b57"),
    "10:1": drawn((1200, 120), "#1e7b57"),
    "1:10": drawn((120, 1200), "#1e7b57"),
    "1:8": drawn((120, 960), "#1e7b57"),
    "tiny": drawn((24, 24), "#1e7b57"),
    "small": drawn((64, 32), "#1e7b57"),
    "photograph": photograph(),
}
"""By name; None is a business that sent no logo."""
