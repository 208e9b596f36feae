"""What others tell us: businesses, customers and their contacts. Whoever loses access loses every session."""

from collections.abc import Sequence
from itertools import groupby

from chassis.clock import Clock
from chassis.database import upsert
from chassis.encryption import BlindIndex, FieldCipher
from chassis.events_in.consumer import Received
from chassis.events_out.event_store import EventStore, Origin
from servicehub_events import Business, RevocationReason
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import queries
from auth_otp.contacts import ContactBook, Told
from auth_otp.domain.revocation import why_revoke
from auth_otp.domain.sessions import RevokeSession
from auth_otp.handlers.revoking import revoke
from auth_otp.queries import LiveSession
from auth_otp.tables import businesses


class Reactions:
    """Applies events of customers and businesses, in the transaction of their position."""

    def __init__(self, cipher: FieldCipher, index: BlindIndex, store: EventStore, clock: Clock) -> None:
        self._book = ContactBook(cipher, index)
        self._store = store
        self._clock = clock

    async def apply(self, connection: AsyncConnection, events: Sequence[Received]) -> None:
        """A `chassis.events_in.consumer.Apply`."""
        told = [one.envelope for one in events]
        portals = [_business(e.event, e.sequence) for e in told if isinstance(e.event, Business)]
        await upsert.put(connection, businesses, portals)
        people = [one for one in map(Told.of, told) if one]
        await self._apply_people(connection, sorted(people, key=lambda one: one.key))

    async def _apply_people(self, connection: AsyncConnection, people: Sequence[Told]) -> None:
        held = sorted({one.key for one in people})
        await queries.hold_customers(connection, ["/".join(key) for key in held], alone=True)
        for business_id, of_business in groupby(people, key=lambda one: one.event.business_id):
            news = await self._book.write(connection, business_id, list(of_business))
            await self._revoke(connection, business_id, news)

    async def _revoke(self, connection: AsyncConnection, business_id: str, news: Sequence[Told]) -> None:
        customers = sorted({one.event.customer_id for one in news})
        now = self._clock()
        for live in await queries.live_sessions_of_customers(connection, business_id, customers):
            told = [one for one in news if one.event.customer_id == live.customer_id]
            if ended := self._ended_by(live, told):
                reason, event_id = ended
                origin = Origin("consumer:auth-otp", event_id)
                await revoke(self._store, connection, live, RevokeSession(reason, now), origin)

    def _ended_by(self, live: LiveSession, told: Sequence[Told]) -> tuple[RevocationReason, str] | None:
        """The first reason to end a session, with its event; what came later gives nothing back."""
        for one in told:
            if reason := why_revoke(live.contact_id, live.address_index, self._book.standing(one.event)):
                return reason, one.event_id
        return None


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
