"""A logo as it was uploaded becomes small clean files: WebP for pages, PNG for mail clients and home screens.

Nothing of the upload is served: pixels are decoded, scaled and written anew, so that no metadata, trailing
bytes or script travel along. Blocking and heavy: run it in a thread.
"""

import io
from collections.abc import Callable
from typing import Literal

import structlog
from chassis.words.colours import INK, WHITE
from PIL import Image, ImageOps, ImageStat

from branding.domain.portal import SetLogo, SquareIcon
from branding.domain.published_file import PublishedFile
from branding.errors import UnusableLogo

log = structlog.get_logger(__name__)

MAX_BYTES = 2_000_000
MAX_PIXELS = 16_000_000  # decoded, 64 MB
MIN_SIDE = 32  # of the longer side
PAGE_SIDE = 512
MAIL_SIDE = 320
ICON_SIDES = (192, 512)  # what a web app needs to be installed

_LIGHT_ABOVE = 200  # mean of the visible pixels, 0 to 255
_FORMATS = ("PNG", "JPEG", "WEBP")
_EIGHT_BIT = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}


def prepare(business_id: str, upload: bytes) -> SetLogo:
    """Decode and write anew. Raises `UnusableLogo`, which says what to send instead."""
    if _is_svg(upload):
        raise UnusableLogo("SVG is a program as much as a picture. Export the logo as PNG, 512 pixels wide.")
    image, is_photo = _decoded(upload)
    if image.mode == "RGBA" and image.getchannel("A").getbbox() is None:
        raise UnusableLogo("The image is fully transparent.")
    page = _scaled(image, PAGE_SIDE)
    mail = _scaled(image, MAIL_SIDE)
    return SetLogo(
        business_id=business_id,
        picture=PublishedFile("logo", "webp", _webp(page, lossless=not is_photo)),
        width=page.width,
        height=page.height,
        mail=PublishedFile("mail-logo", "png", _png(mail)),
        icons=(
            *(_icon(page, side, "any", share=0.9) for side in ICON_SIDES),
            _icon(page, ICON_SIDES[-1], "maskable", share=0.56),  # inside the circle that every mask leaves
        ),
    )


def _is_svg(upload: bytes) -> bool:
    head = upload[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<") and (b"<svg" in upload[:65536].lower() or head.startswith(b"<?xml"))


def _decoded(upload: bytes) -> tuple[Image.Image, bool]:
    """The upright picture as RGB or RGBA, and whether it was a JPEG."""
    try:
        with Image.open(io.BytesIO(upload), formats=_FORMATS) as source:
            _check(source)
            source.load()
            upright = ImageOps.exif_transpose(source)
            mode = "RGBA" if upright.has_transparency_data else "RGB"
            return upright.convert(mode), source.format == "JPEG"
    except UnusableLogo:
        raise
    except Image.DecompressionBombError:
        raise UnusableLogo(_too_many_pixels()) from None
    except Exception as error:  # decoders meet hostile bytes here: whatever they raise, it is no picture
        log.info("branding.logo_unreadable", error=type(error).__name__)
        raise UnusableLogo("It is not a readable PNG, JPEG or WebP file.") from error


def _check(source: Image.Image) -> None:
    """Judge by the header, before a pixel is decoded."""
    if source.width * source.height > MAX_PIXELS:
        raise UnusableLogo(_too_many_pixels())
    if max(source.size) < MIN_SIDE:
        raise UnusableLogo(f"It is too small: the longer side needs at least {MIN_SIDE} pixels.")
    if source.mode not in _EIGHT_BIT:
        raise UnusableLogo("It has more than 8 bits a channel. Save it with 8 bits.")


def _too_many_pixels() -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"It has too many pixels: at most {limit} million. {PAGE_SIDE} pixels wide is enough."


def _scaled(image: Image.Image, side: int) -> Image.Image:
    """A copy that fits a square of `side` pixels, without any metadata."""
    scaled = image.copy()
    scaled.thumbnail((side, side), Image.Resampling.LANCZOS)
    scaled.info = {}
    return scaled


def _icon(image: Image.Image, side: int, purpose: Literal["any", "maskable"], *, share: float) -> SquareIcon:
    """The logo on `share` of an opaque square: phones show transparency as black."""
    reach = round(side * share)
    inner = ImageOps.contain(image, (reach, reach), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (side, side), INK if _is_light(image) else WHITE)
    corner = ((side - inner.width) // 2, (side - inner.height) // 2)
    square.paste(inner, corner, inner if inner.mode == "RGBA" else None)
    name = f"icon-{side}" if purpose == "any" else f"icon-{purpose}-{side}"
    return SquareIcon(PublishedFile(name, "png", _png(square)), side, purpose)


def _is_light(image: Image.Image) -> bool:
    """Whether the logo was drawn for a dark ground and would vanish on white."""
    if image.mode != "RGBA":
        return False
    return ImageStat.Stat(image.convert("L"), mask=image.getchannel("A")).mean[0] > _LIGHT_ABOVE


def _png(image: Image.Image) -> bytes:
    return _written(lambda file: image.save(file, "PNG", optimize=True))


def _webp(image: Image.Image, *, lossless: bool) -> bytes:
    """Drawings stay sharp without loss; photographs would be large that way."""
    return _written(lambda file: image.save(file, "WEBP", lossless=lossless, quality=85, method=4))


def _written(save: Callable[[io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()
