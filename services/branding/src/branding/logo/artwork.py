"""A picture is looked at before it is put on a ground: what of it is the logo, and on what it is seen.

A picture with transparency gets a plate. An opaque one lies on its own ground, and one without a single
ground, such as a photograph, fills its frame.
"""

from typing import Final, NamedTuple

from PIL import Image, ImageChops, ImageStat

from branding.errors import UnusableLogo
from branding.logo.decode import Decoded
from branding.logo.plate import plate_for, share_seen
from branding.logo.warnings import LEAST, shorter_side_shown

MIN_SIDE: Final = 32  # of the longer side, without margins
MIN_SHORTER_SIDE: Final = 8
_ALIKE = 16  # of 255: what JPEG does to one colour


class Artwork(NamedTuple):
    """The logo without its margins, its ground (None: it fills its frame), and how much of it is seen."""

    image: Image.Image
    plate: str | None
    seen: float
    is_photo: bool


def look_at(picture: Decoded) -> Artwork:
    """Find the logo in the picture. Raises `UnusableLogo` for one that cannot be seen anywhere."""
    image, ground = picture.image, None
    if image.mode == "RGBA" and _least(image.getchannel("A")) < 255 - _ALIKE:
        mask = image.getchannel("A")
    else:
        image = image.convert("RGB")
        ground = _ground(image)
        mask = _differing(image, ground) if ground else Image.new("L", image.size, 255)
    box = _beyond(mask).getbbox()
    if box is None:
        raise UnusableLogo(_nothing(ground))
    image, mask = image.crop(box), mask.crop(box)
    _check_shape(image, mask)
    if image.mode == "RGB" and ground is None:
        return Artwork(image, None, 1.0, picture.is_photo)
    subject = image.convert("RGBA")
    subject.putalpha(mask)
    plate = ground or plate_for(subject)
    return Artwork(image, plate, share_seen(subject, plate), picture.is_photo)


def _nothing(ground: str | None) -> str:
    if ground is None:
        return "The image is fully transparent."
    return "The image is one flat colour. Send the logo itself, with a transparent background if you can."


def _check_shape(image: Image.Image, mask: Image.Image) -> None:
    width, height = image.size
    if _least(mask) > 255 - _ALIKE and _is_flat(image.convert("RGB")):
        raise UnusableLogo(_nothing("flat"))
    if max(width, height) < MIN_SIDE or min(width, height) < MIN_SHORTER_SIDE:
        least = f"{MIN_SIDE} by {MIN_SHORTER_SIDE} pixels"
        raise UnusableLogo(f"It is too small: without its margins it needs at least {least}.")
    if shorter_side_shown(width, height) < LEAST:
        raise UnusableLogo(
            "It is so narrow that a page would show a line. Send a version nearer to a square."
        )


def _is_flat(image: Image.Image) -> bool:
    return all(high - low <= _ALIKE for low, high in ImageStat.Stat(image).extrema)


def _ground(image: Image.Image) -> str | None:
    """The one colour of the picture's rim, if it has one."""
    width, height = image.size
    sides = (
        (0, 0, width, 1),
        (0, height - 1, width, height),
        (0, 0, 1, height),
        (width - 1, 0, width, height),
    )
    rim = Image.new("RGB", (2 * (width + height), 1))
    at = 0
    for side in sides:
        strip = image.crop(side)
        rim.paste(strip if strip.height == 1 else strip.transpose(Image.Transpose.ROTATE_90), (at, 0))
        at += max(strip.size)
    if not _is_flat(rim):
        return None
    return "#" + "".join(f"{(low + high) // 2:02x}" for low, high in ImageStat.Stat(rim).extrema)


def _differing(image: Image.Image, ground: str) -> Image.Image:
    """White where the picture is not its ground."""
    channels = ImageChops.difference(image, Image.new("RGB", image.size, ground)).split()
    most = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    return _beyond(most)


def _beyond(levels: Image.Image) -> Image.Image:
    """White where a level is more than a trace."""
    table = [0] * (_ALIKE + 1) + [255] * (255 - _ALIKE)
    return levels.point(table)  # pyright: ignore[reportUnknownMemberType]


def _least(levels: Image.Image) -> int:
    return ImageStat.Stat(levels).extrema[0][0]
