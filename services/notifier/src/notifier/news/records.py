"""The news lane's tables: what messages tell about, and messages whose recipients are not settled yet."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from chassis.database import upsert
from servicehub_events import LARGEST_SEQUENCE
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.news.domain import Kind
from notifier.news.subjects import STATES, Aggregate, Bill, State, Subject
from notifier.tables import subjects

_SUBJECT = "business_id = :business_id AND aggregate = :aggregate AND subject_id = :subject_id"
# Every name in these is ours.
_TOLD_ANEW = text(
    f"UPDATE subjects SET news_version = :version WHERE {_SUBJECT} AND news_version < :version"  # noqa: S608
)
_SUPERSEDE = text(
    f"DELETE FROM news WHERE {_SUBJECT} AND subject_version < :version RETURNING kind"  # noqa: S608
)
_ADD = text(
    "INSERT INTO news (business_id, event_id, kind, aggregate, subject_id, subject_version, customer_id,"
    " heard_at, due_at, traceparent) VALUES (:business_id, :event_id, :kind, :aggregate, :subject_id,"
    " :subject_version, :customer_id, :heard_at, :heard_at, :traceparent) ON CONFLICT DO NOTHING"
)
# A few of each business at a time: one business's import delays no other's message.
_TAKE = text(
    "SELECT n.* FROM (SELECT DISTINCT business_id FROM news WHERE due_at <= :now) AS waiting"
    " CROSS JOIN LATERAL (SELECT * FROM news WHERE business_id = waiting.business_id AND due_at <= :now"
    " ORDER BY due_at LIMIT :of_one FOR UPDATE SKIP LOCKED) AS n ORDER BY n.due_at LIMIT :most"
)
_DONE = text("DELETE FROM news WHERE business_id = :business_id AND event_id = :event_id")
_LATER = text("UPDATE news SET due_at = :due_at WHERE business_id = :business_id AND event_id = :event_id")
_FIND = text(f"SELECT state::text, news_version FROM subjects WHERE {_SUBJECT}")  # noqa: S608
_BILLS = text(
    "SELECT subject_id, state::text FROM subjects WHERE business_id = :business_id"
    " AND aggregate = 'invoice' AND subject_id = ANY(:ids)"
)


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A message to nobody yet: what happened to which aggregate, when it was heard, and by which event."""

    business_id: str
    event_id: str
    kind: Kind
    aggregate: Aggregate
    subject_id: str
    subject_version: int
    customer_id: str
    heard_at: datetime
    traceparent: str | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An aggregate as it was last heard of. `state` is None once it was erased."""

    state: State | None
    news_version: int


async def keep(connection: AsyncConnection, business_id: str, subject: Subject, version: int) -> bool:
    """Store the newest state; whether this was newer. What is erased stays so, whatever comes later."""
    row: upsert.Row = {
        "business_id": business_id,
        "aggregate": subject.aggregate,
        "subject_id": subject.subject_id,
        "version": version if subject.state else LARGEST_SEQUENCE,
        "customer_id": subject.customer_id,
        "state": msgspec.to_builtins(subject.state),
    }
    return bool(await upsert.put(connection, subjects, [row]))


async def supersede(
    connection: AsyncConnection, business_id: str, subject: Subject, version: int
) -> list[str]:
    """From now on older messages about it are no longer sent. Gives the kinds of those that waited."""
    names = {
        "business_id": business_id,
        "aggregate": subject.aggregate,
        "subject_id": subject.subject_id,
        "version": version,
    }
    await connection.execute(_TOLD_ANEW, names)
    return list((await connection.execute(_SUPERSEDE, names)).scalars())


async def add(connection: AsyncConnection, news: News) -> None:
    """Store a message, once however often it is added."""
    await connection.execute(_ADD, msgspec.structs.asdict(news))


async def take(connection: AsyncConnection, now: datetime, most: int, of_one: int) -> list[News]:
    """Lock up to `most` messages that are due, at most `of_one` of a business, until the transaction ends."""
    rows = await connection.execute(_TAKE, {"now": now, "most": most, "of_one": of_one})
    return [msgspec.convert(dict(row), News) for row in rows.mappings()]


async def done(connection: AsyncConnection, news: News) -> None:
    """Delete a message: it became deliveries, or nothing."""
    await connection.execute(_DONE, {"business_id": news.business_id, "event_id": news.event_id})


async def later(connection: AsyncConnection, news: News, due_at: datetime) -> None:
    """Let it wait."""
    names = {"business_id": news.business_id, "event_id": news.event_id}
    await connection.execute(_LATER, names | {"due_at": due_at})


async def find(
    connection: AsyncConnection, business_id: str, aggregate: Aggregate, subject_id: str
) -> Known | None:
    """An aggregate as it was last heard of; None while nothing was."""
    names = {"business_id": business_id, "aggregate": aggregate, "subject_id": subject_id}
    row = (await connection.execute(_FIND, names)).first()
    if row is None:
        return None
    state = msgspec.json.decode(row.state, type=STATES[aggregate]) if row.state else None
    return Known(state=state, news_version=row.news_version)


async def bills(
    connection: AsyncConnection, business_id: str, invoice_ids: tuple[str, ...]
) -> Mapping[str, Bill | None]:
    """Those of the invoices that were heard of, by id; None for one that was erased."""
    rows = await connection.execute(_BILLS, {"business_id": business_id, "ids": list(invoice_ids)})
    return {row.subject_id: msgspec.json.decode(row.state, type=Bill) if row.state else None for row in rows}
