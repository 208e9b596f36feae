"""Store what a business answered to requests, and have it told to who asked, once each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.database import Transaction
from servicehub_events import Appointment, Customer, Envelope, RequestAnswer

from notifier.context import Context
from notifier.domain.facts import NotificationSource, SourceKey
from notifier.domain.notifications import PendingNotification, expiry_of, withheld
from notifier.domain.request_facts import answer_facts
from notifier.domain.request_news import ANSWERED_WITH_ITS_EVENT
from notifier.store import notifications
from notifier.store.source_batch import SourceBatch

_MILLISECONDS: Final = 1000


async def store_answers(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Store the answers that come with events of customers, who are locked."""
    if keys := [key for envelope in batch for key in answers_of(envelope)]:
        sources, now = await SourceBatch.load(tx, ctx.cipher, keys), ctx.clock()
        for envelope in batch:
            keep_answers(sources, envelope, now)
        await sources.save(tx)


def answers_of(envelope: Envelope) -> Sequence[SourceKey]:
    """What is answered with an event. It repeats former answers too, which are known by their age."""
    return [(envelope.business_id, "answer", answer.request_id) for _, answer in _answers(envelope)]


def keep_answers(sources: SourceBatch, envelope: Envelope, now: datetime) -> None:
    """Keep each answer that comes with its event, among `sources`."""
    for customer_id, answer in _answers(envelope):
        _keep(sources, envelope, customer_id, answer, now)


def _answers(envelope: Envelope) -> Sequence[tuple[str, RequestAnswer]]:
    """Each with the customer whom it is for."""
    event = envelope.event
    if not isinstance(event, Customer | Appointment) or envelope.quiet:
        return ()
    return [
        (event.customer_id, answer)
        for answer in event.answers
        if abs(envelope.time - answer.at) <= ANSWERED_WITH_ITS_EVENT
    ]


def _keep(
    sources: SourceBatch, envelope: Envelope, customer_id: str, answer: RequestAnswer, now: datetime
) -> None:
    source = NotificationSource(
        aggregate="answer",
        subject_id=answer.request_id,
        customer_id=customer_id,
        facts=answer_facts(answer),
    )
    version = int(answer.at.timestamp() * _MILLISECONDS)
    if not sources.put(envelope.business_id, source, version, words=answer.message):
        return
    if withheld(envelope, "request_answered", source.facts, now):
        return
    pending = PendingNotification(
        business_id=envelope.business_id,
        event_id=envelope.id,
        kind="request_answered",
        reversal_id=answer.request_id,
        aggregate="answer",
        subject_id=answer.request_id,
        subject_version=version,
        customer_id=customer_id,
        received_at=now,
        expires_at=expiry_of("request_answered", envelope, source.facts),
        traceparent=envelope.traceparent,
    )
    sources.add(pending)


def answer_context(business_id: str, request_id: str) -> str:
    """What the words of an answer are encrypted for: moved to another row they do not decrypt."""
    return notifications.context_of(business_id, "answer", request_id, "words")
