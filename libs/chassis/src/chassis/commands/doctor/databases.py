"""PostgreSQL as this process sees it: its role, the migrations, the clock, what waits there."""

import importlib.util
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chassis.commands import outbox
from chassis.commands.doctor.finding import Finding, ok, unknown, wrong
from chassis.database.database import Database
from chassis.database.revisions import revisions_of
from chassis.database.transaction import Transaction
from chassis.encryption import FieldCipher, Undecipherable
from chassis.events_in import dead_letters
from chassis.events_in.brake import BUSINESSES, MENDED_BY_A_BUILD
from chassis.events_in.dead_letters import WaitingLetters
from chassis.events_in.records import OUT_OF_ORDER
from chassis.process import Process
from chassis.settings.base import Secret
from chassis.settings.keys import InvalidKeys, KeyRing

SKEW_SECONDS = 2.0
PROCESSES: Mapping[str, Process] = {"web": "api", "worker": "worker"}
"""By the end of a role's name."""
_ROLE = re.compile(r"([a-z0-9_]+)_(owner|web|worker)\Z")
_WHO = text(
    "SELECT current_user::text, current_database()::text, current_setting('server_version'),"
    " rolsuper FROM pg_roles WHERE rolname = current_user"
)
_NOW = text("SELECT clock_timestamp()")
_MAY = text("SELECT to_regclass(:table) IS NOT NULL AND has_table_privilege(to_regclass(:table), 'SELECT')")
_POSITIONS = text("SELECT consumer, topic, partition, next_offset, caught_up_at FROM positions")
_NEWEST = text("SELECT consumer, record FROM dead_letters ORDER BY number DESC LIMIT 1")


Check = Callable[[Transaction], AsyncIterator[Finding]]
"""A package's own look into its database, named by the entry point group `portal.doctor`."""


class Position(NamedTuple):
    """How far a consumer has come in a partition, and when it was last at its end."""

    consumer: str
    topic: str
    partition: int
    next_offset: int
    caught_up_at: datetime | None


@dataclass(slots=True)
class DoctorContext:
    """What was learned that a later check needs."""

    package: str | None = None
    process: Process | None = None
    positions: list[Position] = field(default_factory=list[Position])


async def look(environ: Mapping[str, str], seen: DoctorContext) -> AsyncIterator[Finding]:
    """Everything about DATABASE_URL."""
    database = Database(Secret(environ["DATABASE_URL"]), pool_size=1)
    _know(seen, urlsplit(environ["DATABASE_URL"]).username or "")  # also where it cannot be reached
    try:
        async with database.transaction() as tx:
            yield await _role(tx, seen)
            yield await _migrations(tx, seen)
            yield await _clock(tx)
            if await _may_read(tx, "outbox"):
                yield await _outbox(tx)
            if await _may_read(tx, "dead_letters"):
                for finding in _waiting(await dead_letters.count_waiting(tx)):
                    yield finding
                yield await _openable(tx, environ.get("DEAD_LETTER_KEYS", ""))
            if await _may_read(tx, "positions"):
                seen.positions += [Position(*row) for row in await tx.connection.execute(_POSITIONS)]
            for look_closer in _checks_of(seen):
                async for finding in look_closer(tx):
                    yield finding
    except (SQLAlchemyError, OSError, ValueError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()
        hint = "is PostgreSQL up, and are host, password and database of DATABASE_URL right?"
        yield wrong("PostgreSQL", cause[0] if cause else type(error).__name__, hint)
    finally:
        await database.close()


def _checks_of(seen: DoctorContext) -> list[Check]:
    """What a service that is installed here looks at in its own tables, with the rights of its worker."""
    points = (
        entry_points(group="portal.doctor", name=seen.package)
        if seen.package and seen.process == "worker"
        else ()
    )
    return [cast(Check, point.load()) for point in points]


async def _may_read(tx: Transaction, table: str) -> bool:
    return bool(await tx.connection.scalar(_MAY, {"table": table}))


async def _role(tx: Transaction, seen: DoctorContext) -> Finding:
    row = (await tx.connection.execute(_WHO)).one()
    role, database, version, superuser = row
    _know(seen, role)
    says = f"PostgreSQL {version}, database {database}, as {role}"
    if superuser:
        return wrong("PostgreSQL", f"{says}, a superuser", "use the service's web or worker role")
    if not seen.package:
        return wrong("PostgreSQL", says, "use a role named SERVICE_web, SERVICE_worker or SERVICE_owner")
    return ok("PostgreSQL", says)


def _know(seen: DoctorContext, role: str) -> None:
    match = _ROLE.match(role)
    seen.package = match[1] if match else None
    seen.process = PROCESSES.get(match[2]) if match else None


async def _migrations(tx: Transaction, seen: DoctorContext) -> Finding:
    package = seen.package
    if not package or importlib.util.find_spec(package) is None:
        return unknown("migrations", "the service of this database is not installed here")
    revisions = await revisions_of(package, tx.connection)
    if revisions.state == "older":
        says, _, remedy = revisions.words.partition(": ")
        return wrong("migrations", says, remedy)
    return ok("migrations", revisions.words)


async def _clock(tx: Transaction) -> Finding:
    before = datetime.now(UTC)
    theirs: datetime = (await tx.connection.execute(_NOW)).scalar_one()
    after = datetime.now(UTC)
    skew = (theirs - before - (after - before) / 2).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        says = f"PostgreSQL's clock is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} ours"
        return wrong("clock", says, "let NTP set both; codes and sessions end by the clock")
    return ok("clock", f"{abs(skew) * 1000:.0f} ms from PostgreSQL's")


async def _outbox(tx: Transaction) -> Finding:
    waiting = await outbox.find_waiting(tx) or outbox.Waiting(0, None)
    says = f"{waiting.rows} event(s) wait"
    if waiting.seconds > outbox.LATE_SECONDS:
        remedy = "is a worker of this service running, and does it reach Kafka?"
        return wrong("outbox", f"{says}, the oldest for over a minute", remedy)
    return ok("outbox", says)


def _waiting(waiting: Sequence[WaitingLetters]) -> Iterator[Finding]:
    if not waiting:
        yield ok("dead letters", "none wait")
        return
    says = ", ".join(f"{row.letters} {row.code}" for row in waiting)
    yield wrong("dead letters", f"{says} wait", "`portal dlq list` says why, `portal dlq --help` what to do")
    for row in waiting:
        if row.code in MENDED_BY_A_BUILD and row.fresh_businesses > BUSINESSES:
            says = f"records of {row.fresh_businesses} businesses are {row.code} since a minute: workers wait"
            yield wrong("brake", says, "roll out a build that can apply them, or go back to the one before")
        elif row.code in OUT_OF_ORDER:
            remedy = f"let the publisher: {OUT_OF_ORDER[row.code].partition(': ')[2]} (docs/publishing.md)"
            yield wrong("order of the log", f"{row.letters} key(s) {row.code.replace('_', ' ')}", remedy)


async def _openable(tx: Transaction, text_: str) -> Finding:
    row = (await tx.connection.execute(_NEWEST)).first()
    if row is None or not text_:
        return ok("dead-letter key", "nothing to open")
    try:
        dead_letters.open_record(FieldCipher(KeyRing.parse(text_)), row.consumer, bytes(row.record))
    except (InvalidKeys, Undecipherable) as error:
        return wrong("dead-letter key", f"the newest letter: {error}", "put its key into DEAD_LETTER_KEYS")
    return ok("dead-letter key", "opens the newest letter")
