"""Store what a business answered to requests, and have it told to who asked, once each."""

from collections.abc import Sequence
from typing import Final

from chassis.database import Transaction
from servicehub_events import Appointment, Customer, Envelope, RequestAnswer

from notifier.context import Context
from notifier.domain.facts import NotificationSource
from notifier.domain.notifications import PendingNotification, expiry_of, withheld
from notifier.domain.request_facts import answer_facts
from notifier.domain.request_news import ANSWERED_WITH_ITS_EVENT
from notifier.store import notifications

_MILLISECONDS: Final = 1000


async def store_answers(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store each answer that comes with its event. The customer is locked.

    Events repeat former answers, which are known by their age.
    """
    for envelope in batch:
        event = envelope.event
        if isinstance(event, Customer | Appointment) and not envelope.quiet:
            for answer in event.answers:
                if abs(envelope.time - answer.at) <= ANSWERED_WITH_ITS_EVENT:
                    await _store(ctx, tx.of(envelope.business_id), envelope, event.customer_id, answer)


async def _store(
    ctx: Context, tx: Transaction, envelope: Envelope, customer_id: str, answer: RequestAnswer
) -> None:
    source = NotificationSource(
        aggregate="answer",
        subject_id=answer.request_id,
        customer_id=customer_id,
        facts=answer_facts(answer),
    )
    version = int(answer.at.timestamp() * _MILLISECONDS)
    if not await notifications.upsert_source(tx, source, version, ctx.cipher):
        return
    words = answer.message.encode() if answer.message else None
    context = answer_context(tx.business_id, answer.request_id)
    sealed = ctx.cipher.encrypt(words, context=context) if words else None
    await notifications.mark_words(tx, answer.request_id, sealed)
    if withheld(envelope, "request_answered", source.facts, ctx.clock()):
        return
    pending = PendingNotification(
        business_id=tx.business_id,
        event_id=envelope.id,
        kind="request_answered",
        reversal_id=answer.request_id,
        aggregate="answer",
        subject_id=answer.request_id,
        subject_version=version,
        customer_id=customer_id,
        received_at=ctx.clock(),
        expires_at=expiry_of("request_answered", envelope, source.facts),
        traceparent=envelope.traceparent,
    )
    await notifications.add_pending(tx, pending)


def answer_context(business_id: str, request_id: str) -> str:
    """What the words of an answer are encrypted for: moved to another row they do not decrypt."""
    return notifications.context_of(business_id, "answer", request_id, "words")
