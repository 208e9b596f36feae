"""`portal outbox`: what waits to be published."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.commands.environment import EXIT_CODES, console, database, fail, run, say_json

app = typer.Typer(
    no_args_is_help=True, help="The outbox: events that are true and not published yet.", epilog=EXIT_CODES
)

LATE_SECONDS = 60.0
"""So long nothing waits while a relay and Kafka work."""

_THERE = text("SELECT to_regclass('outbox') IS NOT NULL")
_STATUS = text(
    "SELECT lane, count(*) AS rows, min(created_at) AS oldest FROM outbox GROUP BY lane ORDER BY lane"
)


@app.callback()
def root() -> None:
    """The outbox: events that are true and not published yet."""


@app.command()
def status(
    *, as_json: Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")] = False
) -> None:
    """Rows and age of the oldest, by lane. Exit code 1 when one has waited for a minute or longer."""
    lanes = run(_read())
    if lanes is None:
        fail("This service has no outbox: it publishes nothing.")
    now = datetime.now(UTC)
    found = [(lane, rows, (now - oldest).total_seconds()) for lane, rows, oldest in lanes]
    if as_json:
        for lane, rows, age in found:
            say_json({"lane": lane, "rows": rows, "oldest_seconds": round(age, 1)})
    elif not found:
        console().print("Nothing waits.")
    else:
        table = Table("lane", "rows", "oldest waits for")
        for lane, rows, age in found:
            table.add_row(lane, str(rows), f"{age:.0f} s")
        console().print(table)
    if any(age >= LATE_SECONDS for _, _, age in found):
        fail("Is a worker of this service running, and does it reach Kafka? `portal doctor` looks.")


async def _read() -> list[tuple[str, int, datetime]] | None:
    async with database() as opened, opened.transaction() as connection:
        return await waiting(connection)


async def waiting(connection: AsyncConnection) -> list[tuple[str, int, datetime]] | None:
    """Lane, rows and when the oldest was written; None where a service has no outbox."""
    if not await connection.scalar(_THERE):
        return None
    return [(row.lane, row.rows, row.oldest) for row in await connection.execute(_STATUS)]
