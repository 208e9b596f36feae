"""What other services' events mean to the notifier."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from chassis.clock import Clock
from chassis.database import upsert
from chassis.encryption import Undecipherable
from chassis.events_in.records import Received
from chassis.settings.keys import KeyRing
from servicehub_events import Business, Envelope, SignInCodeRequested, encode_event
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier import jobs, measures
from notifier.domain import SIGN_IN_CODE, Job, message_id
from notifier.people import People
from notifier.sealed_codes import open_code
from notifier.tables import businesses

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CodeRequests:
    """Sign-in codes become jobs. Nothing is sent here, so a slow provider holds no partition."""

    keys: KeyRing
    clock: Clock

    async def apply(self, connection: AsyncConnection, events: Sequence[Received]) -> None:
        """Store a job for each request that still lives. Raises `Undecipherable`."""
        found = [self._job(received.envelope) for received in events]
        await jobs.add(connection, [job for job in found if job])

    def _job(self, envelope: Envelope) -> Job | None:
        event = envelope.event
        if not isinstance(event, SignInCodeRequested):
            return None
        if event.expires_at <= self.clock():
            measures.count(SIGN_IN_CODE, event.channel, "dropped")
            log.info("code.dropped", challenge_id=event.challenge_id, reason="expired")
            return None
        if open_code(self.keys, event.sealed, event.channel) is None:
            raise Undecipherable("`sealed` does not open to an address and a code")
        return Job(
            business_id=event.business_id,
            message_id=message_id(
                caused_by=envelope.id, recipient=event.challenge_id, kind=SIGN_IN_CODE, channel=event.channel
            ),
            kind=SIGN_IN_CODE,
            channel=event.channel,
            locale=event.locale,
            caused_by=envelope.id,
            sealed=event.sealed,
            expires_at=event.expires_at,
            requested_at=envelope.time,
            traceparent=envelope.traceparent,
        )


async def learn(people: People, connection: AsyncConnection, events: Sequence[Received]) -> None:
    """Keep the newest state of every business, customer and preference; forget the erased."""
    envelopes = [received.envelope for received in events]
    await upsert.put(connection, businesses, [row for envelope in envelopes for row in _rows(envelope)])
    await people.learn(connection, envelopes)


def _rows(envelope: Envelope) -> Iterator[upsert.Row]:
    if isinstance(event := envelope.event, Business):
        yield {
            "business_id": event.business_id,
            "version": envelope.sequence,
            "slug": event.slug,
            "state": json.loads(encode_event(event)),
        }
