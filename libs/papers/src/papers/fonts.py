"""The fonts of papers, and which characters they have.

They come from packages, so that the machine does not decide what a paper looks like: Inter for Latin, Noto
Sans CJK JP in two weights for kana, kanji and Hangul.
"""

from functools import cache
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Final

import fontpkg_inter
import noto_cjk_sans_jp_bold
import noto_cjk_sans_jp_regular

FONT_FILES: Final = (
    Path(fontpkg_inter.__file__).parent / "files" / "Inter[opsz,wght].ttf",
    Path(str(noto_cjk_sans_jp_regular.FONT_PATH)),
    Path(str(noto_cjk_sans_jp_bold.FONT_PATH)),
)
_SEGMENTED_COVERAGE: Final = 12  # the format of a `cmap` that holds all of Unicode


@cache
def covered() -> frozenset[int]:
    """Every code point that one of the fonts has."""
    return frozenset(code for path in FONT_FILES[:2] for code in _code_points(path.read_bytes()))


def _code_points(font: bytes) -> set[int]:
    """The code points of a font's `cmap` (OpenType 1.9, subtable format 12)."""
    start = _table(font, b"cmap")
    (count,) = unpack_from(">H", font, start + 2)
    for index in range(count):
        (offset,) = unpack_from(">L", font, start + 4 + 8 * index + 4)
        (form,) = unpack_from(">H", font, start + offset)
        if form == _SEGMENTED_COVERAGE:
            (groups,) = unpack_from(">L", font, start + offset + 12)
            listed = font[start + offset + 16 :][: groups * 12]
            return {code for first, last, _ in iter_unpack(">LLL", listed) for code in range(first, last + 1)}
    raise ValueError("a font without a table of all its characters")


def _table(font: bytes, tag: bytes) -> int:
    """Where a table of the font begins."""
    (count,) = unpack_from(">H", font, 4)
    for index in range(count):
        name, _, offset, _ = unpack_from(">4sLLL", font, 12 + 16 * index)
        if name == tag:
            return offset
    raise ValueError("a font without that table")
