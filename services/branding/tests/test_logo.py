"""Uploaded pictures: what comes out is small and clean, and hostile ones are refused with a reason."""

import io
import struct
import zlib

import pytest
from branding.errors import UnusableLogo
from branding.logo import prepare
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .branding_examples import picture

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(upload: bytes) -> str:
    with pytest.raises(UnusableLogo) as caught:
        prepare("b1", upload)
    return caught.value.detail


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def outlined(colour: tuple[int, int, int, int]) -> bytes:
    """A square of the colour in the middle of nothing."""
    file, image = io.BytesIO(), Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste(colour, (16, 16, 48, 48))
    image.save(file, "PNG")
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that would unpack to width × height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGB")]
)
def test_each_accepted_kind_becomes_webp_and_png_that_fit(kind: str, mode: str) -> None:
    command = prepare("b1", picture(kind, (1024, 256), mode))
    page, mail = opened(command.picture.body), opened(command.mail.body)
    assert (page.format, page.size) == ("WEBP", (512, 128))
    assert (command.width, command.height) == (512, 128)
    assert (mail.format, mail.size) == ("PNG", (320, 80))


def test_icons_for_home_screens_are_square_opaque_and_keep_the_logo_within_a_mask() -> None:
    icons = {(icon.purpose, icon.size): opened(icon.file.body) for icon in prepare("b1", picture()).icons}
    assert {key: image.size for key, image in icons.items()} == {
        ("any", 192): (192, 192),
        ("any", 512): (512, 512),
        ("maskable", 512): (512, 512),
    }
    masked = icons["maskable", 512]
    assert (masked.mode, masked.getpixel((256, 256)), masked.getpixel((256, 10))) == (
        "RGB",
        (0x1E, 0x7B, 0x57),
        (255, 255, 255),
    )
    assert masked.getpixel((40, 256)) == (255, 255, 255)


def test_a_small_logo_is_not_blown_up() -> None:
    assert opened(prepare("b1", picture(size=(64, 40))).picture.body).size == (64, 40)


def test_transparency_stays() -> None:
    mail = opened(prepare("b1", outlined((30, 123, 87, 255))).mail.body)
    assert mail.getpixel((1, 1)) == (0, 0, 0, 0)


def test_a_logo_drawn_for_a_dark_ground_gets_a_dark_icon() -> None:
    icon = opened(prepare("b1", outlined((255, 255, 255, 255))).icons[0].file.body)
    assert icon.getpixel((0, 0)) == (0x10, 0x13, 0x15)


def test_a_logo_of_nothing_is_refused() -> None:
    assert "transparent" in refusal(outlined((0, 0, 0, 0)))


def test_the_same_upload_gives_the_same_files() -> None:
    assert prepare("b1", picture()) == prepare("b1", picture())


def test_a_photograph_is_turned_upright_and_its_metadata_dropped() -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010F] = "CAMERA-MAKER-CANARY"
    Image.new("RGB", (300, 100), "#c94f16").save(file, "JPEG", exif=exif)
    command = prepare("b1", file.getvalue())
    assert opened(command.picture.body).size == (100, 300)
    assert b"CANARY" not in command.picture.body + command.mail.body


def test_text_and_trailing_bytes_of_the_upload_are_not_served() -> None:
    file, info = io.BytesIO(), PngInfo()
    info.add_text("comment", "<script>CANARY</script>")
    Image.new("RGB", (64, 64)).save(file, "PNG", pnginfo=info, icc_profile=b"CANARY")
    command = prepare("b1", file.getvalue() + SVG)
    assert opened(command.mail.body).info == {}
    assert b"CANARY" not in command.picture.body + command.mail.body
    assert b"<svg" not in command.picture.body + command.mail.body


@pytest.mark.parametrize(
    "upload", [SVG, b"\xef\xbb\xbf  <svg/>", b"<!-- hi --><SVG onload='alert(1)'/>", b"<?xml ?><x/>"]
)
def test_svg_is_refused_by_name(upload: bytes) -> None:
    assert "SVG" in refusal(upload)


@pytest.mark.parametrize(("width", "height"), [(4001, 4000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    assert "too many pixels" in refusal(png_that_claims(width, height))


def test_a_text_bomb_is_refused() -> None:
    small = picture(size=(64, 64))
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000)))
    assert refusal(small[:33] + bomb + small[33:])


@pytest.mark.parametrize(
    "upload", [b"", b"hello", picture()[:200], picture("JPEG", mode="RGB")[:300], picture("GIF", mode="P")]
)
def test_what_cannot_be_read_is_refused(upload: bytes) -> None:
    assert "PNG, JPEG or WebP" in refusal(upload)


def test_a_picture_too_small_to_be_a_logo_is_refused() -> None:
    assert "at least 32" in refusal(picture(size=(31, 31)))


def test_sixteen_bits_a_channel_are_refused_rather_than_shown_white() -> None:
    file = io.BytesIO()
    Image.new("I;16", (64, 64), 30_000).save(file, "PNG")
    assert "8 bits" in refusal(file.getvalue())
