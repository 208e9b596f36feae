"""The contacts news go to: where they read mail, their languages, roles and wishes. Addresses are encrypted.

Nothing is kept of a customer without portal access but ids. An erased customer stays erased, whatever the
order: its row has the highest version there is.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import structlog
from chassis.database import upsert
from chassis.encryption import FieldCipher, Undecipherable
from servicehub_events import LARGEST_SEQUENCE, Customer, CustomerErased, Envelope, Preferences
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.news.domain import Person, Wishes
from notifier.tables import customers, preferences

log = structlog.get_logger(__name__)

# Who writes about a customer shares it, who erases the customer holds it alone: nothing slips through.
_HOLD = text("SELECT pg_advisory_xact_lock(:key)")
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:key)")
_ONE = "business_id = :business_id AND customer_id = :customer_id"
_FIND = text(f"SELECT portal_access, erased, people FROM customers WHERE {_ONE}")  # noqa: S608  # ours
_WISHES = text(
    "SELECT contact_id, locale, kinds FROM preferences"
    " WHERE business_id = :business_id AND contact_id = ANY(:contact_ids)"
)
_FORGET = (
    text(
        "DELETE FROM preferences p USING customers c WHERE c.business_id = :business_id"
        " AND c.customer_id = :customer_id AND p.business_id = c.business_id"
        " AND p.contact_id = ANY(c.contact_ids)"
    ),
    *(
        text(f"DELETE FROM {table} WHERE {_ONE}")  # noqa: S608  # ours
        for table in ("subjects", "news", "deliveries")
    ),
)


@dataclass(frozen=True, slots=True)
class Household:
    """What is known of a customer now: whether it may use the portal, and who can be written to."""

    portal_access: bool
    erased: bool
    people: tuple[Person, ...]


async def share(connection: AsyncConnection, business_id: str, customer_id: str) -> None:
    """Let nobody erase the customer until this transaction ends."""
    await connection.execute(_SHARE, {"key": _lock_of(business_id, customer_id)})


@dataclass(frozen=True, slots=True)
class People:
    """Reads and writes contacts."""

    cipher: FieldCipher

    async def learn(self, connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
        """Keep the newest state of customers and of preferences; forget the erased."""
        listed = list(envelopes)
        erased = {
            (event.business_id, event.customer_id)
            for event in (envelope.event for envelope in listed)
            if isinstance(event, CustomerErased)
        }
        for business_id, customer_id in sorted(erased):
            await _forget(connection, business_id, customer_id)
        found = [row for envelope in listed if (row := self._customer(envelope))]
        await upsert.put(connection, customers, found)
        wishes = [row for envelope in listed if (row := _wishes(envelope))]
        await upsert.put(connection, preferences, wishes)

    async def household(
        self, connection: AsyncConnection, business_id: str, customer_id: str
    ) -> Household | None:
        """A customer as it was last heard of; None while nothing was."""
        names = {"business_id": business_id, "customer_id": customer_id}
        row = (await connection.execute(_FIND, names)).first()
        if row is None:
            return None
        return Household(row.portal_access, row.erased, self._open(row.people, business_id, customer_id))

    async def wishes(
        self, connection: AsyncConnection, business_id: str, people: Sequence[Person]
    ) -> dict[str, Wishes]:
        """What these contacts chose, by contact; absent when nothing."""
        names = {"business_id": business_id, "contact_ids": [person.contact_id for person in people]}
        rows = await connection.execute(_WISHES, names)
        return {row.contact_id: Wishes(locale=row.locale, kinds=row.kinds) for row in rows}

    def _open(self, stored: bytes | None, business_id: str, customer_id: str) -> tuple[Person, ...]:
        if stored is None:
            return ()
        try:
            plain = self.cipher.decrypt(stored, context=_context(business_id, customer_id))
        except Undecipherable:  # its key was retired too early
            log.error("people.undecipherable", business_id=business_id, customer_id=customer_id)
            return ()
        return msgspec.json.decode(plain, type=tuple[Person, ...])

    def _customer(self, envelope: Envelope) -> upsert.Row | None:
        event = envelope.event
        if isinstance(event, CustomerErased):
            return _row(event, LARGEST_SEQUENCE, erased=True)
        if not isinstance(event, Customer):
            return None
        people = _reachable(event) if event.portal_access else ()
        where = _context(event.business_id, event.customer_id)
        sealed = "\\x" + self.cipher.encrypt(msgspec.json.encode(people), context=where).hex()
        return _row(event, envelope.sequence, people=sealed if people else None)


async def _forget(connection: AsyncConnection, business_id: str, customer_id: str) -> None:
    await connection.execute(_HOLD, {"key": _lock_of(business_id, customer_id)})
    for statement in _FORGET:
        await connection.execute(statement, {"business_id": business_id, "customer_id": customer_id})


def _lock_of(business_id: str, customer_id: str) -> int:
    digest = hashlib.blake2b(_context(business_id, customer_id).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _context(business_id: str, customer_id: str) -> str:
    return f"customers/{business_id}/{customer_id}"


def _reachable(event: Customer) -> tuple[Person, ...]:
    return tuple(
        Person(
            contact_id=contact.contact_id,
            email=contact.email,
            locale=contact.locale or event.locale,
            roles=contact.roles,
        )
        for contact in event.contacts
        if contact.email
    )


def _row(
    event: Customer | CustomerErased, version: int, *, erased: bool = False, people: str | None = None
) -> upsert.Row:
    known = event if isinstance(event, Customer) else None
    return {
        "business_id": event.business_id,
        "customer_id": event.customer_id,
        "version": version,
        "portal_access": known is not None and known.portal_access,
        "erased": erased,
        "contact_ids": [contact.contact_id for contact in known.contacts] if known else [],
        "people": people,
    }


def _wishes(envelope: Envelope) -> upsert.Row | None:
    event = envelope.event
    if not isinstance(event, Preferences):
        return None
    return {
        "business_id": event.business_id,
        "contact_id": event.contact_id,
        "version": envelope.sequence,
        "locale": event.locale,
        "kinds": dict(event.kinds),
    }
