"""Key material in the form that the services read: `kid:base64url`, raw 32 byte keys."""

import base64
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32


@dataclass(frozen=True)
class Pair:
    """A private key ring and the public one that belongs to it."""

    private: str
    public: str


def random_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def key_ring(key: bytes, kid: str = "k1") -> str:
    """Write one key as `kid:base64url`, without padding."""
    return f"{kid}:{base64.urlsafe_b64encode(key).decode().rstrip('=')}"


def session_pair() -> Pair:
    """Make an Ed25519 pair (RFC 8032): the private half is the 32 byte seed."""
    private = Ed25519PrivateKey.generate()
    return Pair(key_ring(private.private_bytes_raw()), key_ring(private.public_key().public_bytes_raw()))
