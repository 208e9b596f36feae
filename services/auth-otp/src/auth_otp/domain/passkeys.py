"""A passkey: what a browser posts of one, and whether it proves its holder (WebAuthn Level 3, 7.1 and 7.2).

The library checks the challenge, the origin, the RP id, the person's presence and verification, and the
signature. It looks neither at frames of other sites nor at the user handle, and does not tell a copied key
from a wrong one, so these are checked here.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import exceptions
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

Doubt = Literal["unproven", "copied"]
"""Why a post does not prove the holder of a passkey. A copied one counts from where its original was."""

MAX_POST_BYTES: Final = 16_384
"""An attestation with a chain of certificates takes about 6 kB."""
_UNREADABLE: Final = (exceptions.WebAuthnException, ValueError, LookupError)
"""LookupError: the library takes the parts of a key for granted."""


class _Response(msgspec.Struct, rename="camel", frozen=True):
    client_data_json: str = msgspec.field(name="clientDataJSON")
    attestation_object: str = ""
    authenticator_data: str = ""
    signature: str = ""
    user_handle: str | None = None


class _Post(msgspec.Struct, frozen=True):
    id: str
    response: _Response


class _ClientData(msgspec.Struct, rename="camel", frozen=True):
    challenge: str = ""
    cross_origin: bool = False


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is made for: browsers bind it to `rp_id`, a host, and sign the `origin` they were at."""

    origin: str
    rp_id: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as it is kept. `user_handle` is the random id under which its device files the contact.

    `sign_count` stays 0 with devices that do not count. `backed_up`: its holder's other devices have it.
    """

    credential_id: bytes
    public_key: bytes
    user_handle: bytes
    sign_count: int
    backed_up: bool


def relying_party(public_origin: str) -> RelyingParty:
    """The portal at its public origin, never at a request's Host header."""
    return RelyingParty(public_origin.rstrip("/"), urlsplit(public_origin).hostname or "")


def registered_passkey(
    post: bytes, challenge: bytes, user_handle: bytes, party: RelyingParty
) -> Passkey | None:
    """The passkey that was just made in answer to the challenge, or None when the post doesn't prove one."""
    try:
        credential_id, response = _read(post)
        verified = verify_registration_response(
            credential=RegistrationCredential(
                id=_encoded(credential_id),
                raw_id=credential_id,
                response=AuthenticatorAttestationResponse(
                    client_data_json=_decoded(response.client_data_json),
                    attestation_object=_decoded(response.attestation_object),
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    if verified.credential_id != credential_id:
        return None
    return Passkey(
        credential_id,
        verified.credential_public_key,
        user_handle,
        verified.sign_count,
        verified.credential_backed_up,
    )


def presented_credential(post: bytes) -> bytes | None:
    """The id of the credential by which a passkey is looked up. It proves nothing yet."""
    try:
        return _read(post)[0]
    except ValueError:
        return None


def answered_challenge(post: bytes) -> bytes | None:
    """The challenge that a post says it answers. It proves nothing yet."""
    try:
        return _decoded(_client_data(_read(post)[1]).challenge)
    except ValueError:
        return None


def proven_passkey(post: bytes, challenge: bytes, passkey: Passkey, party: RelyingParty) -> Passkey | Doubt:
    """The passkey with its new count, or why the post doesn't prove its holder.

    One that counts has to count on (7.2, step 22): otherwise somebody else has signed with the same key.
    """
    try:
        credential_id, response = _read(post)
        verified = verify_authentication_response(
            credential=AuthenticationCredential(
                id=_encoded(credential_id),
                raw_id=credential_id,
                response=AuthenticatorAssertionResponse(
                    client_data_json=_decoded(response.client_data_json),
                    authenticator_data=_decoded(response.authenticator_data),
                    signature=_decoded(response.signature),
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        user_handle = _decoded(response.user_handle or "")
    except _UNREADABLE:
        return "unproven"
    if credential_id != passkey.credential_id or user_handle != passkey.user_handle:
        return "unproven"
    counts = max(passkey.sign_count, verified.new_sign_count) > 0
    if counts and verified.new_sign_count <= passkey.sign_count:
        return "copied"
    return Passkey(
        credential_id,
        passkey.public_key,
        user_handle,
        verified.new_sign_count,
        verified.credential_backed_up,
    )


def _read(post: bytes) -> tuple[bytes, _Response]:
    """The credential's id and response; ValueError when it is none, or of a frame of another site."""
    if len(post) > MAX_POST_BYTES:
        raise ValueError(post[:0])
    decoded = msgspec.json.decode(post, type=_Post)
    if _client_data(decoded.response).cross_origin:
        raise ValueError(post[:0])
    return _decoded(decoded.id), decoded.response


def _client_data(response: _Response) -> _ClientData:
    return msgspec.json.decode(_decoded(response.client_data_json), type=_ClientData)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(text[:0]) from error


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
