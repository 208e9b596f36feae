"""Tells ServiceHub which of its records the portal could not use, so that they can be published again.

portal-read does, for every other service reads fewer topics; and only the consumers of the projection that
is shown do, for a rebuild reads what was rejected before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.events_in import DeadLetter
from chassis.events_out import publish
from servicehub_events import TOPICS, Envelope, RecordRejected, topic_of
from servicehub_events.catalogue.scalars import MAX_SEQUENCE

_IS_SHOWN: Final = "SELECT true FROM public.active_projection WHERE name = :schema"
_IDS: Final = UUID("0199c1d7-31a8-7b1e-9c55-5ad9e6f0a5b3")
_FAULTS_SHOWN: Final = 20
_LONGEST: Final = 4000
_PUBLISHED_BY_SERVICEHUB: Final = frozenset(topic.name for topic in TOPICS if topic.owner == "servicehub")


@dataclass(frozen=True, slots=True)
class Rejections:
    """Publishes what the consumers of one projection set aside."""

    ctx: ServiceContext[Any]
    schema: str

    async def publish(self, tx: Transaction, letters: Sequence[DeadLetter]) -> None:
        """Publish an event for each letter of ServiceHub's whose key names a business."""
        letters = [
            letter for letter in letters if letter.topic in _PUBLISHED_BY_SERVICEHUB and letter.record_key
        ]
        if letters and await tx.value(_IS_SHOWN, bool, schema=self.schema):
            await publish(tx, map(self._envelope, letters), actor="consumer:portal-read")

    def _envelope(self, letter: DeadLetter) -> Envelope:
        now = self.ctx.events.clock()
        event = RecordRejected(
            business_id=letter.business_id,
            rejection_id=str(uuid5(_IDS, f"{letter.topic}/{letter.partition}/{letter.offset}")),
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            record_key=letter.record_key or "",
            event_type=letter.header("ce_type"),
            event_source=letter.header("ce_source"),
            sequence=letter.sequence if (letter.sequence or 0) <= MAX_SEQUENCE else None,
            code=letter.code,
            faults=tuple(_printable(fault) for fault in letter.cause.split("; ")[:_FAULTS_SHOWN]),
            rejected_at=now,
        )
        source = topic_of(RecordRejected).source
        return Envelope(event=event, id=self.ctx.events.new_id(), source=source, time=now, sequence=1)


def _printable(fault: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in fault)[:_LONGEST]
