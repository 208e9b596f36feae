"""`portal outbox`: what waits to be published."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import typer
from sqlalchemy import text

from chassis.commands.environment import EXIT_CODES, database, fail, json_line, run
from chassis.commands.watching import Watch, watch
from chassis.database.transaction import Transaction

app = typer.Typer(
    no_args_is_help=True, help="The outbox: events that are true and not published yet.", epilog=EXIT_CODES
)

LATE_SECONDS = 60.0
"""So long nothing waits while a relay and Kafka work."""

_THERE = text("SELECT to_regclass('outbox') IS NOT NULL")
_STATUS = text("SELECT count(*) AS rows, min(created_at) AS oldest FROM outbox")


class Waiting(NamedTuple):
    """What waits to be published. `oldest` is when its first row was written; None when nothing waits."""

    rows: int
    oldest: datetime | None

    @property
    def seconds(self) -> float:
        """For how long the oldest row waits."""
        return (datetime.now(UTC) - self.oldest).total_seconds() if self.oldest else 0.0


@app.callback()
def root() -> None:
    """The outbox: events that are true and not published yet."""


@app.command()
def status(
    *,
    again: Watch = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on one line, for machines.")] = False,
) -> None:
    """Rows and age of the oldest. Exit code 1 when one has waited for a minute or longer."""
    if again:
        watch(lambda: _text(_look(), as_json=as_json))
    waiting = _look()
    typer.echo(_text(waiting, as_json=as_json))
    if waiting.seconds >= LATE_SECONDS:
        fail("Is a worker of this service running, and does it reach Kafka? `portal doctor` looks.")


def _text(waiting: Waiting, *, as_json: bool) -> str:
    if as_json:
        return json_line({"rows": waiting.rows, "oldest_seconds": round(waiting.seconds, 1)})
    if not waiting.rows:
        return "Nothing waits."
    return f"{waiting.rows} event(s) wait, the oldest for {waiting.seconds:.0f} s."


def _look() -> Waiting:
    return run(_read()) or fail("This service has no outbox: it publishes nothing.")


async def _read() -> Waiting | None:
    async with database() as opened, opened.transaction() as tx:
        return await find_waiting(tx)


async def find_waiting(tx: Transaction) -> Waiting | None:
    """What waits now; None where a service has no outbox."""
    if not await tx.connection.scalar(_THERE):
        return None
    return Waiting(*(await tx.connection.execute(_STATUS)).one())
