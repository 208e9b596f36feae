"""Keys, ciphers and tokens: what was written with an accepted key is read, anything else is refused."""

import base64
import secrets
from datetime import UTC, datetime

import jwt
import msgspec
import pytest
from chassis.encryption import BlindIndex, FieldCipher, Undecipherable
from chassis.identity.session_tokens import SessionSigner, SessionToken, SessionVerifier, cookie_name
from chassis.identity.session_uses import SessionUses
from chassis.settings.keys import InvalidKeys, KeyRing
from chassis.settings.new_keys import new_ring, new_signing_pair
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 20, 10, 42, tzinfo=UTC).timestamp()


def ring(*kids: str) -> KeyRing:
    return KeyRing(kids[0], {kid: secrets.token_bytes(32) for kid in kids})


def encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def token(**changes: object) -> SessionToken:
    fields: dict[str, object] = {
        "session_id": "s1",
        "business_id": "b1",
        "generation": 1,
        "customer_id": "c1",
        "contact_id": "k1",
        "issued_at": int(NOW),
        "expires_at": int(NOW) + 3600,
    }
    return SessionToken(**{**fields, **changes})  # pyright: ignore[reportArgumentType]  # values of the fields


def signer_and_verifier(now: float = NOW) -> tuple[SessionSigner, SessionVerifier]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    verifier = SessionVerifier(
        KeyRing("k1", {"k1": public}), SessionUses(KeyRing.parse(new_ring())), now=lambda: now
    )
    return SessionSigner(KeyRing("k1", {"k1": private.private_bytes_raw()})), verifier


def test_a_new_ring_is_one_that_settings_take() -> None:
    first, second = KeyRing.parse(new_ring()), KeyRing.parse(new_ring("k2"))
    assert (first.current, second.current) == ("k1", "k2")
    assert first.current_key != second.current_key


def test_the_public_half_of_a_new_pair_belongs_to_the_private_one() -> None:
    private, public = (KeyRing.parse(half).current_key for half in new_signing_pair())
    assert Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public


def test_the_first_key_of_a_ring_is_current() -> None:
    a, b = secrets.token_bytes(32), secrets.token_bytes(32)
    parsed = KeyRing.parse(f"new:{encoded(a)}, old:{encoded(b)}")
    assert parsed.current_key == a
    assert parsed["old"] == b


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nokid",
        "k1:%%%",
        f"k1:{encoded(b'short')}",
        f"k1:{encoded(bytes(32))}",
        f"k1:{encoded(bytes(range(32)))}",
        f"k1:{encoded(b'please-change-this-default-key!!')}",
        f"k1:{encoded(secrets.token_bytes(32))},k1:{encoded(secrets.token_bytes(32))}",
        f"k/1:{encoded(secrets.token_bytes(32))}",
    ],
    ids=("empty", "no kid", "no base64", "short", "zeros", "counted", "a phrase", "one kid twice", "no name"),
)
def test_an_unusable_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(InvalidKeys) as refused:
        KeyRing.parse(text)
    assert text.partition(":")[2] not in str(refused.value) or not text.partition(":")[2]


@given(st.binary(max_size=200))
def test_a_field_decrypts_to_what_was_encrypted(plain: bytes) -> None:
    cipher = FieldCipher(ring("k1"))
    assert cipher.decrypt(cipher.encrypt(plain, context="t/b1/c1"), context="t/b1/c1") == plain


def test_a_field_moved_to_another_row_does_not_decrypt() -> None:
    cipher = FieldCipher(ring("k1"))
    with pytest.raises(Undecipherable):
        cipher.decrypt(cipher.encrypt(b"x", context="t/b1/c1"), context="t/b1/c2")


def test_fields_written_before_a_rotation_are_still_read() -> None:
    old = ring("k1")
    new = KeyRing("k2", {"k2": secrets.token_bytes(32), **old.keys})
    assert FieldCipher(new).decrypt(FieldCipher(old).encrypt(b"x", context="c"), context="c") == b"x"
    with pytest.raises(Undecipherable):
        FieldCipher(ring("k2")).decrypt(FieldCipher(old).encrypt(b"x", context="c"), context="c")


def test_a_blind_index_differs_by_business_and_is_found_again_after_a_rotation() -> None:
    old = ring("k1")
    new = KeyRing("k2", {"k2": secrets.token_bytes(32), **old.keys})
    stored = BlindIndex(old).current("b1", "a@mail.example")
    assert stored in BlindIndex(new).accepted("b1", "a@mail.example")
    assert stored not in BlindIndex(new).accepted("b2", "a@mail.example")


def test_a_session_is_read_at_its_own_business_only() -> None:
    signer, verifier = signer_and_verifier()
    signed = signer.sign(token())
    assert verifier.verify({cookie_name("b1"): signed}, "b1") == token()
    assert verifier.verify({cookie_name("b2"): signed}, "b2") is None


def test_a_session_ends_also_when_its_token_is_remembered() -> None:
    signer, verifier = signer_and_verifier(now=NOW + 3600)
    cookies = {cookie_name("b1"): signer.sign(token())}
    assert verifier.verify(cookies, "b1") is None
    assert verifier.verify(cookies, "b1") is None


def test_a_session_signed_by_somebody_else_is_refused() -> None:
    _, verifier = signer_and_verifier()
    stranger, _ = signer_and_verifier()
    assert verifier.verify({cookie_name("b1"): stranger.sign(token())}, "b1") is None


@pytest.mark.parametrize("headers", [{"kid": "k1"}, {"kid": "k1", "typ": "at+jwt"}])
def test_what_the_same_key_signed_for_another_purpose_is_no_session(headers: dict[str, str]) -> None:
    private = Ed25519PrivateKey.generate()
    public = KeyRing("k1", {"k1": private.public_key().public_bytes_raw()})
    verifier = SessionVerifier(public, SessionUses(KeyRing.parse(new_ring())), now=lambda: NOW)
    other = jwt.encode(msgspec.to_builtins(token()), private, algorithm="EdDSA", headers=headers)
    assert verifier.verify({cookie_name("b1"): other}, "b1") is None


@pytest.mark.parametrize("signed", ["", "x", "a.b.c", "e30.e30.", "x" * 700])
def test_rubbish_is_no_session(signed: str) -> None:
    _, verifier = signer_and_verifier()
    assert verifier.verify({cookie_name("b1"): signed}, "b1") is None


def test_the_longest_ids_still_fit_a_cookie() -> None:
    signer, _ = signer_and_verifier()
    longest = "x" * 64
    ids = {"session_id": "0" * 36, "business_id": longest, "customer_id": longest, "contact_id": longest}
    assert len(signer.sign(token(**ids))) <= 600
