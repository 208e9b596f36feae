"""Which proof is a second one, and on what sessions and passkeys rest that have two."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from auth_otp.domain.addresses import Address
from auth_otp.domain.second_proofs import passkey_rests_on, second_cipher, session_rests_on
from auth_otp.domain.sessions import Candidate, LiveSession, SessionGrant
from auth_otp.domain.stored_addresses import AddressKeys, passkey_place, session_place
from auth_otp.domain.stored_passkeys import StoredPasskey
from chassis.encryption import BlindIndex, FieldCipher
from chassis.settings import KeyRing

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
OLD, NEW = KeyRing("o", {"o": bytes(32)}), KeyRing("n", {"n": bytes(range(32)), "o": bytes(32)})
BEFORE, KEYS = (AddressKeys(FieldCipher(ring), BlindIndex(ring)) for ring in (OLD, NEW))
MAIL, PHONE = Address.known("a@example.com"), Address.known("+819012345678")
OTHER_MAIL = Address.known("b@example.com")
CONTACT = Candidate("cu-1", "co-1")


def grant(address: Address = PHONE, *, confirms: bool = True) -> SessionGrant:
    stored = KEYS.stored("b-1", address, session_place("b-1"))
    return SessionGrant(
        session_id="s-2",
        address_index=stored.index,
        address_cipher=stored.cipher,
        remembered=False,
        device="",
        issued_at=AT,
        expires_at=AT + timedelta(days=1),
        candidates=(CONTACT,),
        portal_generation=1,
        replaces="s-1",
        confirms=confirms,
    )


def live(
    address: Address = MAIL, second: bytes | None = None, contact_id: str = "co-1", keys: AddressKeys = KEYS
) -> LiveSession:
    stored = keys.stored("b-1", address, session_place("b-1"))
    return LiveSession(
        "b-1", "s-1", "cu-1", contact_id, stored.index, stored.cipher, False, AT, second_cipher=second
    )


def read(cipher: bytes | None) -> Address | None:
    return KEYS.read(cipher, session_place("b-1")) if cipher else None


@pytest.mark.parametrize(("own", "before"), [(PHONE, MAIL), (MAIL, PHONE)])
def test_the_other_address_of_the_same_contact_is_a_second_proof(own: Address, before: Address) -> None:
    assert read(second_cipher(KEYS, "b-1", grant(own), CONTACT, live(before))) == before


@pytest.mark.parametrize(
    ("given", "replaced"),
    [
        (grant(MAIL), live(MAIL)),
        (grant(MAIL), live(MAIL, keys=BEFORE)),
        (grant(OTHER_MAIL), live(MAIL)),
        (grant(), live(contact_id="co-2")),
        (grant(), None),
        (grant(confirms=False), live()),
    ],
    ids=["the same", "under an older key", "of the same kind", "of somebody else", "ended", "not asked for"],
)
def test_no_second_proof_is(given: SessionGrant, replaced: LiveSession | None) -> None:
    assert second_cipher(KEYS, "b-1", given, CONTACT, replaced) is None


def test_a_passkey_brings_the_second_address_that_it_rests_on() -> None:
    second = KEYS.stored("b-1", MAIL, session_place("b-1")).cipher
    brought = msgspec.structs.replace(grant(confirms=False), second_cipher=second)
    assert second_cipher(KEYS, "b-1", brought, CONTACT, None) == second


def test_a_session_rests_on_one_address_or_on_both() -> None:
    alone, both = live(), live(PHONE, KEYS.stored("b-1", MAIL, session_place("b-1")).cipher)
    assert session_rests_on(alone, KEYS) == [alone]
    assert [one.address_index for one in session_rests_on(both, KEYS)] == [
        KEYS.index.current("b-1", address.value) for address in (PHONE, MAIL)
    ]


@pytest.mark.parametrize("addresses", [(MAIL,), (MAIL, PHONE)])
def test_so_does_a_passkey(addresses: tuple[Address, ...]) -> None:
    ciphers = [KEYS.stored("b-1", address, passkey_place("b-1")).cipher for address in addresses]
    passkey = StoredPasskey(
        business_id="b-1",
        passkey_id="pk-1",
        customer_id="cu-1",
        contact_id="co-1",
        name="",
        address_cipher=ciphers[0],
        second_cipher=ciphers[1] if len(ciphers) > 1 else None,
        credential_id=b"",
        public_key=b"",
        user_handle=b"",
        sign_count=0,
        backed_up=False,
        added_at=AT,
        used_at=None,
    )
    indexes = [KEYS.index.current("b-1", address.value) for address in addresses]
    assert [one.address_index for one in passkey_rests_on(passkey, KEYS)] == indexes
