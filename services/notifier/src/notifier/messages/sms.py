"""How long a text message is: one part holds 160 septets of GSM 03.38, or 70 UTF-16 units of anything else.

3GPP TS 23.038. For codes we keep to 67 units, what a part holds once there are several, so that no network
splits it.
"""

from collections.abc import Callable
from typing import Final

from notifier.messages.templates import render

_UNITS: Final = 67
_GSM_CHARACTERS: Final = 140  # a few of ours (such as `[`) count twice there
_SEPTETS, _UNITS_ALONE = 160, 70
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
_PLAIN: Final = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "..."}
)


def longest(text: str, *, parts: int = 1) -> int:
    """How many UTF-16 units this text may have in all: of GSM-7 one part's, of others those of `parts`."""
    plain = text.isascii() and "`" not in text
    return _GSM_CHARACTERS if plain else _UNITS * parts


def plain_spaces(text: str) -> str:
    """The text with plain spaces: a no-break space of CLDR's would halve what fits."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def folded(text: str) -> str:
    """The text with plain dashes, quotes, dots and spaces, any of which would make it UCS-2."""
    return plain_spaces(text).translate(_PLAIN)


def is_gsm(text: str) -> bool:
    """Whether every character is in GSM 03.38."""
    return set(text) <= _BASIC | _EXTENDED


def septets(text: str) -> int:
    """Length of a text in GSM 03.38: what is in its extension counts twice."""
    return len(text) + sum(character in _EXTENDED for character in text)


def is_one_part(text: str) -> bool:
    """Whether it is sent in one part."""
    return septets(text) <= _SEPTETS if is_gsm(text) else units(text) <= _UNITS_ALONE


def fitted(write: Callable[[str, str], str], name: str, phone: str) -> str:
    """What is written of a name and a phone, in one part where it can be: without the phone, then with less
    and less of the name. What has no name and is still too long takes a second part.
    """
    names = [name, *(shortened(name, length) for length in range(units(name) - 1, 0, -1))]
    for shorter, called in ((name, phone), *((one, "") for one in names)):
        if is_one_part(text := write(shorter, called).strip()):
            return text
    return write(name, "").strip()


def units(text: str) -> int:
    """Length in UTF-16 units, as a network counts."""
    return len(text.encode("utf-16-le")) // 2


def shortened(text: str, to: int) -> str:
    """The text cut to `to` units, with dots where something was cut; empty when there is no room.

    `…` is not in GSM-7: in a text that is, it would halve what fits.
    """
    if units(text) <= to:
        return text
    kept, dots = text, "..." if text.isascii() else "…"
    while kept and units(kept) > to - len(dots):
        kept = kept[:-1]
    kept = kept.rstrip("\u200d\ufe0f ")  # no half of a joined emoji
    return f"{kept}{dots}" if kept else ""


def in_one_part(write: Callable[[str, str], str], name: str, phone: str) -> str:
    """What is written of a name and a phone; what is too long has no phone, and then a shorter name."""

    def written(name: str, phone: str) -> str:
        return plain_spaces(write(name, phone)).strip()

    text = written(name, phone)
    if units(text) > longest(text):
        text = written(name, "")
    excess = units(text) - longest(text)
    return text if excess <= 0 else written(shortened(name, units(name) - excess), "")


def stop_note(locale: str, settings_url: str, *, takes_replies: bool) -> str:
    """How texts end, for the end of the first one to a number: by a reply, or where nobody can reply to the
    sender, on the page that says what can be switched off.
    """
    url = "" if takes_replies else settings_url
    return render(locale, "layout", "stop.txt", url=url).strip()
