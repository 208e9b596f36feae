"""How a business appears in a message. What it typed is made safe for a header, a line and a style here."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.words.display import display_phone
from chassis.words.palette import palette
from servicehub_events import Business

_LONGEST_LINE = 64
# Marks that turn the writing direction around could make a name say something else; emoji joiners stay.
_MARKS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DIRECTION_MARKS = frozenset(chr(mark) for mark in _MARKS)


@dataclass(frozen=True, slots=True)
class Brand:
    """`name` is one line, `address` one text a line. `logo` is the absolute address of a picture, or None.

    `light` and `dark` are its colours by slot of the palette, for mail programs of either kind.
    """

    name: str
    light: Mapping[str, str]
    dark: Mapping[str, str]
    logo: str | None
    address: tuple[str, ...]
    phone: str | None
    phone_link: str | None
    email: str | None


def brand_of(business: Business, public_origin: str) -> Brand:
    """The brand of a business; paths on our own origin become absolute."""
    logo, support = business.mail_logo_url, business.support
    colours = palette(business.colours.primary)
    return Brand(
        name=one_line(business.name),
        light=colours.light._asdict(),
        dark=colours.dark._asdict(),
        logo=f"{public_origin}{logo}" if logo and logo.startswith("/") else logo,
        address=tuple(filter(None, map(one_line, (business.postal_address or "").splitlines()))),
        phone=display_phone(support.phone, business.country) if support.phone else None,
        phone_link=support.phone,
        email=support.email,
    )


def one_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """The text without line breaks, control characters and direction marks, cut to a length."""
    kept = "".join(" " if _breaks(c) else c for c in text if c not in _DIRECTION_MARKS)
    return " ".join(kept.split())[:longest].rstrip()


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")
