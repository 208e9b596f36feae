"""What others tell us: businesses, customers and their contacts. Whoever loses access loses every session."""

from collections.abc import Sequence
from itertools import groupby

from chassis import replica
from chassis.clock import Clock
from chassis.consumer import Received
from chassis.crypto import BlindIndex, FieldCipher
from chassis.store import EventStore, Origin
from servicehub_events import Business
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import queries
from auth_otp.contacts import ContactBook, Told, newest
from auth_otp.domain.revocation import why_revoke
from auth_otp.domain.sessions import RevokeSession
from auth_otp.handlers.revoking import revoke
from auth_otp.tables import businesses


class Reactions:
    """Applies events of customers and businesses, in the transaction of their position."""

    def __init__(self, cipher: FieldCipher, index: BlindIndex, store: EventStore, clock: Clock) -> None:
        self._book = ContactBook(cipher, index)
        self._store = store
        self._clock = clock

    async def apply(self, connection: AsyncConnection, events: Sequence[Received]) -> None:
        """A `chassis.consumer.Apply`."""
        told = [one.envelope for one in events]
        portals = [_business(e.event, e.sequence) for e in told if isinstance(e.event, Business)]
        await replica.put(connection, businesses, portals)
        people = (Told.of(envelope) for envelope in told)
        await self._apply_people(connection, newest(one for one in people if one))

    async def _apply_people(self, connection: AsyncConnection, people: Sequence[Told]) -> None:
        await queries.hold_customers(connection, ["/".join(one.key) for one in people], alone=True)
        for business_id, of_business in groupby(people, key=lambda one: one.event.business_id):
            news = await self._book.write(connection, business_id, list(of_business))
            await self._revoke(connection, business_id, news)

    async def _revoke(self, connection: AsyncConnection, business_id: str, news: Sequence[Told]) -> None:
        by_customer = {one.event.customer_id: one for one in news}
        now = self._clock()
        for live in await queries.live_sessions_of_customers(connection, business_id, list(by_customer)):
            told = by_customer[live.customer_id]
            reason = why_revoke(live.contact_id, live.address_index, self._book.standing(told.event))
            if reason:
                origin = Origin("consumer:auth-otp", told.event_id)
                await revoke(self._store, connection, live, RevokeSession(reason, now), origin)


def _business(event: Business, version: int) -> dict[str, object]:
    return {
        "business_id": event.business_id,
        "version": version,
        "slug": event.slug,
        "former_slugs": event.former_slugs,
        "enabled": event.enabled,
        "generation": event.generation,
        "country": event.country,
        "default_locale": event.default_locale,
        "locales": event.locales,
    }
