"""A consumer for reactions that take a connection and records."""

from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any

from servicehub_events import Envelope
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Database, Transaction
from chassis.events_in.consumer import Consumer
from chassis.events_in.records import RawRecord, Received
from chassis.settings import ServiceSettings

Apply = Callable[[AsyncConnection, Sequence[Received]], Awaitable[None]]
_NO_RECORD = RawRecord(None, (), b"")


def consumer(
    group: str,
    topics: Sequence[str],
    apply: Apply,
    settings: ServiceSettings,
    database: Database,
    *,
    also_transient: tuple[type[Exception], ...] = (),
) -> Consumer:
    """A consumer of topics."""

    async def applied(tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        await apply(tx.connection, [Received(e.topic, 0, 0, e, _NO_RECORD) for e in envelopes])

    ctx: Any = SimpleNamespace(settings=settings, database=database)
    made = Consumer(group, {}, ctx, apply=applied, also_transient=also_transient)
    made._topics = list(topics)  # pyright: ignore[reportPrivateUsage]
    return made
