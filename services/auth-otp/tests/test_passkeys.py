"""Passkeys: what proves one, and everything that does not."""

import base64
from dataclasses import replace

import cbor2
import msgspec
import pytest
from auth_otp.domain.passkeys import (
    MAX_POST_BYTES,
    Passkey,
    answered_challenge,
    presented_credential,
    proven_passkey,
    registered_passkey,
    relying_party,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from portal_testing.authenticator import SoftwareAuthenticator

PARTY = relying_party("https://portal.test")
CHALLENGE = b"c" * 32
PHONE = SoftwareAuthenticator(origin=PARTY.origin, rp_id=PARTY.rp_id, user_handle=b"handle-of-ann", count=5)
STRANGER = SoftwareAuthenticator(
    origin=PARTY.origin, rp_id=PARTY.rp_id, user_handle=b"handle-of-ann", count=5
)
POSTS = (PHONE.get(CHALLENGE), PHONE.create(CHALLENGE))

WRONG_BROWSERS = {
    "another origin": replace(PHONE, origin="https://portal.test.evil.example"),
    "another port": replace(PHONE, origin="https://portal.test:8443"),
    "another RP id": replace(PHONE, rp_id="evil.example"),
    "nobody verified": replace(PHONE, verifies=False),
    "a frame of another site": replace(PHONE, framed=True),
}


def kept(count: int = 0) -> Passkey:
    passkey = registered_passkey(PHONE.create(CHALLENGE), CHALLENGE, PHONE.user_handle, PARTY)
    assert passkey is not None
    return replace(passkey, sign_count=count)


def test_a_passkey_made_for_the_challenge_proves_its_holder_and_counts() -> None:
    proven = proven_passkey(PHONE.get(b"d" * 32), b"d" * 32, kept(4), PARTY)
    assert proven == replace(kept(), sign_count=5)


def test_a_passkey_that_never_counts_proves_its_holder_each_time() -> None:
    assert proven_passkey(replace(PHONE, count=0).get(CHALLENGE), CHALLENGE, kept(), PARTY) == kept()


@pytest.mark.parametrize("browser", WRONG_BROWSERS.values(), ids=WRONG_BROWSERS)
def test_no_passkey_is_registered_from(browser: SoftwareAuthenticator) -> None:
    assert registered_passkey(browser.create(CHALLENGE), CHALLENGE, PHONE.user_handle, PARTY) is None


@pytest.mark.parametrize(
    "browser",
    [
        *WRONG_BROWSERS.values(),
        replace(STRANGER, credential_id=PHONE.credential_id),
        replace(PHONE, credential_id=b"credential-2"),
        replace(PHONE, user_handle=b"handle-of-somebody-else"),
        replace(PHONE, user_handle=b""),
        replace(STRANGER, credential_id=PHONE.credential_id, count=4),
    ],
    ids=[*WRONG_BROWSERS, "another key", "another id", "another handle", "no handle", "another key's count"],
)
def test_nobody_is_proven_by(browser: SoftwareAuthenticator) -> None:
    assert proven_passkey(browser.get(CHALLENGE), CHALLENGE, kept(4), PARTY) == "unproven"


@pytest.mark.parametrize("count", [4, 3, 0], ids=["the same count", "a former count", "no count any more"])
def test_a_key_that_does_not_count_on_is_copied(count: int) -> None:
    assert proven_passkey(replace(PHONE, count=count).get(CHALLENGE), CHALLENGE, kept(4), PARTY) == "copied"


def test_a_post_says_which_challenge_it_answers() -> None:
    assert answered_challenge(PHONE.get(CHALLENGE)) == CHALLENGE
    assert answered_challenge(replace(PHONE, framed=True).get(CHALLENGE)) is None


def test_an_answer_to_another_challenge_proves_nothing() -> None:
    assert proven_passkey(PHONE.get(b"d" * 32), CHALLENGE, kept(), PARTY) == "unproven"
    assert registered_passkey(PHONE.create(b"d" * 32), CHALLENGE, PHONE.user_handle, PARTY) is None


def test_what_registers_does_not_sign_in_and_the_other_way_round() -> None:
    assert proven_passkey(PHONE.create(CHALLENGE), CHALLENGE, kept(), PARTY) == "unproven"
    assert proven_passkey(PHONE.get(CHALLENGE, "webauthn.create"), CHALLENGE, kept(), PARTY) == "unproven"
    assert registered_passkey(PHONE.get(CHALLENGE), CHALLENGE, PHONE.user_handle, PARTY) is None


@pytest.mark.parametrize(
    "post", [b"", b"[" * 10_000, b'{"id":"a","response":{}}', b" " * MAX_POST_BYTES + b"{}"]
)
def test_a_post_that_is_no_credential_is_refused(post: bytes) -> None:
    assert presented_credential(post) is None
    assert answered_challenge(post) is None
    assert proven_passkey(post, CHALLENGE, kept(), PARTY) == "unproven"


FIELDS = ("clientDataJSON", "authenticatorData", "attestationObject", "signature", "userHandle")


@given(st.sampled_from(POSTS), st.sampled_from(FIELDS), st.integers(0), st.binary(max_size=3))
def test_a_damaged_post_is_refused_and_never_an_error(
    post: bytes, field: str, place: int, bad: bytes
) -> None:
    decoded = msgspec.json.decode(post, type=dict[str, object])
    response = msgspec.convert(decoded["response"], dict[str, str])
    assume(field in response)
    whole = base64.urlsafe_b64decode(response[field] + "==")
    start = place % (len(whole) + 1)
    damaged = whole[:start] + bad + whole[start + 1 :]
    response[field] = base64.urlsafe_b64encode(damaged).rstrip(b"=").decode()
    posted = msgspec.json.encode({**decoded, "response": response})
    assert damaged == whole or proven_passkey(posted, CHALLENGE, kept(4), PARTY) == "unproven"
    registered_passkey(posted, CHALLENGE, PHONE.user_handle, PARTY)


@pytest.mark.parametrize("part", [-1, -3])
def test_a_key_without_one_of_its_parts_is_refused(part: int) -> None:
    """The library looks the parts up without a check of its own."""
    post = msgspec.json.decode(PHONE.create(CHALLENGE), type=dict[str, object])
    response = msgspec.convert(post["response"], dict[str, str])
    whole = base64.urlsafe_b64decode(response["attestationObject"] + "==")
    value = b"\x01" if part == -1 else b"\x58\x20"
    damaged = whole.replace(cbor2.dumps(part) + value, cbor2.dumps(-9) + value)
    assert damaged != whole
    response["attestationObject"] = base64.urlsafe_b64encode(damaged).decode().rstrip("=")
    posted = msgspec.json.encode({**post, "response": response})
    assert registered_passkey(posted, CHALLENGE, PHONE.user_handle, PARTY) is None
