"""Uploads: pictures of every kind come out small and clean, and hostile ones are refused with a reason."""

import io
import struct
import zlib

import pytest
from branding.errors import UnusableLogo
from branding.logo import prepare
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from .branding_examples import picture

INK_RGB = (0x10, 0x13, 0x15)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(upload: bytes) -> str:
    with pytest.raises(UnusableLogo) as caught:
        prepare("b1", upload)
    return caught.value.detail


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


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
    command = prepare("b1", picture(kind, (1024, 256), mode)).command
    page, mail = opened(command.picture.body), opened(command.mail.body)
    assert (page.format, page.size) == ("WEBP", (512, 128))
    assert (command.width, command.height) == (512, 128)
    assert (mail.format, mail.size) == ("JPEG" if kind == "JPEG" else "PNG", (480, 120))


def test_a_small_logo_is_not_blown_up() -> None:
    assert opened(prepare("b1", picture(size=(64, 40))).command.picture.body).size == (64, 40)


def test_the_same_upload_gives_the_same_files() -> None:
    assert prepare("b1", picture()) == prepare("b1", picture())


def test_a_photograph_is_turned_upright_and_its_metadata_dropped() -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010F] = "CAMERA-MAKER-CANARY"
    image = Image.new("RGB", (300, 100), "#c94f16")
    image.paste("white", (0, 0, 150, 100))
    image.save(file, "JPEG", exif=exif)
    command = prepare("b1", file.getvalue()).command
    assert opened(command.picture.body).size == (100, 300)
    assert b"CANARY" not in command.picture.body + command.mail.body


def test_text_and_trailing_bytes_of_the_upload_are_not_served() -> None:
    file, info = io.BytesIO(), PngInfo()
    info.add_text("comment", "<script>CANARY</script>")
    opened(picture()).save(file, "PNG", pnginfo=info, icc_profile=b"CANARY")
    command = prepare("b1", file.getvalue() + SVG).command
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


def png(depth: int, kind: int, *pixels: bytes, beside: bytes = b"") -> bytes:
    """A PNG of equal rows, 64 high, each made of the pixels, 32 of each."""
    row = b"\0" + b"".join(pixel * 32 for pixel in pixels)
    header = struct.pack(">IIBBBBB", 32 * len(pixels), 64, depth, kind, 0, 0, 0)
    body = chunk(b"IHDR", header) + beside + chunk(b"IDAT", zlib.compress(row * 64))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("upload", "colour"),
    [
        (png(16, 0, b"\x80\0", b"\xff\xff"), (128, 128, 128)),
        (png(16, 2, b"\x1e\0\x7b\0\x57\0", b"\xff" * 6), (30, 123, 87)),
        (png(16, 4, b"\x80\0\xff\xff", b"\xff" * 4), (128, 128, 128)),
        (png(16, 6, b"\x1e\0\x7b\0\x57\0\xff\xff", b"\xff" * 8), (30, 123, 87)),
    ],
    ids=["grey", "colour", "grey and alpha", "colour and alpha"],
)
def test_sixteen_bits_a_channel_are_read_as_eight(upload: bytes, colour: tuple[int, int, int]) -> None:
    assert opened(prepare("b1", upload).command.mail.body).getpixel((16, 32)) == colour


def test_the_transparent_grey_of_sixteen_bits_is_transparent() -> None:
    grey, dark = b"\x80\0", b"\x40\0"
    upload = png(16, 0, grey, dark, b"\0\0", grey, beside=chunk(b"tRNS", grey))
    mail = opened(prepare("b1", upload).command.mail.body)
    assert mail.getpixel((0, 0)) == (255, 255, 255)


def test_a_transparent_entry_of_a_palette_is_transparent() -> None:
    file, image = io.BytesIO(), Image.new("P", (64, 64), 0)
    image.putpalette([255, 0, 255, 255, 255, 255])
    ImageDraw.Draw(image).ellipse((8, 8, 56, 56), fill=1)
    image.save(file, "PNG", transparency=0)
    mail = opened(prepare("b1", file.getvalue()).command.mail.body)
    assert (mail.getpixel((1, 1)), mail.getpixel((mail.width // 2, mail.height // 2))) == (
        INK_RGB,
        (255, 255, 255),
    )


def test_colours_of_a_profile_are_brought_into_that_of_the_web() -> None:
    """In a space whose red is the web's blue, red is blue."""
    file, srgb = io.BytesIO(), ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    swapped = bytearray(ImageCms.ImageCmsProfile(srgb).tobytes())  # pyright: ignore[reportUnknownArgumentType]
    table = {bytes(swapped[at : at + 4]): at for at in range(132, 132 + 12 * swapped[131], 12)}
    red, blue = table[b"rXYZ"], table[b"bXYZ"]
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    image = Image.new("RGB", (64, 64), (255, 0, 0))
    image.paste("white", (32, 0, 64, 64))
    image.save(file, "PNG", icc_profile=bytes(swapped))
    red_now = opened(prepare("b1", file.getvalue()).command.mail.body).getpixel((16, 32))
    assert isinstance(red_now, tuple)
    assert red_now[0] < 10
    assert red_now[2] > 245


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animated_picture_is_refused_by_name(kind: str) -> None:
    file = io.BytesIO()
    frames = [opened(picture("PNG", (64, 64), "RGB")), Image.new("RGB", (64, 64), "red")]
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    assert "animated" in refusal(file.getvalue())


def test_a_phones_picture_with_a_second_one_behind_it_is_a_photograph() -> None:
    file, image = io.BytesIO(), opened(picture("JPEG", (64, 64), "RGB"))
    image.save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 64), "red")])
    assert opened(prepare("b1", file.getvalue()).command.mail.body).format == "JPEG"


def test_a_bomb_of_many_passes_is_refused_before_it_is_decoded() -> None:
    file = io.BytesIO()
    opened(picture(mode="RGB", size=(64, 64))).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    last_pass = whole[whole.rfind(b"\xff\xc4") : -2]
    assert "too many passes" in refusal(whole[:-2] + last_pass * 100 + b"\xff\xd9")


@pytest.mark.parametrize(
    ("start", "name"),
    [(b"GIF89a", "a GIF"), (b"%PDF-1.7", "a PDF"), (b"8BPS", "Photoshop"), (b"\0\0\0\x18ftypheic", "HEIC")],
)
def test_what_is_often_sent_instead_is_refused_by_its_name(start: bytes, name: str) -> None:
    assert name in refusal(start + bytes(100))
    assert "PNG, JPEG or WebP" in refusal(start + bytes(100))
