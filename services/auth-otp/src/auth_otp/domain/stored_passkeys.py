"""A passkey as it is kept: whose it is, what it rests on, and what a browser is told to make or use one."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from auth_otp.domain.passkeys import Passkey, RelyingParty

CHALLENGE_BYTES: Final = 32
USER_HANDLE_BYTES: Final = 32
_ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256 and RS256, which WebAuthn names as those that every device has one of (5.4)."""

Options = dict[str, object]
"""What `PublicKeyCredential.parse…OptionsFromJSON()` reads in a browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPasskey:
    """A passkey of one contact of one business, and the address that was proved when it was added.

    `second_cipher` is the other one, where that session had proved two. `name` is the device it was added on;
    `used_at` is None until it first signs in.
    """

    business_id: str
    passkey_id: str
    customer_id: str
    contact_id: str
    name: str
    address_cipher: bytes
    credential_id: bytes
    public_key: bytes = field(repr=False)
    user_handle: bytes
    sign_count: int
    backed_up: bool
    added_at: datetime
    used_at: datetime | None
    second_cipher: bytes | None = None

    @property
    def passkey(self) -> Passkey:
        """What proves its holder."""
        return Passkey(self.credential_id, self.public_key, self.user_handle, self.sign_count, self.backed_up)


class PasskeyChallenge(msgspec.Struct, frozen=True, kw_only=True):
    """A challenge that a browser was given, at a Unix second.

    One to make a passkey names the session that asked, and the handle that the device files it under.
    """

    value: bytes
    at: int
    session_id: str = ""
    user_handle: bytes = b""

    def is_good(self, now: datetime, seconds: int) -> bool:
        """Whether it may be answered still."""
        return now.timestamp() < self.at + seconds


def sign_in_options(party: RelyingParty, challenge: PasskeyChallenge, seconds: int) -> Options:
    """No passkey is named: the device offers those that it has for this host."""
    return {
        "challenge": _encoded(challenge.value),
        "rpId": party.rp_id,
        "timeout": seconds * 1000,
        "userVerification": "required",
    }


def new_passkey_options(
    party: RelyingParty,
    challenge: PasskeyChallenge,
    seconds: int,
    *,
    business: str,
    address: str,
    present: list[bytes],
) -> Options:
    """What a device is to make; it makes none where it has one of those `present`.

    It lists the passkeys of all businesses of this host beside each other, so each is named by its own.
    """
    return {
        "rp": {"id": party.rp_id, "name": business},
        "user": {
            "id": _encoded(challenge.user_handle),
            "name": f"{business} · {address}",
            "displayName": business,
        },
        "challenge": _encoded(challenge.value),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in _ALGORITHMS],
        "timeout": seconds * 1000,
        "excludeCredentials": [{"type": "public-key", "id": _encoded(one)} for one in present],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
