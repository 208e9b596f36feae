"""Sign-in codes: derived, never stored. Whoever has no pepper knows nothing about them."""

import hashlib
import hmac

_DRAWN = 2**64


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


def is_equal(typed: str, code: str) -> bool:
    """Whether a code is right, in a time that does not depend on which digits agree."""
    return hmac.compare_digest(typed, code)
