"""What a business calls itself, in any script: text that shows what it holds. Pure."""

import re
import unicodedata
from typing import Final

_MOST_LINES: Final = 6

_HIDDEN: Final = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Controls and text directions, halves of surrogates, private characters, separators of lines."""
_JOINERS: Final = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""They join emoji and letters of Persian and Indic scripts, or tell a neighbour's direction."""
_ISOLATES: Final = {"\u2066": 1, "\u2067": 1, "\u2068": 1, "\u2069": -1}
"""Text of another direction that moves nothing around it, once it is closed (UAX 9)."""
_FLAGS: Final = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f")
"""Of England, Scotland and Wales, written in tags (UTS 51)."""


def plain_line(value: str) -> str:
    """One line of visible text, without spaces around it. Raises ValueError, which says what is right."""
    value = value.strip()
    if all(character.isspace() or _is_shaping(character) for character in value):
        raise ValueError("must not be empty; leave it out instead")
    if any(map(_is_hidden, _FLAGS.sub("", value))):
        raise ValueError("must be one line of text, without control characters")
    if not _is_closed(value):
        raise ValueError("must close each text direction that it opens")
    return value


def plain_lines(value: str) -> str:
    """Lines of visible text, those that are empty left out. Raises ValueError."""
    lines = [plain_line(line) for line in value.splitlines() if line.strip()]
    if not lines:
        raise ValueError("must not be empty; leave it out instead")
    if len(lines) > _MOST_LINES:
        raise ValueError(f"must be at most {_MOST_LINES} lines")
    return "\n".join(lines)


def _is_shaping(character: str) -> bool:
    return character in _JOINERS or character in _ISOLATES


def _is_hidden(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":  # an emoji younger than this Python is unassigned; a noncharacter will always be
        return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return category in _HIDDEN and not _is_shaping(character)


def _is_closed(text: str) -> bool:
    """Whether each isolate ends where it began: what follows a name then keeps its own direction."""
    depth = 0
    for character in text:
        depth = max(0, depth + _ISOLATES.get(character, 0))
    return depth == 0
