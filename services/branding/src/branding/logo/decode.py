"""An upload becomes pixels: upright, in sRGB, 8 bits a channel, or a refusal that says what to send instead.

Everything that would cost much is judged by the header, before a pixel is decoded.
"""

import io
from typing import Final, NamedTuple

import structlog
from PIL import Image, ImageCms, ImageOps

from branding.errors import UnusableLogo

log = structlog.get_logger(__name__)

MAX_BYTES: Final = 2_000_000
MAX_PIXELS: Final = 16_000_000  # decoded, 64 MB
MAX_SCANS: Final = 100
"""Of a progressive JPEG, which has about ten. Each decodes every block again, in as few as 53 bytes."""

_WORKED_ON = (2048, 2048)  # pixels; several copies are made of it
_FORMATS = ("PNG", "JPEG", "WEBP", "MPO")  # an MPO is a JPEG of a phone, with a second picture behind it
_EIGHT_BIT = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
_SIXTEEN_BIT_GREY = "I;16"  # other pictures of 16 bits are read as 8
_OTHERS: Final = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF",
    b"%!PS": "a PostScript file",
    b"8BPS": "a Photoshop file",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"\0\0\1\0": "an icon file",
}
"""What is often sent instead, by how it begins."""


class Decoded(NamedTuple):
    """An RGB or RGBA picture, and whether it came as a photograph does."""

    image: Image.Image
    is_photo: bool


def decoded(upload: bytes) -> Decoded:
    """The picture. Raises `UnusableLogo`."""
    if _is_svg(upload):
        raise UnusableLogo("SVG is a program as much as a picture. Export the logo as PNG, 512 pixels wide.")
    try:
        with Image.open(io.BytesIO(upload), formats=_FORMATS) as source:
            is_photo = source.format in ("JPEG", "MPO")
            _check(source, upload, is_photo=is_photo)
            source.load()
            ImageOps.exif_transpose(source, in_place=True)
            return Decoded(_in_srgb(source), is_photo)
    except UnusableLogo:
        raise
    except Image.DecompressionBombError:
        raise UnusableLogo(_too_many_pixels()) from None
    except Exception as error:  # decoders meet hostile bytes here: whatever they raise, it is no picture
        log.info("branding.logo_unreadable", error=type(error).__name__)
        raise UnusableLogo(_unreadable(upload)) from error


def _is_svg(upload: bytes) -> bool:
    head = upload[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<") and (b"<svg" in upload[:65536].lower() or head.startswith(b"<?xml"))


def _check(source: Image.Image, upload: bytes, *, is_photo: bool) -> None:
    if source.width * source.height > MAX_PIXELS:
        raise UnusableLogo(_too_many_pixels())
    if not is_photo and getattr(source, "n_frames", 1) > 1:
        raise UnusableLogo("It is animated. Send a still picture.")
    if is_photo and upload.count(b"\xff\xda") > MAX_SCANS:
        raise UnusableLogo("It is a JPEG of too many passes. Save it as a baseline JPEG, or as PNG.")
    if source.mode not in {*_EIGHT_BIT, _SIXTEEN_BIT_GREY}:
        raise UnusableLogo("It has more than 8 bits a channel. Save it with 8 bits.")


def _too_many_pixels() -> str:
    return f"It has too many pixels: at most {MAX_PIXELS // 1_000_000} million. 512 pixels wide is enough."


def _unreadable(upload: bytes) -> str:
    kind = next((name for start, name in _OTHERS.items() if upload.startswith(start)), None)
    if kind is None and upload[4:8] == b"ftyp":
        kind = "a HEIC or AVIF picture"
    if kind is None:
        return "It is not a readable PNG, JPEG or WebP file."
    return f"It is {kind}. Export the logo as PNG, JPEG or WebP."


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture as browsers show it: colours of its profile are brought into sRGB."""
    profile = image.info.get("icc_profile")
    if image.mode == _SIXTEEN_BIT_GREY:
        image = _eight_bit_grey(image)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode in (mode, "CMYK"):
        image.thumbnail(_WORKED_ON)
    plain = image.convert(mode)
    plain.thumbnail(_WORKED_ON)
    if not profile:
        return plain
    source = image if image.mode == "CMYK" else plain.convert("RGB")
    try:
        shown = ImageCms.profileToProfile(source, io.BytesIO(profile), _srgb(), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile of another kind than the pixels, or none
        return plain
    if shown is None:
        return plain
    if mode == "RGBA":
        shown.putalpha(plain.getchannel("A"))
    return shown


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _eight_bit_grey(image: Image.Image) -> Image.Image:
    grey = image.point(lambda value: value / 256).convert("L")  # pyright: ignore[reportUnknownMemberType]
    if "transparency" in image.info:  # the grey that is transparent
        grey.info["transparency"] = image.info["transparency"] >> 8
    return grey
