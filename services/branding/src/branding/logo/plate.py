"""The plate on which a logo is seen: where more of it reaches 3:1 (WCAG 2.2, 1.4.11), white or ink.

What is surrounded by parts that stand out is seen too: a white star within a green disc, on white.
"""

from functools import lru_cache
from typing import Final

from chassis.words.colours import INK, WHITE, contrast
from PIL import Image, ImageDraw, ImageOps

from branding.logo.warnings import ENOUGH_SEEN

GREY: Final = "#767676"
"""What both white and black stand out from: for a logo that loses too much on either."""

_STANDS_OUT = 3.1  # 3:1 also where 64 levels are not quite the colour
_PLAINLY = 0.9  # so much seen on white, and white it is
_LOOKED_AT = 256  # pixels
_SEEN, _LOST, _OPEN = 255, 0, 128


def plate_for(subject: Image.Image) -> str:
    """The colour of the plate for an RGBA picture."""
    white, ink = share_seen(subject, WHITE), share_seen(subject, INK)
    if max(white, ink) < ENOUGH_SEEN and share_seen(subject, GREY) >= ENOUGH_SEEN:
        return GREY
    return WHITE if white >= min(_PLAINLY, ink) else INK


def share_seen(subject: Image.Image, plate: str) -> float:
    """The share of an RGBA picture that is seen on the plate, each pixel by how opaque it is."""
    small = subject.copy()
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.NEAREST)
    standing = bytes(_SEEN if _stands_out(pixel, plate) else _LOST for pixel in _pixels(small))
    reached = ImageOps.expand(Image.frombytes("L", small.size, standing), 1, _LOST)
    ImageDraw.floodfill(reached, (0, 0), _OPEN)  # what is lost and not surrounded runs into the plate
    seen = ImageOps.crop(reached, 1).tobytes()
    opacity = small.getchannel("A").tobytes()
    total = sum(opacity)
    return (
        sum(alpha for alpha, level in zip(opacity, seen, strict=True) if level != _OPEN) / total
        if total
        else 0
    )


def _pixels(image: Image.Image) -> list[tuple[int, int, int, int]]:
    """The pixels in 64 levels a channel, which is as fine as contrast needs."""
    raw = bytes(level >> 2 for level in image.tobytes())
    return list(zip(raw[::4], raw[1::4], raw[2::4], raw[3::4], strict=True))


@lru_cache(16384)
def _stands_out(pixel: tuple[int, int, int, int], plate: str) -> bool:
    *channels, opacity = pixel
    below = [int(plate[at : at + 2], 16) for at in (1, 3, 5)]
    levels = (
        under + (level * 255 // 63 - under) * opacity // 63
        for level, under in zip(channels, below, strict=True)
    )
    return contrast("#" + "".join(f"{level:02x}" for level in levels), plate) >= _STANDS_OUT
