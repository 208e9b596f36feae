"""What reads the log for a projection: one consumer of each kind."""

from collections.abc import Mapping
from typing import Any, Final

from chassis.context import ServiceContext
from chassis.events_in import Apply, Consumer
from servicehub_events import Event

from portal_read.projection.names import ConsumerKind, consumer_names
from portal_read.projection.projector import SCHEMA_IS_MISSING, Projector
from portal_read.reactions import DOCUMENTS, IDENTITY, RowReaction

_TABLES: Final[Mapping[ConsumerKind, Mapping[type[Event], RowReaction]]] = {
    "identity": IDENTITY,
    "documents": DOCUMENTS,
}


def consumer_of(
    ctx: ServiceContext[Any], kind: ConsumerKind, schema: str, apply: Apply | None = None
) -> Consumer:
    """The consumer of this kind that fills a projection; `apply` stands in for its projector."""
    return Consumer(
        getattr(consumer_names(schema), kind),
        _TABLES[kind],
        ctx,
        apply=apply or Projector(schema).apply,
        also_transient=SCHEMA_IS_MISSING,
    )
