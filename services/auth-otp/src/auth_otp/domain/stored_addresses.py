"""Addresses at rest: encrypted for one place, and found again by a keyed blind index per business."""

from dataclasses import dataclass

from chassis.encryption import BlindIndex, FieldCipher, Undecipherable

from auth_otp.domain.addresses import Address


@dataclass(frozen=True, slots=True)
class StoredAddress:
    """What is stored of an address: its current index, and its text encrypted."""

    index: str
    cipher: bytes


@dataclass(frozen=True, slots=True)
class Resting:
    """Whose a session or a passkey is, and an address it rests on."""

    customer_id: str
    contact_id: str
    address_index: str


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """The keys of addresses. A `place` is what an address is encrypted for: moved elsewhere it is garbage."""

    cipher: FieldCipher
    index: BlindIndex

    def stored(self, business_id: str, address: Address, place: str) -> StoredAddress:
        """The address as it is stored in a place."""
        plain = address.value.encode()
        return StoredAddress(
            self.index.current(business_id, address.value), self.cipher.encrypt(plain, context=place)
        )

    def read(self, cipher: bytes, place: str) -> Address | None:
        """The address that was stored; None when its key was retired too early."""
        try:
            return Address.known(self.cipher.decrypt(cipher, context=place).decode())
        except Undecipherable:
            return None

    def rewritten(self, business_id: str, cipher: bytes, place: str) -> StoredAddress:
        """The address as the current keys write it. Raises `Undecipherable` when its key is gone."""
        plain = self.cipher.decrypt(cipher, context=place).decode()
        return self.stored(business_id, Address.known(plain), place)

    @property
    def current_prefixes(self) -> StoredAddress:
        """How index and cipher begin that the current keys wrote."""
        kid = self.cipher.keys.current.encode()
        return StoredAddress(f"{self.index.keys.current}.", bytes([len(kid)]) + kid)

    def accepted(self, business_id: str, address: Address) -> list[str]:
        """Every index it may be stored under while keys rotate, the current one first."""
        return self.index.accepted(business_id, address.value)

    def known_indexes(self, business_id: str, stored: StoredAddress, place: str) -> list[str]:
        """Every index that what was stored may be found under, the current one first."""
        address = self.read(stored.cipher, place)
        accepted = self.accepted(business_id, address) if address else []
        return [*accepted, *({stored.index} - set(accepted))]


def challenge_place(business_id: str) -> str:
    """What the address of a challenge is encrypted for."""
    return f"challenge/{business_id}"


def session_place(business_id: str) -> str:
    """What the address that a session proved is encrypted for."""
    return f"session/{business_id}"


def passkey_place(business_id: str) -> str:
    """What the address that a passkey rests on is encrypted for."""
    return f"passkey/{business_id}"


def contact_place(business_id: str, customer_id: str, contact_id: str) -> str:
    """What the addresses of a contact are encrypted for."""
    return f"contacts/{business_id}/{customer_id}/{contact_id}"
