"""How a business appears in a message. What it typed is made safe for a header, a line and a style here."""

import unicodedata
from dataclasses import dataclass

import phonenumbers
from servicehub_events import Business

_LONGEST_LINE = 64
_MIDDLE = 0.192  # the luminance that contrasts as much with white as with #101315
# Marks that turn the writing direction around could make a name say something else; emoji joiners stay.
_MARKS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DIRECTION_MARKS = frozenset(chr(mark) for mark in _MARKS)


@dataclass(frozen=True, slots=True)
class Brand:
    """`name` is one line. `logo` is an absolute address of an image that mail programs can show, or None.

    `on_colour` is what is written on `colour`.
    """

    name: str
    colour: str
    on_colour: str
    logo: str | None
    phone: str | None
    phone_link: str | None
    email: str | None


def brand_of(business: Business, public_origin: str) -> Brand:
    """The brand of a business; paths on our own origin become absolute."""
    logo, support = business.mail_logo_url, business.support
    return Brand(
        name=one_line(business.name),
        colour=business.colours.primary,
        on_colour=_readable_on(business.colours.primary),
        logo=f"{public_origin}{logo}" if logo and logo.startswith("/") else logo,
        phone=_readable(support.phone, business.country) if support.phone else None,
        phone_link=support.phone,
        email=support.email,
    )


def one_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """The text without line breaks, control characters and direction marks, cut to a length."""
    kept = "".join(" " if _breaks(c) else c for c in text if c not in _DIRECTION_MARKS)
    return " ".join(kept.split())[:longest].rstrip()


def _readable_on(colour: str) -> str:
    """White or nearly black, whichever contrasts more (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return "#ffffff" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < _MIDDLE else "#101315"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")


def _readable(number: str, country: str) -> str:
    """As it is dialled at home when it is a number of the business's country, else internationally."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    at_home = parsed.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if at_home else style.INTERNATIONAL)
