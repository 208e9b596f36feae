"""The contacts sign-in may let in: encrypted, found by blind index, gone with access or with the person."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from chassis import replica
from chassis.crypto import BlindIndex, FieldCipher
from servicehub_events import Contact, Customer, CustomerErased, Envelope
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp.domain.addresses import NotAnAddress, parse_address
from auth_otp.domain.revocation import Standing
from auth_otp.tables import customers

_ERASED = text(
    "SELECT customer_id FROM customers"
    " WHERE business_id = :business_id AND customer_id = ANY(:ids) AND erased"
)
_ERASE = text(
    "INSERT INTO customers AS c (business_id, customer_id, version, portal_access, erased)"
    " VALUES (:business_id, :customer_id, :version, false, true)"
    " ON CONFLICT (business_id, customer_id) DO UPDATE SET version = GREATEST(c.version, EXCLUDED.version),"
    " portal_access = false, erased = true, locale = NULL"
)
_FORGET_BROWSERS = text(
    "DELETE FROM known_browsers k USING contacts c WHERE k.business_id = :business_id"
    " AND c.business_id = :business_id AND c.customer_id = ANY(:ids)"
    " AND k.address_index IN (c.email_index, c.phone_index)"
)
_DELETE = text("DELETE FROM contacts WHERE business_id = :business_id AND customer_id = ANY(:ids)")
_INSERT = text(
    "INSERT INTO contacts (business_id, customer_id, contact_id, version, email_cipher, phone_cipher,"
    " email_index, phone_index, locale) SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r("
    "business_id text, customer_id text, contact_id text, version bigint, email_cipher bytea,"
    " phone_cipher bytea, email_index text, phone_index text, locale text)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A customer as an event told of it, with the event's version and id."""

    event: Customer | CustomerErased
    version: int
    event_id: str

    @classmethod
    def of(cls, envelope: Envelope) -> Self | None:
        """What an event tells of a customer, if it does."""
        event = envelope.event
        if not isinstance(event, Customer | CustomerErased):
            return None
        return cls(event, envelope.sequence, envelope.id)

    @property
    def key(self) -> tuple[str, str]:
        """Business and customer."""
        return self.event.business_id, self.event.customer_id


def newest(told: Iterable[Told]) -> list[Told]:
    """The last word on each customer, in the order of keys: erased, or else the highest version."""
    last: dict[tuple[str, str], Told] = {}
    for one in sorted(told, key=lambda t: (isinstance(t.event, CustomerErased), t.version)):
        last[one.key] = one
    return [last[key] for key in sorted(last)]


class ContactBook:
    """Writes what sign-in must know of customers, and nothing else of them."""

    def __init__(self, cipher: FieldCipher, index: BlindIndex) -> None:
        self._cipher = cipher
        self._index = index

    async def write(self, connection: AsyncConnection, business_id: str, told: Sequence[Told]) -> list[Told]:
        """Store what is newer than before; the erased stay erased. Returns what was news."""
        gone = set(await connection.scalars(_ERASED, _ids(business_id, told)))
        fresh = [one for one in told if one.event.customer_id not in gone]
        ended = [one for one in fresh if isinstance(one.event, CustomerErased)]
        await self._erase(connection, business_id, ended)
        rows = [_row(one.event, one.version) for one in fresh if isinstance(one.event, Customer)]
        written = set(await replica.put(connection, customers, rows))
        news = [one for one in fresh if one.key in written] + ended
        await connection.execute(_DELETE, _ids(business_id, news))
        contacts = [row for one in news for row in self._contacts(one)]
        await connection.execute(_INSERT, {"rows": json.dumps(contacts)})
        return news

    def standing(self, event: Customer | CustomerErased) -> Standing:
        """What a session's life depends on, after this event."""
        if isinstance(event, CustomerErased):
            return Standing(erased=True)
        addresses = {c.contact_id: self._accepted(event.business_id, c) for c in event.contacts}
        return Standing(portal_access=event.portal_access, addresses=addresses)

    async def _erase(self, connection: AsyncConnection, business_id: str, ended: Sequence[Told]) -> None:
        if not ended:
            return
        await connection.execute(_FORGET_BROWSERS, _ids(business_id, ended))
        rows = [
            {"business_id": business_id, "customer_id": one.event.customer_id, "version": one.version}
            for one in ended
        ]
        await connection.execute(_ERASE, rows)

    def _contacts(self, told: Told) -> list[dict[str, object]]:
        """Without portal access nobody is let in, and nothing about anybody needs to be kept."""
        event = told.event
        if not isinstance(event, Customer) or not event.portal_access:
            return []
        return [self._contact(event, contact, told.version) for contact in event.contacts]

    def _contact(self, customer: Customer, contact: Contact, version: int) -> dict[str, object]:
        business_id = customer.business_id
        email, phone = _canonical(contact.email), _canonical(contact.phone)
        where = f"contacts/{business_id}/{customer.customer_id}/{contact.contact_id}"
        return {
            "business_id": business_id,
            "customer_id": customer.customer_id,
            "contact_id": contact.contact_id,
            "version": version,
            "email_cipher": self._encrypted(email, where),
            "phone_cipher": self._encrypted(phone, where),
            "email_index": email and self._index.current(business_id, email),
            "phone_index": phone and self._index.current(business_id, phone),
            "locale": contact.locale or customer.locale,
        }

    def _encrypted(self, address: str | None, where: str) -> str | None:
        return (
            None if address is None else "\\x" + self._cipher.encrypt(address.encode(), context=where).hex()
        )

    def _accepted(self, business_id: str, contact: Contact) -> set[str]:
        addresses = (_canonical(contact.email), _canonical(contact.phone))
        return {index for a in addresses if a for index in self._index.accepted(business_id, a)}


def _ids(business_id: str, told: Sequence[Told]) -> dict[str, object]:
    return {"business_id": business_id, "ids": [one.event.customer_id for one in told]}


def _canonical(address: str | None) -> str | None:
    """The form that typed addresses take too; an address nobody could type here is not kept."""
    try:
        return parse_address(address, "").value if address else None
    except NotAnAddress:
        return None


def _row(event: Customer, version: int) -> dict[str, object]:
    return {
        "business_id": event.business_id,
        "customer_id": event.customer_id,
        "version": version,
        "portal_access": event.portal_access,
        "erased": False,
        "locale": event.locale,
    }
