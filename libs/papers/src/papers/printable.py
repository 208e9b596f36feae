"""What people typed, as it can be printed.

PDF/A forbids a character that no font has, and Typst raises on it. So that no name stops a paper, what cannot
be printed is left out or stands as 〓, the printer's own mark for a missing character. Nothing else changes:
no normal form, which would turn one kanji of a name into another.
"""

import unicodedata
from typing import Final

from papers.fonts import covered

MISSING: Final = "〓"
_SPACES: Final = {"\n": " ", "\r": " ", "\t": " ", "\u2028": " ", "\u2029": " "}
_LEFT_OUT: Final = frozenset(
    {"Cc", "Cf", "Co", "Cn", "Cs"}
)  # controls, bidi overrides, private use, no character
_VARIATIONS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # they choose the shape of a kanji


def printable(text: str) -> str:
    """The text as the fonts can print it."""
    return "".join(_printed(character) for character in text)


def _printed(character: str) -> str:
    if character in _SPACES:
        return _SPACES[character]
    if any(ord(character) in variations for variations in _VARIATIONS):
        return character
    if unicodedata.category(character) in _LEFT_OUT:
        return ""
    return character if ord(character) in covered() else MISSING
