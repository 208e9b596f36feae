"""The delivery world, and in it the consumer of documents and the fan-out, without Kafka."""

from email.message import EmailMessage

from chassis.events_in import react
from delivery_world import World
from notifier.handlers.fan_out import fan_out
from notifier.reactions import DOCUMENTS
from servicehub_events import Envelope


class NotificationWorld(World):
    """`read`, then `deliver_notifications`: what the consumer of documents and the fan-out do."""

    async def begin(self) -> None:
        """The notifier was there before the clock of these tests."""
        await self.history_ends("-infinity")

    async def history_ends(self, at: str) -> None:
        """What happened before then is told to nobody."""
        async with self.as_owner() as tx:
            await tx.run("UPDATE history SET ended_at = CAST(:at AS timestamptz)", at=at)

    async def read(self, *envelopes: Envelope) -> None:
        """What the consumer does with each event, as a batch of its own."""
        for envelope in envelopes:
            await self.read_batch(envelope)

    async def read_batch(self, *envelopes: Envelope) -> None:
        """What the consumer does with a batch."""
        async with self.worker.all_tenants() as tx:
            await react(DOCUMENTS, self.worker, tx, envelopes)

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
