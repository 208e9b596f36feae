"""The contacts sign-in may let in: encrypted, found by blind index, gone with access or with the person."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from chassis.database import upsert
from chassis.encryption import BlindIndex, FieldCipher, Undecipherable
from servicehub_events import Contact, Customer, CustomerErased, Envelope
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import records
from auth_otp.domain.addresses import NotAnAddress, parse_address
from auth_otp.domain.revocation import Standing
from auth_otp.tables import customers

_STORED = text(
    "SELECT customer_id, version, erased FROM customers"
    " WHERE business_id = :business_id AND customer_id = ANY(:ids)"
)
_ERASE = text(
    "INSERT INTO customers AS c (business_id, customer_id, version, portal_access, erased)"
    " VALUES (:business_id, :customer_id, :version, false, true)"
    " ON CONFLICT (business_id, customer_id) DO UPDATE SET version = GREATEST(c.version, EXCLUDED.version),"
    " portal_access = false, erased = true, locale = NULL"
)
_DELETE = text(
    "DELETE FROM contacts WHERE business_id = :business_id AND customer_id = ANY(:ids)"
    " RETURNING customer_id, contact_id, email_cipher, email_index, phone_cipher, phone_index"
)
# One at a time: of two who each take the address from one of its last two contacts, the second sees neither.
_FORGET_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('known_browsers/' || :business_id, 0))")
# A browser is known for an address: it goes with the last contact of the business that has it.
_FORGET_BROWSERS = text(
    "DELETE FROM known_browsers k USING jsonb_to_recordset(CAST(:addresses AS jsonb)) AS gone(indexes text[])"
    " WHERE k.business_id = :business_id AND k.address_index = ANY(gone.indexes)"
    " AND NOT EXISTS (SELECT FROM contacts c WHERE c.business_id = :business_id"
    " AND (c.email_index = ANY(gone.indexes) OR c.phone_index = ANY(gone.indexes)))"
)
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
        """Store the last word on each customer, held by the caller; the erased stay erased.

        Returns all that is newer than what was stored, by version: who lost something and got it back within
        one batch lost it.
        """
        news = await _news(connection, business_id, told)
        last = newest(news)
        await _erase(connection, business_id, [one for one in last if isinstance(one.event, CustomerErased)])
        rows = [_row(one.event, one.version) for one in last if isinstance(one.event, Customer)]
        await upsert.put(connection, customers, rows)
        await self._replace(connection, business_id, last)
        return news

    async def _replace(self, connection: AsyncConnection, business_id: str, last: Sequence[Told]) -> None:
        """Contacts as they are now, and no browser known for an address that nobody has any more."""
        deleted = (await connection.execute(_DELETE, _ids(business_id, last))).all()
        contacts = [row for one in last for row in self._contacts(one)]
        await connection.execute(_INSERT, {"rows": json.dumps(contacts)})
        before = [found for row in deleted for found in self._indexes(business_id, row)]
        for indexes in before:
            await records.move_browsers(connection, business_id, indexes)
        present = {row[name] for row in contacts for name in ("email_index", "phone_index")}
        gone = [{"indexes": indexes} for indexes in before if present.isdisjoint(indexes)]
        if gone:
            await connection.execute(_FORGET_ALONE, {"business_id": business_id})
            names = {"business_id": business_id, "addresses": json.dumps(gone)}
            await connection.execute(_FORGET_BROWSERS, names)

    def _indexes(self, business_id: str, row: Row[tuple[object, ...]]) -> Iterator[list[str]]:
        """Of each address of a stored contact, every index it may be known under, the current one first."""
        where = f"contacts/{business_id}/{row.customer_id}/{row.contact_id}"
        for cipher, index in ((row.email_cipher, row.email_index), (row.phone_cipher, row.phone_index)):
            if index is None:
                continue
            try:
                plain = self._cipher.decrypt(cipher, context=where).decode()
            except Undecipherable:  # its key was retired too early
                yield [index]
                continue
            accepted = self._index.accepted(business_id, plain)
            yield [*accepted, *({index} - set(accepted))]

    def standing(self, event: Customer | CustomerErased) -> Standing:
        """What a session's life depends on, after this event."""
        if isinstance(event, CustomerErased):
            return Standing(erased=True)
        addresses = {c.contact_id: self._accepted(event.business_id, c) for c in event.contacts}
        return Standing(portal_access=event.portal_access, addresses=addresses)

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


async def _news(connection: AsyncConnection, business_id: str, told: Sequence[Told]) -> list[Told]:
    """What is newer than what is stored, by version; an erasure always is, and nothing after it ever."""
    rows = (await connection.execute(_STORED, _ids(business_id, told))).all()
    erased = {row.customer_id for row in rows if row.erased}
    stored: dict[str, int] = {row.customer_id: row.version for row in rows}
    alive = [one for one in told if one.event.customer_id not in erased]
    news = [
        one
        for one in alive
        if isinstance(one.event, CustomerErased) or one.version > stored.get(one.event.customer_id, -1)
    ]
    return sorted(news, key=lambda one: one.version)


async def _erase(connection: AsyncConnection, business_id: str, ended: Sequence[Told]) -> None:
    rows = [
        {"business_id": business_id, "customer_id": one.event.customer_id, "version": one.version}
        for one in ended
    ]
    if rows:
        await connection.execute(_ERASE, rows)


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
