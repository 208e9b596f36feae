"""Every picture that is made of a logo: opaque, so that no page, paper or mail program takes its ground away.

Styles are overruled by mail programs at night and left out of print; pixels are not.
"""

import io
import math
from collections.abc import Callable
from typing import Final, Literal

from chassis.words.colours import WHITE
from PIL import Image, ImageOps

from branding.domain.portal import SquareIcon
from branding.domain.published_file import PublishedFile
from branding.logo.artwork import Artwork

PAGE_SIDE: Final = 512
MAIL_SIDE: Final = 480  # a mail shows at most 240, on screens with two pixels for each
SHARE_SIZE: Final = (1200, 630)  # what chats and networks show in full
ICON_SIDES: Final = (32, 180, 192, 512)
"""Of a tab, an iPhone's home screen, Android's, and the start of an installed app."""

_MARGIN = 0.12  # of a plate's height, on every side
_MASK = 0.79  # the circle that every mask leaves is 0.8 across (W3C manifest, maskable icons)
_ICON = 0.84
_SHARED = 0.6
_NEARLY_SQUARE = 1.5  # what fills its frame and is longer would lose its ends in an icon
_BLOW_UP = 2.0  # beyond twice its size a logo is a blur


def page_picture(art: Artwork) -> tuple[PublishedFile, tuple[int, int]]:
    """The picture of a page's header, and its width and height."""
    image = _plated(art, PAGE_SIDE)
    return PublishedFile("logo", "webp", _webp(image, lossless=not art.is_photo)), image.size


def mail_picture(art: Artwork) -> PublishedFile:
    """The same in a format that mail programs show."""
    return _plain("mail-logo", _plated(art, MAIL_SIDE), art)


def share_picture(art: Artwork) -> PublishedFile:
    """The picture of a shared link; its title says the business's name."""
    width, height = SHARE_SIZE
    inner = _fitted(art.image, (round(width * _SHARED), round(height * _SHARED)))
    return _plain("share", _centred(inner, SHARE_SIZE, art.plate or WHITE), art)


def icons(art: Artwork) -> tuple[SquareIcon, ...]:
    """The icons by size, and one that phones cut into their own shape."""
    return (*(_icon(art, side, "any") for side in ICON_SIDES), _icon(art, ICON_SIDES[-1], "maskable"))


def _plated(art: Artwork, side: int) -> Image.Image:
    """The logo on its plate, within a square of `side` pixels; never larger than it came."""
    if art.plate is None:
        image = art.image.copy()
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        return image
    margin = max(1, round(_scale(art.image.size, (side, side), 1.0) * art.image.height * _MARGIN))
    room = side - 2 * margin
    inner = _scaled(art.image, _scale(art.image.size, (room, room), 1.0))
    return _centred(inner, (inner.width + 2 * margin, inner.height + 2 * margin), art.plate)


def _icon(art: Artwork, side: int, purpose: Literal["any", "maskable"]) -> SquareIcon:
    if art.plate is None and max(art.image.size) <= _NEARLY_SQUARE * min(art.image.size):
        square = ImageOps.fit(art.image, (side, side), Image.Resampling.LANCZOS)
    else:
        width, height = art.image.size
        across = math.hypot(width, height) if purpose == "maskable" else max(width, height)
        room = side * (_MASK if purpose == "maskable" else _ICON)
        inner = _scaled(art.image, min(room / across, max(_BLOW_UP, side / PAGE_SIDE)))
        square = _centred(inner, (side, side), art.plate or WHITE)
    name = f"icon-{side}" if purpose == "any" else f"icon-{purpose}-{side}"
    return SquareIcon(PublishedFile(name, "png", _png(square)), side, purpose)


def _fitted(image: Image.Image, room: tuple[int, int]) -> Image.Image:
    return _scaled(image, _scale(image.size, room, _BLOW_UP))


def _scale(size: tuple[int, int], room: tuple[int, int], most: float) -> float:
    return min(room[0] / size[0], room[1] / size[1], most)


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)  # pyright: ignore[reportUnknownMemberType]


def _centred(inner: Image.Image, size: tuple[int, int], plate: str) -> Image.Image:
    """The picture in the middle of an opaque plate, without any metadata."""
    whole = Image.new("RGB", size, plate)
    corner = ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2)
    whole.paste(inner, corner, inner if inner.mode == "RGBA" else None)
    return whole


def _plain(name: str, image: Image.Image, art: Artwork) -> PublishedFile:
    """PNG, but for photographs, which would be ten times as large."""
    if art.is_photo:
        return PublishedFile(name, "jpg", _written(lambda file: image.save(file, "JPEG", quality=85)))
    return PublishedFile(name, "png", _png(image))


def _png(image: Image.Image) -> bytes:
    return _written(lambda file: image.save(file, "PNG", optimize=True))


def _webp(image: Image.Image, *, lossless: bool) -> bytes:
    """Drawings stay sharp without loss; photographs would be large that way."""
    return _written(lambda file: image.save(file, "WEBP", lossless=lossless, quality=85, method=4))


def _written(save: Callable[[io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()
