"""The world of notifications, with the loop that says what is due because time passes."""

from datetime import datetime

from msgspec.structs import replace
from notification_world import NotificationWorld
from notifier.handlers.remind import remind
from portal_testing.envelopes import envelope_of
from servicehub_events import Event


class ReminderWorld(NotificationWorld):
    """`at` is a moment of the simulated day: all that is due then is told."""

    async def tell(self, event: Event, version: int = 1, *, quiet: bool = False) -> None:
        """What happens to an event that is published now."""
        envelope = envelope_of(event, version, time=self.clock.now)
        await self.read(replace(envelope, quiet=quiet))

    async def remind(self) -> None:
        """What the loop does until nothing is due."""
        while await remind(self.worker):
            pass

    async def at(self, moment: datetime) -> list[str]:
        """Let it be this moment; who was written to by what is due by then, and what it begins with."""
        self.clock.now = moment
        mails, texts = len(self.mail.sent), len(self.sms.sent)
        await self.remind()
        await self.deliver_notifications()
        return sorted(
            [f"{to.partition('@')[0]}: {mail['Subject']}" for to, mail in self.mail.sent[mails:]]
            + [f"{sms.to}: {sms.text.partition(': ')[2]}" for sms in self.sms.sent[texts:]]
        )
