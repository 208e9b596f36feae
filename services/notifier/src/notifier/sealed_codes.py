"""Opening a sealed sign-in code: address and code in one JSON, readable to the notifier alone."""

from typing import Annotated

import msgspec
from chassis.encryption import Undecipherable, unseal
from chassis.settings.keys import KeyRing
from msgspec import Meta
from servicehub_events import Channel

_END = r"(?![\s\S])"  # `$` would let a line break through
_WORD = r"[^\s@\u0000-\u001f\u007f]+"
_Email = Annotated[str, Meta(max_length=320, pattern=f"^{_WORD}@{_WORD}{_END}")]
_Phone = Annotated[str, Meta(pattern=rf"^\+[1-9][0-9]{{1,14}}{_END}")]
_Code = Annotated[str, Meta(pattern=rf"^[0-9]{{6}}{_END}")]


class SealedCode(msgspec.Struct, frozen=True):
    """Where the code goes, and the code. Never shown by a log or a repr."""

    to: str
    code: str

    def __repr__(self) -> str:
        return "SealedCode(…)"


class _ByEmail(msgspec.Struct, frozen=True):
    to: _Email
    code: _Code


class _BySms(msgspec.Struct, frozen=True):
    to: _Phone
    code: _Code


def open_code(keys: KeyRing, sealed: str, channel: Channel) -> SealedCode | None:
    """Address and code; None when no key of the ring opens it, or it does not hold `{"to", "code"}`.

    It does not raise: a traceback of this function would carry what it opened.
    """
    kind = _ByEmail if channel == "email" else _BySms
    try:
        found = msgspec.json.decode(unseal(keys, sealed), type=kind)
    except (Undecipherable, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return SealedCode(found.to, found.code)
