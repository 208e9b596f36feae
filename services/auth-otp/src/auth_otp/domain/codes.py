"""Sign-in codes: derived, never stored. Whoever has no pepper knows nothing about them."""

import hashlib
import hmac
from collections.abc import Iterable

_CODES = 1_000_000
_DIGITS = 6
_UNBIASED_BELOW = 2**64 - 2**64 % _CODES


def derive_code(pepper: bytes, challenge_id: str, code_number: int) -> str:
    """Derive six digits, leading zeros kept, every code equally likely.

    HMAC-SHA-256 over the challenge and the number of the code; a value past the last whole million is drawn
    again, for a remainder would favour the low codes.
    """
    draw = 0
    while True:
        message = f"{challenge_id}\x00{code_number}\x00{draw}".encode()
        value = int.from_bytes(hmac.digest(pepper, message, hashlib.sha256)[:8])
        if value < _UNBIASED_BELOW:
            return f"{value % _CODES:0{_DIGITS}}"
        draw += 1


def is_one_of(code: str, right: Iterable[str]) -> bool:
    """Whether a code is right, in a time that does not depend on which digits agree, or with which code."""
    equal = False
    for right_code in right:
        equal |= hmac.compare_digest(code, right_code)
    return equal
