"""Key material is made, in the form in which settings take it."""

import base64
import secrets
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.settings.keys import KEY_BYTES, KeyRing


class SigningPair(NamedTuple):
    """An Ed25519 pair (RFC 8032) as two key rings: one signs, the other checks."""

    private: str
    public: str


def new_ring(kid: str = "k1") -> str:
    """Make a key ring of one random key."""
    return _ring(kid, secrets.token_bytes(KEY_BYTES))


def new_signing_pair(kid: str = "k1") -> SigningPair:
    """Make a signing pair; its private half is the seed."""
    private = Ed25519PrivateKey.generate()
    return SigningPair(
        _ring(kid, private.private_bytes_raw()), _ring(kid, private.public_key().public_bytes_raw())
    )


def with_new_key(text: str) -> str:
    """A ring with one more key behind the others, which does not write yet. Raises `InvalidKeys`."""
    known = KeyRing.parse(text).keys
    kid = next(kid for number in range(1, len(known) + 2) if (kid := f"k{number}") not in known)
    return f"{text.strip()},{new_ring(kid)}"


def with_last_first(text: str) -> str:
    """A ring whose last key writes from now on. Raises `InvalidKeys`."""
    KeyRing.parse(text)
    *others, last = (part.strip() for part in text.split(",") if part.strip())
    return ",".join((last, *others))


def _ring(kid: str, key: bytes) -> str:
    return f"{kid}:{base64.urlsafe_b64encode(key).decode().rstrip('=')}"
