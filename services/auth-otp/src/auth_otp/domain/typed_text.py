"""What people type and paste, as plain text; and the code in it. Pure.

portal-read's `assets/code.js` reads codes by the same steps and expressions. A table of spellings and
generated texts hold the two equal: `portal_testing.spellings`, `tests/e2e/test_typed_codes.py`.
"""

import re
import unicodedata
from typing import Final

_KEPT: Final = "\t\n\r"
_VARIATION_SELECTORS: Final = range(0xFE00, 0xFE10)

_LENGTHS: Final = r"[0-9]{6}|[0-9]{8}|[0-9]{16}"
_DASHES: Final = re.compile(
    "[‐‑‒–—―−─ー]"
)  # ー is the long vowel mark, beside the digits of Japanese keyboards
_MARKED: Final = re.compile(rf"@[!-?A-~]+ #({_LENGTHS})\Z")
"""The last line that https://wicg.github.io/sms-one-time-codes/ asks of a text message."""
_ALONE: Final = re.compile("[0-9 -]+")
_ASCII_RUN: Final = re.compile(r"[!-~]+")
_WORD: Final = re.compile(r"[0-9A-Za-z]+")
_ELSEWHERE: Final = re.compile(r"[^0-9 -]+|[ -]{2,}")
_GROUPED: Final = re.compile(
    rf"{_LENGTHS}|[0-9]{{3}}[ -][0-9]{{3}}|[0-9]{{4}}[ -][0-9]{{4}}|[0-9]{{4}}(?:[ -][0-9]{{4}}){{3}}"
)


def plain_text(typed: str) -> str:
    """The text in half width (NFKC), without zero-width marks, controls and text directions."""
    return unicodedata.normalize("NFKC", "".join(filter(_is_visible, typed)))


def read_code(typed: str) -> str | None:
    """The 6, 8 or 16 digits that somebody typed, or pasted with the message around them.

    Alone, digits may be grouped in any way; among words as messages group them. None for anything else, and
    where there is more than one answer.
    """
    text = _DASHES.sub("-", plain_text(typed)).replace("\t", " ").replace("\r", "\n").strip(" \n")
    if marked := _MARKED.search(text):
        return marked[1]
    if _ALONE.fullmatch(text):
        digits = re.sub("[ -]", "", text)
        return digits if re.fullmatch(_LENGTHS, digits) else None
    runs = (run.strip(" -") for run in _ELSEWHERE.split(_ASCII_RUN.sub(_without_words, text)))
    codes = {re.sub("[ -]", "", run) for run in runs if _GROUPED.fullmatch(run)}
    return codes.pop() if len(codes) == 1 else None


def _is_visible(character: str) -> bool:
    hidden = unicodedata.category(character) in ("Cc", "Cf") and character not in _KEPT
    return not hidden and ord(character) not in _VARIATION_SELECTORS


def _without_words(run: re.Match[str]) -> str:
    """Digits of a web or mail address, and those in a word with letters, are no code."""
    if "@" in run[0] or "://" in run[0]:
        return "/"
    return _WORD.sub(lambda word: word[0] if word[0].isdigit() else "/", run[0])
