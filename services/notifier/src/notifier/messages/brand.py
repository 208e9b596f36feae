"""How a business appears in a message. What it typed is made safe for a header, a line and a style here."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.words.display import display_phone
from chassis.words.palette import palette
from servicehub_events import Business

_LONGEST_LINE = 64
_LOGO_ROOM = (224, 44)  # in a mail on the narrowest phone, 320 pixels wide
# Marks that turn the writing direction around could make a name say something else; emoji joiners stay.
_MARKS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DIRECTION_MARKS = frozenset(chr(mark) for mark in _MARKS)


@dataclass(frozen=True, slots=True)
class MailLogo:
    """A picture by its absolute address, and the size at which it is shown, in pixels.

    Outlook knows no `max-width`, and a height alone would let a wide logo widen the mail.
    """

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Brand:
    """`name` is one line, `imprint` one text a line: who it is in law, and where post reaches it.

    `light` and `dark` are its colours by slot of the palette, for mail programs of either kind.
    """

    name: str
    light: Mapping[str, str]
    dark: Mapping[str, str]
    logo: MailLogo | None
    imprint: tuple[str, ...]
    phone: str | None
    phone_link: str | None
    email: str | None


def brand_of(business: Business, origin: str) -> Brand:
    """The brand of a business; paths become addresses at its `origin`."""
    support = business.support
    colours = palette(business.colours.primary, business.colours.accent)
    return Brand(
        name=one_line(business.name),
        light=colours.light._asdict(),
        dark=colours.dark._asdict(),
        logo=_logo(business, origin),
        imprint=_imprint(business),
        phone=display_phone(support.phone, business.country) if support.phone else None,
        phone_link=support.phone,
        email=support.email,
    )


def _imprint(business: Business) -> tuple[str, ...]:
    if not (business.legal_name or business.postal_address):
        return ()
    lines = (business.legal_name or business.name, *(business.postal_address or "").splitlines())
    return tuple(filter(None, map(one_line, lines)))


def _logo(business: Business, origin: str) -> MailLogo | None:
    """The logo for mail has the shape of that for pages, whose size is known."""
    url, logo = business.mail_logo_url, business.logo
    if not url or not logo:
        return None
    scale = min(_LOGO_ROOM[0] / logo.width, _LOGO_ROOM[1] / logo.height, 1)
    absolute = f"{origin}{url}" if url.startswith("/") else url
    return MailLogo(absolute, max(1, round(logo.width * scale)), max(1, round(logo.height * scale)))


def one_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """The text without line breaks, control characters and direction marks, cut to a length."""
    kept = "".join(" " if _breaks(c) else c for c in text if c not in _DIRECTION_MARKS)
    return " ".join(kept.split())[:longest].rstrip()


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")
