"""`portal dlq`: what a service's consumers set aside, and why."""

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from chassis.db import Database
from chassis.settings import Secret

app = typer.Typer(no_args_is_help=True, help="Dead letters: records that could not be applied.")

_LIST = text(
    'SELECT consumer, topic, partition, "offset", code, cause, set_aside_at FROM dead_letters'
    " ORDER BY set_aside_at DESC LIMIT :most"
)


@app.callback()
def root() -> None:
    """Dead letters: records that could not be applied."""


@app.command("list")
def list_letters(
    most: Annotated[int, typer.Option(help="Show at most so many, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for machines.")] = False,
) -> None:
    """List dead letters of the service whose worker's DATABASE_URL is set."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise typer.BadParameter("set DATABASE_URL to the database of a service, as its worker role")
    rows = asyncio.run(_read(url, most))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, default=str))
        return
    table = Table("consumer", "where", "code", "cause", "set aside")
    for row in rows:
        where = f"{row['topic']}/{row['partition']}/{row['offset']}"
        table.add_row(
            row["consumer"], where, row["code"], row["cause"], f"{row['set_aside_at']:%Y-%m-%d %H:%M:%S}"
        )
    Console().print(table if rows else "No dead letters.")


async def _read(url: str, most: int) -> Sequence[dict[str, Any]]:
    database = Database(Secret(url), pool_size=1)
    try:
        async with database.transaction() as connection:
            found = await connection.execute(_LIST, {"most": most})
            return [dict(row) for row in found.mappings()]
    finally:
        await database.close()
