"""The delivery world, and the lane of notifications in it: its records and its fan-out, without Kafka."""

from dataclasses import dataclass
from email.message import EmailMessage

from delivery_world import World
from notifier.adapters.faust_records import FaustRecords
from notifier.handlers.fan_out import fan_out
from notifier.reactions import DOCUMENTS
from servicehub_events import DEFAULT_PARTITIONS, Envelope, encode, partition_for


@dataclass(frozen=True)
class FetchedRecord:
    """A record as Kafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def record_of(envelope: Envelope, offset: int = 0) -> FetchedRecord:
    """The record of an event."""
    record = encode(envelope)
    partition = partition_for(record.key, DEFAULT_PARTITIONS)
    return FetchedRecord(record.topic, partition, offset, record.key, record.value, tuple(record.headers))


class NotificationWorld(World):
    """`read`, then `deliver_notifications`: what the agents and the timer do."""

    offsets = 0

    async def begin(self) -> None:
        """The notifier was there before the clock of these tests."""
        await self.history_ends("-infinity")

    async def history_ends(self, at: str) -> None:
        """What happened before then is told to nobody."""
        async with self.as_owner() as tx:
            await tx.run("UPDATE history SET ended_at = CAST(:at AS timestamptz)", at=at)

    async def read(self, *envelopes: Envelope) -> None:
        """What an agent does with a record, again for each event."""
        await self.read_records(*(record_of(envelope, self._next_offset()) for envelope in envelopes))

    async def read_records(self, *records: FetchedRecord) -> None:
        lane = FaustRecords(self.worker, DOCUMENTS)
        for record in records:
            await lane.apply(record)

    async def fan_out(self, later: float = 0) -> None:
        """Let `later` seconds pass, then settle all that is due."""
        self.clock.pass_time(seconds=later)
        while await fan_out(self.worker):
            pass

    async def deliver_notifications(self, later: float | None = None) -> list[tuple[str, EmailMessage]]:
        """Settle and send all that is due once nothing changes any more; gives back what arrived by that."""
        before = len(self.mail.sent)
        await self.fan_out(self.worker.settings.news_fold_seconds if later is None else later)
        while await self.deliver():
            pass
        return self.mail.sent[before:]

    async def recipients(self) -> list[str]:
        """Who got something so far, in alphabetical order."""
        return sorted(to for to, _ in self.mail.sent)

    def _next_offset(self) -> int:
        self.offsets += 1
        return self.offsets
