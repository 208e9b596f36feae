"""Personal data at rest: encrypted per field, and found again by a keyed blind index."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.settings.keys import KeyRing

_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: 96 random bits
_INDEX_BYTES = 16


class Undecipherable(Exception):
    """The bytes were not written with any key of the ring, or for another context."""


@cache
def _aead(key: bytes) -> AESGCM:
    """To schedule a key costs as much as to encrypt a kilobyte."""
    return AESGCM(key)


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """AES-256-GCM with the key id in front: `len(kid) kid nonce ciphertext`."""

    keys: KeyRing

    @property
    def current_prefix(self) -> bytes:
        """How everything begins that the current key wrote."""
        kid = self.keys.current.encode()
        return bytes([len(kid)]) + kid

    def encrypt(self, plain: bytes, *, context: str) -> bytes:
        """`context` (table, business, row) is authenticated: a value moved elsewhere does not decrypt."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = _aead(self.keys.current_key).encrypt(nonce, plain, context.encode())
        return self.current_prefix + nonce + sealed

    def decrypt(self, stored: bytes, *, context: str) -> bytes:
        """Raises `Undecipherable`."""
        end = 1 + stored[0]
        key = self.keys.keys.get(stored[1:end].decode(errors="replace"))
        if key is None:
            raise Undecipherable("written with a key that is not in the ring")
        nonce, sealed = stored[end : end + _NONCE_BYTES], stored[end + _NONCE_BYTES :]
        try:
            return _aead(key).decrypt(nonce, sealed, context.encode())
        except InvalidTag:
            raise Undecipherable("damaged, or written for another context") from None


@dataclass(frozen=True, slots=True)
class BlindIndex:
    """Finds a value without storing it: HMAC-SHA-256 over business and value, tagged with the key id."""

    keys: KeyRing

    def current(self, business_id: str, value: str) -> str:
        """The index to store."""
        return self._under(self.keys.current, business_id, value)

    def accepted(self, business_id: str, value: str) -> list[str]:
        """Every index the value may be stored under while keys rotate, the current one first."""
        return [self._under(kid, business_id, value) for kid in self.keys.keys]

    def _under(self, kid: str, business_id: str, value: str) -> str:
        message = f"{business_id}\x00{value}".encode()
        return f"{kid}.{hmac.digest(self.keys[kid], message, hashlib.sha256)[:_INDEX_BYTES].hex()}"
