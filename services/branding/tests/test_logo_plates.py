"""A logo is looked at before it is put on a ground: it is seen everywhere, or refused, or warned about."""

import io

import pytest
from branding.errors import UnusableLogo
from branding.logo import PreparedLogo, prepare
from chassis.words.colours import contrast
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

Size = tuple[int, int]
INK, WHITE = "#101315", "#ffffff"
CLEAR = (0, 0, 0, 0)


def upload(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def words(size: Size, colour: str, ground: str | None = None, margin: int = 0) -> Image.Image:
    """A row of rings, as thick as letters are, on a ground or on nothing."""
    width, height = size
    image = Image.new("RGBA", (width + 2 * margin, height + 2 * margin), ground or CLEAR)
    draw, side = ImageDraw.Draw(image), min(size)
    for at in range(0, max(size) - side + 1, side):
        x, y = (at, 0) if width > height else (0, at)
        corner = (margin + x, margin + y, margin + x + side - 1, margin + y + side - 1)
        draw.ellipse(corner, outline=colour, width=max(2, side // 5))
    return image if ground is None else image.convert("RGB")


def prepared(image: Image.Image, kind: str = "PNG") -> PreparedLogo:
    return prepare("b1", upload(image, kind))


def refusal(image: Image.Image) -> str:
    with pytest.raises(UnusableLogo) as caught:
        prepared(image)
    return caught.value.detail


def pictures(logo: PreparedLogo) -> list[Image.Image]:
    """All that is made of a logo: page, mail, share, icons."""
    command = logo.command
    files = [command.picture, command.mail, command.share, *(icon.file for icon in command.icons)]
    return [Image.open(io.BytesIO(file.body)) for file in files]


def corner(image: Image.Image) -> str:
    return "#" + "".join(f"{level:02x}" for level in image.convert("RGB").crop((0, 0, 1, 1)).tobytes())


def codes(logo: PreparedLogo) -> list[str]:
    return [warning.code for warning in logo.warnings]


@pytest.mark.parametrize(
    ("colour", "plate"),
    [
        ("#ffffff", INK),
        ("#f6e58d", INK),
        ("#7fdbff", INK),
        ("#c94f16", WHITE),
        ("#1e7b57", WHITE),
        ("#767676", WHITE),
        ("#000000", WHITE),
        ("#101315", WHITE),
    ],
)
def test_a_light_logo_lies_on_a_dark_plate_and_any_other_on_a_light_one(colour: str, plate: str) -> None:
    logo = prepared(words((600, 200), colour))
    assert {corner(image) for image in pictures(logo)} == {plate}
    assert codes(logo) == []


@example("#ffffff")
@example("#949494")
@example("#dd6dc0")
@settings(max_examples=20)
@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_a_logo_of_any_one_colour_has_three_to_one_on_its_plate(colour: str) -> None:
    logo = prepared(words((128, 32), colour))
    assert contrast(corner(pictures(logo)[0]), colour) >= 3
    assert "logo_faint" not in codes(logo)


def test_no_picture_has_transparency_that_a_page_or_mail_program_could_fill_in() -> None:
    assert {image.mode for image in pictures(prepared(words((600, 200), "#ffffff")))} == {"RGB"}


def test_a_logo_of_light_and_dark_parts_gets_the_plate_on_which_more_of_it_is_seen() -> None:
    mostly_light, mostly_dark = words((600, 100), "#ffffff"), words((600, 100), "#0b1f4d")
    ImageDraw.Draw(mostly_light).ellipse((0, 0, 100, 100), fill="#0b1f4d")
    ImageDraw.Draw(mostly_dark).ellipse((0, 0, 100, 100), fill="#ffffff")
    assert corner(pictures(prepared(mostly_light))[0]) == INK
    assert corner(pictures(prepared(mostly_dark))[0]) == WHITE


def test_a_logo_that_is_half_lost_on_either_plate_lies_on_grey() -> None:
    halves = words((600, 100), "#ffffff")
    halves.paste(words((300, 100), "#000000"), (0, 0))
    assert corner(pictures(prepared(halves))[0]) == "#767676"
    assert codes(prepared(halves)) == []


def test_a_logo_that_is_lost_on_every_plate_is_shown_with_a_warning() -> None:
    halves = words((600, 100), "#8c8c8c")
    halves.paste(words((200, 100), "#000000"), (0, 0))
    halves.paste(words((200, 100), "#ffffff"), (200, 0))
    halves.putalpha(halves.getchannel("A").point([level // 3 for level in range(256)]))  # pyright: ignore[reportUnknownMemberType]
    assert codes(prepared(halves)) == ["logo_faint"]


def test_a_light_part_within_a_dark_one_is_seen_on_white() -> None:
    badge = Image.new("RGBA", (200, 200), CLEAR)
    ImageDraw.Draw(badge).ellipse((0, 0, 199, 199), fill="#1e7b57")
    ImageDraw.Draw(badge).ellipse((50, 50, 150, 150), fill="#ffffff")
    assert corner(pictures(prepared(badge))[0]) == WHITE


def test_a_logo_with_a_ground_of_its_own_keeps_it_everywhere_and_a_pale_one_is_warned_about() -> None:
    assert {corner(image) for image in pictures(prepared(words((600, 200), "#ffffff", "#1e7b57", 40)))} == {
        "#1e7b57"
    }
    pale = prepared(words((600, 200), "#eeeeee", "#ffffff", 40))
    assert codes(pale) == ["logo_faint"]
    assert "stands out" in pale.warnings[0].message


def test_a_photograph_fills_its_frame() -> None:
    photo = ImageOps.fit(Image.linear_gradient("L"), (600, 200)).convert("RGB")
    logo = prepared(photo, "JPEG")
    assert (logo.command.width, logo.command.height, codes(logo)) == (512, 171, [])


def test_empty_margins_do_not_make_a_logo_small() -> None:
    plain, lost = (prepared(words((400, 100), "#1e7b57", margin=margin)) for margin in (0, 600))
    assert (plain.command.width, plain.command.height) == (lost.command.width, lost.command.height)
    on_paper = prepared(words((400, 100), "#1e7b57", "#ffffff", 600))
    assert on_paper.command.height == pytest.approx(lost.command.height, abs=2)


def rectangle(colour: str, ground: str | tuple[int, ...]) -> Image.Image:
    image = Image.new("RGBA", (600, 200), ground)
    image.paste(colour, (100, 50, 500, 150))
    return image


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (Image.new("RGBA", (600, 200), CLEAR), "fully transparent"),
        (Image.new("RGBA", (600, 200), (0, 0, 0, 9)), "fully transparent"),
        (Image.new("RGB", (600, 200), "#ffffff"), "one flat colour"),
        (rectangle("#1e7b57", CLEAR), "one flat colour"),
        (rectangle("#1e7b57", "#ffffff"), "one flat colour"),
        (words((20, 20), "#1e7b57", margin=300), "at least 32"),
        (words((600, 3), "#1e7b57"), "at least 32 by 8"),
        (words((40, 400), "#1e7b57"), "narrow"),
    ],
    ids=["nothing", "almost nothing", "white", "a rectangle", "one on white", "tiny", "3 px high", "1:10"],
)
def test_what_cannot_be_seen_as_a_logo_is_refused_in_words(image: Image.Image, says: str) -> None:
    assert says in refusal(image)


@pytest.mark.parametrize(
    ("size", "code"),
    [((1000, 100), "logo_wide"), ((150, 500), "logo_tall"), ((64, 40), "logo_small"), ((600, 200), None)],
)
def test_what_is_shown_but_not_well_is_said(size: Size, code: str | None) -> None:
    logo = prepared(words(size, "#1e7b57"))
    assert codes(logo) == ([code] if code else [])
    assert all(warning.message.endswith(".") for warning in logo.warnings)


def test_pictures_are_of_the_sizes_that_are_asked_for() -> None:
    logo = prepared(words((600, 200), "#1e7b57"))
    sizes: dict[tuple[str, int], Size] = {
        (icon.purpose, icon.size): Image.open(io.BytesIO(icon.file.body)).size for icon in logo.command.icons
    }
    anywhere = {("any", side): (side, side) for side in (32, 180, 192, 512)}
    assert sizes == {**anywhere, ("maskable", 512): (512, 512)}
    assert pictures(logo)[2].size == (1200, 630)


@pytest.mark.parametrize("size", [(400, 400), (600, 200), (100, 250)])
def test_a_maskable_icon_keeps_the_whole_logo_within_the_circle_of_every_mask(size: Size) -> None:
    block = Image.new("RGBA", size, "#1e7b57")
    ImageDraw.Draw(block).rectangle((0, 0, size[0] // 2, size[1] // 2), fill="#000000")
    block = ImageOps.expand(block, 4, CLEAR)
    icon = pictures(prepared(block))[-1]
    outside = Image.new("L", icon.size, 255)
    ImageDraw.Draw(outside).ellipse((51, 51, 461, 461), fill=0)
    beyond = Image.composite(icon.convert("RGB"), Image.new("RGB", icon.size, corner(icon)), outside)
    strayed = beyond.convert("L").point([255] * 235 + [0] * 21)  # pyright: ignore[reportUnknownMemberType]
    assert strayed.getbbox() is None


def test_a_wide_picture_that_fills_its_frame_is_whole_in_its_icons() -> None:
    wide = Image.new("RGB", (600, 200), "#0b1f4d")
    wide.paste("#e6007e", (0, 0, 100, 200))
    wide.paste("#ffd400", (500, 0, 600, 200))
    for icon in prepared(wide).command.icons:
        square = Image.open(io.BytesIO(icon.file.body)).convert("RGB")
        middle = square.crop((0, icon.size // 2, icon.size, icon.size // 2 + 1))
        seen = {colour for _, colour in middle.getcolors(icon.size) or ()}
        assert {(0xE6, 0x00, 0x7E), (0xFF, 0xD4, 0x00)} <= seen, (icon.size, icon.purpose)
