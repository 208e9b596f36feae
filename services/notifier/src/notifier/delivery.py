"""One delivery: write it, send it outside any transaction, then record the outcome with its event.

At least once: a crash after the provider took the message sends it again, under the same Message-ID.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from chassis.clock import Clock, NewId
from chassis.database import Transaction
from chassis.database.database import Database
from chassis.events_out import outbox
from chassis.observability import telemetry
from servicehub_events import Envelope, Message, MessageFailed, MessageSent, topic_of

from notifier import jobs, measures, queries
from notifier.domain import Jitter, Job, next_attempt
from notifier.messages.mail import compose
from notifier.ports import Letter, MailSender, Moot, Refused, SmsSender, TryAgain, Writer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Delivers claimed jobs. `writers` knows, by the kind of message, who writes it."""

    database: Database
    writers: Mapping[str, Writer]
    mail: MailSender
    sms: SmsSender
    sender: str
    clock: Clock
    new_id: NewId
    jitter: Jitter

    async def deliver(self, job: Job) -> None:
        """Send one message, or postpone it, or give it up. Raises only what the database raises."""
        with telemetry.span(f"deliver {job.kind}", parent=job.traceparent):
            if self.clock() >= job.expires_at:
                await self._end(job, error="expired")
                return
            try:
                reference = await self._send(job)
            except TryAgain as reason:
                await self._postpone(job, reason.code)
            except Refused as reason:
                await self._end(job, error=reason.code)
            except Moot as reason:
                await self._drop(job, reason.code)
            except Exception as error:  # one message that trips us must not stop the others
                log.error("delivery.tripped", message_id=str(job.message_id), exc_info=error)
                await self._postpone(job, "internal_error")
            else:
                await self._end(job, reference=reference)

    async def _send(self, job: Job) -> str | None:
        async with self.database.transaction() as connection:
            business = await queries.business(connection, job.business_id)
        if business is None:
            raise TryAgain("business_unknown")  # its event is on another topic and may come later
        written = await self.writers[job.kind].write(job, business)
        if isinstance(written, Letter):
            return await self._mail(job, written)
        return await self.sms.send(written)

    async def _mail(self, job: Job, letter: Letter) -> str | None:
        try:
            mail = compose(letter, sender=self.sender, message_id=job.message_id, now=self.clock())
        except ValueError:
            raise Refused("address_unusable") from None
        return await self.mail.send(mail, letter.to)

    async def _postpone(self, job: Job, code: str) -> None:
        async with self.database.transaction() as connection:
            await jobs.postpone(connection, job, next_attempt(job, self.clock(), self.jitter), code)
        measures.count(job.kind, job.channel, "postponed")
        log.warning("delivery.postponed", message_id=str(job.message_id), attempts=job.attempts, code=code)

    async def _drop(self, job: Job, code: str) -> None:
        """End it untold: nobody was sent anything, and nobody needs to know."""
        async with self.database.transaction() as connection:
            await jobs.end(connection, job, self.clock(), status="dropped", error=code)
        measures.count(job.kind, job.channel, "dropped")
        log.info("delivery.dropped", message_id=str(job.message_id), code=code)

    async def _end(self, job: Job, *, reference: str | None = None, error: str | None = None) -> None:
        now = self.clock()
        status = "failed" if error else "sent"
        async with self.database.transaction() as connection:
            version = await jobs.end(connection, job, now, status=status, reference=reference, error=error)
            if version is None:
                return  # claimed by another worker meanwhile: the outcome is its to tell
            event = _event(MessageFailed if error else MessageSent, job, reference, error)
            envelope = self._envelope(event, job, version, now)
            tx = Transaction(connection, job.business_id)
            await outbox.publish(tx, [envelope], actor="worker:notifier")
        measures.count(job.kind, job.channel, status)
        if error:
            log.error("delivery.failed", message_id=str(job.message_id), attempts=job.attempts, code=error)
        else:
            measures.took(job.channel, (now - job.requested_at).total_seconds())
            log.info("delivery.sent", message_id=str(job.message_id), attempts=job.attempts)

    def _envelope(self, event: Message, job: Job, version: int, now: datetime) -> Envelope:
        return Envelope(
            event=event,
            id=self.new_id(),
            source=topic_of(type(event)).source,
            time=now,
            sequence=version,
            causation_id=job.caused_by,
            traceparent=telemetry.traceparent(),
        )


def _event(cls: Callable[..., Message], job: Job, reference: str | None, error: str | None) -> Message:
    return cls(
        business_id=job.business_id,
        message_id=str(job.message_id),
        kind=job.kind,
        customer_id=job.customer_id,
        contact_id=job.contact_id,
        channel=job.channel,
        locale=job.locale,
        caused_by=job.caused_by,
        provider_reference=reference,
        error=error,
    )
