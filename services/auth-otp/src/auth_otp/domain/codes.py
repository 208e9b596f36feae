"""Sign-in codes: derived, never stored. Whoever has no pepper knows nothing about them."""

import hashlib
import hmac
import re
import unicodedata

_DRAWN = 2**64
_BETWEEN_DIGITS = re.compile(r"[\s\-‐‑–—−ー]")


def derive_code(pepper: bytes, code_id: str, code_number: int, digits: int) -> str:
    """Derive a code of so many digits, leading zeros kept, every code equally likely.

    HMAC-SHA-256 over what the code is of, its number and its length; a value past the last whole set of codes
    is drawn again, for a remainder would favour the low codes.
    """
    codes, draw = 10**digits, 0
    while True:
        message = f"{code_id}\x00{code_number}\x00{digits}\x00{draw}".encode()
        value = int.from_bytes(hmac.digest(pepper, message, hashlib.sha256)[:8])
        if value < _DRAWN - _DRAWN % codes:
            return f"{value % codes:0{digits}}"
        draw += 1


def read_code(typed: str) -> str | None:
    """The digits of a code that was typed or pasted, full-width ones included; None for anything else."""
    if len(typed) > 64:
        return None
    digits = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", typed))
    return digits if re.fullmatch(r"[0-9]{6}|[0-9]{8}|[0-9]{16}", digits, re.ASCII) else None


def is_equal(typed: str, code: str) -> bool:
    """Whether a code is right, in a time that does not depend on which digits agree."""
    return hmac.compare_digest(typed, code)
