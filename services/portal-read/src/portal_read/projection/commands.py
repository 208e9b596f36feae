"""`portal projection`: status, rebuild, verify, switch, drop."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, TypeVar

import typer
from chassis.commands.watching import Watch, watch
from chassis.context import ServiceContext
from chassis.database import Database, Transaction
from chassis.events_out import EventStore
from chassis.observability import logs
from chassis.process import tune_gc
from chassis.settings import MigrateSettings, load

from portal_read.projection import compare as comparing
from portal_read.projection import switch as switching
from portal_read.projection.rebuild import Rebuild
from portal_read.projection.reporting import (
    comparison_text,
    refusals,
    show_progress,
    status_json,
    status_text,
)
from portal_read.projection.sealed_states import FillingSettings, OpeningSettings, StateCipher
from portal_read.projection.status import list_statuses, log_ends

_EPILOG = (
    "Exit codes: 0 done, 1 refused or failed (stderr says what to do), 2 wrong usage,"
    " 3 verify: rows differ, 4 verify: the two were never at the same place in the log."
)
app = typer.Typer(no_args_is_help=True, help="The pages' read model, blue and green.", epilog=_EPILOG)

AsJson = Annotated[bool, typer.Option("--json", help="JSON, for machines.")]
Name = Annotated[str, typer.Argument(help="A projection, as `portal projection status` lists them.")]


@app.callback()
def root() -> None:
    """The pages' read model, blue and green: fill a new one from the log, compare, switch, go back.

    DATABASE_URL is that of portal-read: as its owner for rebuild, switch and drop; as its worker is enough
    for status and verify. All but drop open what is encrypted, and need FIELD_ENCRYPTION_KEYS; status and
    rebuild need the worker's other settings too.
    """


@app.command(epilog=_EPILOG)
def status(
    quick: Annotated[bool, typer.Option("--quick", help="Without rows and hash, which read it all.")] = False,
    again: Watch = False,
    as_json: AsJson = False,
) -> None:
    """List projections: which one is shown, position and lag of each consumer, rows, hash."""

    async def look(settings: FillingSettings) -> str:
        async with _database(settings) as database, log_ends(settings) as log:
            statuses = await list_statuses(database, log, _cipher(settings), count=not quick)
        listed = [status_json(status) for status in statuses]
        return json.dumps(listed) if as_json else status_text(statuses)

    with refusals():
        settings = _settings(FillingSettings)
        if again:
            watch(lambda: asyncio.run(look(settings)))
        typer.echo(asyncio.run(look(settings)))


@app.command(epilog=_EPILOG)
def rebuild(
    schema: Annotated[str, typer.Option(help="Its name; by default an unfinished one, or a new one.")] = "",
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep it current after that, until ended: see the documentation.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fill a projection from the beginning of the log, beside live traffic. Pages do not change.

    It sends nothing and starts no payment. Broken off, the same command goes on where it was. When it has
    reached the end of the log, the workers keep it current, until it is dropped.
    """

    async def run(settings: FillingSettings) -> None:
        kept: int | None = None
        async with _database(settings) as database:
            ctx = ServiceContext(settings=settings, database=database, events=EventStore())
            async with ctx.all_tenants() as tx:
                name = (await switching.begin(tx, schema, on=follow)).name
            with show_progress(name, as_json=as_json) as show:
                async with aclosing(Rebuild(ctx, name).run(on=follow)) as steps:
                    async for progress in steps:
                        show(progress)
                        if progress.complete and kept is None:
                            async with ctx.all_tenants() as tx:
                                kept = await switching.complete(tx, name, _cipher(settings))
        if kept and not as_json:
            typer.echo(
                f"{kept:,} rows are newer where they are shown than in the log: they were kept. Which keys"
                " should be published again: portal events verify"
            )
        if not as_json:
            typer.echo(
                f"{name} has reached the end of the log, and the workers keep it current.\n"
                f"Compare it: portal projection verify SHOWN_NOW {name}\n"
                f"Show it: portal projection switch {name}"
            )

    with refusals():
        tune_gc()
        os.nice(10)  # on a shared machine, live traffic goes first
        asyncio.run(run(_settings(FillingSettings)))


@app.command(epilog=_EPILOG)
def verify(
    one: Name,
    other: Name,
    within: Annotated[float, typer.Option(help="Seconds to wait for equal positions in the log.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Compare the rows of two projections, table by table, at one and the same place in the log."""

    async def run(settings: OpeningSettings) -> int:
        async with _database(settings) as database:
            tables = await comparing.compare(database, one, other, _cipher(settings), within=within)
        typer.echo(comparison_text(tables, one, other, as_json=as_json))
        if tables is None:
            return 4
        return 0 if all(table.equal for table in tables) else 3

    with refusals():
        code = asyncio.run(run(_settings(OpeningSettings)))
        if code:
            raise typer.Exit(code)


@app.command(epilog=_EPILOG)
def switch(
    name: Name,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it is behind the log, or its rows are not those shown.")
    ] = False,
    within: Annotated[float, typer.Option(help="Seconds to wait for equal positions in the log.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Show this projection from now on, unless its rows differ from those shown; and back in the same way."""

    async def run(settings: OpeningSettings) -> str:
        async with _database(settings) as database:
            if not force:
                await switching.check(database, name, _cipher(settings), within=within)
            async with database.transaction() as tx:
                return (await switching.switch(tx, name)).name

    with refusals():
        before = asyncio.run(run(_settings(OpeningSettings)))
        if as_json:
            typer.echo(json.dumps({"active": name, "before": before}))
        elif before == name:
            typer.echo(f"{name} is what the pages show already.")
        else:
            typer.echo(f"The pages show {name}. Back: portal projection switch {before}")


@app.command(epilog=_EPILOG)
def drop(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a projection that is not shown. The log can fill another one at any time."""
    if not yes:
        typer.confirm(f"Delete projection {name} with all its rows?", abort=True, err=True)

    async def run(settings: MigrateSettings) -> None:
        async with _transaction(settings) as tx:
            await switching.drop(tx, name)

    with refusals():
        asyncio.run(run(_settings(MigrateSettings)))
        typer.echo(json.dumps({"dropped": name}) if as_json else f"{name} is gone.")


M = TypeVar("M", bound=MigrateSettings)


def _settings(kind: type[M]) -> M:
    settings = load(kind)
    logs.configure("portal_read", "warning")  # the progress bar tells the rest
    return settings


def _cipher(settings: FillingSettings | OpeningSettings) -> StateCipher:
    return StateCipher.of(settings.field_encryption_keys)


@asynccontextmanager
async def _database(settings: MigrateSettings) -> AsyncGenerator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _transaction(settings: MigrateSettings) -> AsyncGenerator[Transaction]:
    async with _database(settings) as database, database.transaction() as tx:
        yield tx
