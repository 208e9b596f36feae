"""The delivery world, and the news lane in it: its intake and its planner, without Kafka."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from chassis.context import ServiceContext
from chassis.events_in.dead_letters import DeadLetters
from chassis.events_in.records import Received
from chassis.events_out.event_store import EventStore
from chassis.settings import KeyRing, Secret, ServiceSettings
from delivery_world import PEOPLE, World
from notifier.news.intake import NAME, Intake
from notifier.news.planner import Planner
from servicehub_events import DEFAULT_PARTITIONS, encode, partition_for

SETTINGS = ServiceSettings(
    database_url=Secret(""),
    kafka_bootstrap="",
    public_origin="",
    dead_letter_keys=KeyRing("d1", {"d1": secrets.token_bytes(32)}),
)


@dataclass(frozen=True)
class Fetched:
    """A record as Kafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def fetched(event: Received, offset: int = 0) -> Fetched:
    """The record of an event."""
    record = encode(event.envelope)
    partition = partition_for(record.key, DEFAULT_PARTITIONS)
    return Fetched(record.topic, partition, offset, record.key, record.value, tuple(record.headers))


@dataclass
class NewsWorld(World):
    """`hear_news`, then `deliver_news`: what the agents and the timer do."""

    offsets: int = field(default=0)

    async def hear_news(self, *events: Received) -> None:
        """What an agent does with a record, again for each event."""
        await self.take(*(fetched(event, self._next_offset()) for event in events))

    async def take(self, *records: Fetched) -> None:
        ctx = ServiceContext(settings=SETTINGS, database=self.database, events=EventStore())
        intake = Intake(self.database, PEOPLE, self.clock, DeadLetters(NAME, ctx))
        for record in records:
            await intake.take(record, DEFAULT_PARTITIONS)

    async def plan(self, later: float = 0) -> None:
        """Let `later` seconds pass, then settle all that is due."""
        self.now += timedelta(seconds=later)
        while await Planner(self.database, PEOPLE, self.clock).step():
            pass

    async def deliver_news(self, later: float = 0) -> list[tuple[str, EmailMessage]]:
        """Settle and send all that is due; gives back what arrived by that."""
        before = len(self.mail.sent)
        await self.plan(later)
        while await self.deliver():
            pass
        return self.mail.sent[before:]

    async def recipients(self) -> list[str]:
        """Who got something so far, in alphabetical order."""
        return sorted(to for to, _ in self.mail.sent)

    def _next_offset(self) -> int:
        self.offsets += 1
        return self.offsets
