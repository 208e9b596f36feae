"""A second proof: sessions and passkeys that rest on two addresses of their contact, and go with either."""

from auth_otp.domain.sessions import Candidate, LiveSession, SessionGrant
from auth_otp.domain.stored_addresses import AddressKeys, Resting, passkey_place, session_place
from auth_otp.domain.stored_passkeys import StoredPasskey


def second_cipher(
    keys: AddressKeys,
    business_id: str,
    grant: SessionGrant,
    candidate: Candidate,
    replaced: LiveSession | None,
) -> bytes | None:
    """The second address that the session of a grant rests on, as sessions store it; None without one.

    A passkey may bring it. Else it is that of the session which is replaced, if that is of the same contact
    and lives: one of the two is then the mail address, and one the phone number.
    """
    if grant.second_cipher or not grant.confirms or replaced is None:
        return grant.second_cipher
    if Candidate(replaced.customer_id, replaced.contact_id) != candidate:
        return None
    place = session_place(business_id)
    own, before = keys.read(grant.address_cipher, place), keys.read(replaced.address_cipher, place)
    if own is None or before is None or own.channel == before.channel:
        return None
    return replaced.address_cipher


def session_rests_on(live: LiveSession, keys: AddressKeys) -> list[LiveSession | Resting]:
    """The addresses of a session, each to be asked whether it is its contact's still."""
    if live.second_cipher is None:
        return [live]
    ids = live.customer_id, live.contact_id
    place = session_place(live.business_id)
    return [live, Resting(*ids, _index(live.business_id, live.second_cipher, place, keys))]


def passkey_rests_on(stored: StoredPasskey, keys: AddressKeys) -> list[Resting]:
    """The same of a passkey."""
    ids, place = (stored.customer_id, stored.contact_id), passkey_place(stored.business_id)
    ciphers = filter(None, (stored.address_cipher, stored.second_cipher))
    return [Resting(*ids, _index(stored.business_id, cipher, place, keys)) for cipher in ciphers]


def _index(business_id: str, cipher: bytes, place: str, keys: AddressKeys) -> str:
    """Where an address is found now; one whose key was retired too early is found nowhere."""
    address = keys.read(cipher, place)
    return keys.index.current(business_id, address.value) if address else ""
