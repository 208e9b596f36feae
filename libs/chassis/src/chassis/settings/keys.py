"""Key rings: every key has an id, so that two are accepted while one replaces the other.

Written in settings as `kid:base64url,kid2:base64url`; the first is the current one.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

KEY_BYTES = 32
_FEWEST_DISTINCT_BYTES = 12  # 32 random bytes hold fewer with a chance below 1e-17; typed-in ones often do


class InvalidKeys(ValueError):
    """The setting does not hold a usable key ring; the message says why, never the key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys of 32 bytes by key id. `current` names the one to write with; all are accepted for reading."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `kid:base64url[,kid:base64url…]`; raises `InvalidKeys`."""
        parsed = [_parse_one(part.strip()) for part in text.split(",") if part.strip()]
        keys = dict(parsed)
        if not keys:
            raise InvalidKeys("holds no key; expected kid:base64url")
        if len(keys) < len(parsed):
            raise InvalidKeys("holds a key id twice; give each key its own")
        return cls(next(iter(keys)), keys)

    def __getitem__(self, kid: str) -> bytes:
        return self.keys[kid]

    @property
    def current_key(self) -> bytes:
        """The key to write with."""
        return self.keys[self.current]

    @property
    def current_last(self) -> list[bytes]:
        """Every key, the current one last: so itsdangerous wants them."""
        return [key for kid, key in self.keys.items() if kid != self.current] + [self.current_key]


def _is_guessable(key: bytes) -> bool:
    """Repeated, typed on a keyboard, or counted up: none of it happens to random bytes."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return (
        len(set(key)) < _FEWEST_DISTINCT_BYTES
        or len(steps) == 1
        or (key.isascii() and key.decode().isprintable())
    )


def _parse_one(part: str) -> tuple[str, bytes]:
    kid, separator, encoded = part.partition(":")
    if not separator or not kid.isalnum() or len(kid) > 16:
        raise InvalidKeys("needs the form kid:base64url, with a key id of up to 16 letters and digits")
    try:
        key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        raise InvalidKeys(f"key {kid} is not base64url") from None
    if len(key) != KEY_BYTES:
        raise InvalidKeys(f"key {kid} has {len(key)} bytes, it must have {KEY_BYTES}")
    if _is_guessable(key):
        raise InvalidKeys(f"key {kid} is weak; make one with `openssl rand -base64 32 | tr '+/' '-_'`")
    return kid, key
