"""A software authenticator: it makes one passkey (ES256, no attestation) and signs with it as a phone does.

Whatever a test wants to go wrong it changes with `dataclasses.replace`.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_WITH_CREDENTIAL: Final = 0x40


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareAuthenticator:
    """A passkey of one person, in a browser at `origin`. `count` is what the next signature says."""

    origin: str
    rp_id: str
    user_handle: bytes
    credential_id: bytes = b"credential-1"
    verifies: bool = True
    framed: bool = False
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)

    def create(self, challenge: bytes) -> bytes:
        """What the browser posts after `navigator.credentials.create()`."""
        data = self._authenticator_data(_WITH_CREDENTIAL) + self._credential_data()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", challenge)
        return self._post({"clientDataJSON": client_data, "attestationObject": attestation})

    def get(self, challenge: bytes, kind: str = "webauthn.get") -> bytes:
        """What the browser posts after `navigator.credentials.get()`."""
        data, client_data = self._authenticator_data(0), self._client_data(kind, challenge)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._post(
            {
                "clientDataJSON": client_data,
                "authenticatorData": data,
                "signature": signature,
                "userHandle": self.user_handle,
            }
        )

    def _authenticator_data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _credential_data(self) -> bytes:
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        return bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)

    def _client_data(self, kind: str, challenge: bytes) -> bytes:
        signed = {"type": kind, "challenge": _text(challenge), "origin": self.origin}
        return json.dumps({**signed, "crossOrigin": self.framed}).encode()

    def _post(self, response: dict[str, bytes]) -> bytes:
        credential = _text(self.credential_id)
        texts = {name: _text(value) for name, value in response.items()}
        return json.dumps(
            {"id": credential, "rawId": credential, "type": "public-key", "response": texts}
        ).encode()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
