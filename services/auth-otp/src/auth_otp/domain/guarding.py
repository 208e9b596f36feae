"""The link "it was not me": derived for each longer code, good for one thing, and no way in. Pure."""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from typing import Final

import msgspec

_BYTES: Final = 8
"""64 bits, 11 characters: short enough for a text message, and more than anybody tries out over a network."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{11}\Z")
_PURPOSE: Final = "guard link"


class GuardLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that is good: the address it guards, and since it was confirmed until when; None before."""

    address_index: str
    address_cipher: bytes
    locale: str | None
    guarded_until: datetime | None


def derive_token(pepper: bytes, challenge_id: str, code_number: int) -> str:
    """The token beside a code: the same however often that code is sent, so that a repeat changes nothing."""
    message = f"{_PURPOSE}\x00{challenge_id}\x00{code_number}".encode()
    drawn = hmac.digest(pepper, message, hashlib.sha256)[:_BYTES]
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def is_token(text: str) -> bool:
    """Whether a text may be a token at all."""
    return _TOKEN.match(text) is not None
