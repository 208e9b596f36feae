"""`portal keys status` and `rotate`: which keys wrote what is in the database, and writing it anew."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import typer

from chassis.commands.environment import EXIT_CODES, AsJson, database, fail, run, say_json
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.encryption import FieldCipher, Undecipherable
from chassis.events_in.dead_letters import KEYED
from chassis.rotation import (
    BLOCKS_AT_ONCE,
    FindKeyedColumns,
    KeyedColumn,
    count_blocks,
    count_keys,
    rewrite_blocks,
)
from chassis.settings.keys import KeyRing

_HAS_LETTERS = "SELECT to_regclass('dead_letters') IS NOT NULL"


class _Service(NamedTuple):
    ctx: ServiceContext[Any]
    find: FindKeyedColumns | None
    rewrite: Callable[[Any, Transaction], Awaitable[int]] | None

    def ring(self, column: KeyedColumn) -> KeyRing:
        ring: KeyRing = getattr(self.ctx.settings, column.ring.lower())
        return ring

    async def columns(self, tx: Transaction) -> Sequence[KeyedColumn]:
        """Those of the service, and its dead letters if it reads anything."""
        letters = KEYED if await tx.value(_HAS_LETTERS, bool) else ()
        return (*(await self.find(tx) if self.find else ()), *letters)


class _Use(NamedTuple):
    column: KeyedColumn
    kid: str
    rows: int
    state: str


def status(*, as_json: AsJson = False) -> None:
    """Count the rows that each key wrote. Needs the settings of the service's worker.

    A former key may go once no row is left under it. Exit code 1 when a row's key is missing in its ring:
    what it wrote cannot be read.
    """
    uses = run(_find_uses())
    for use in uses:
        if as_json:
            about = {"ring": use.column.ring, "place": use.column.place}
            say_json({**about, "key": use.kid, "rows": use.rows, "state": use.state})
        else:
            typer.echo(
                f"{use.column.ring:<22} {use.column.place:<44} {use.kid:<16} {use.rows:>9,} {use.state}"
            )
    if not uses and not as_json:
        typer.echo("No row is written with a key.")
    if any(use.state == "missing" for use in uses):
        raise typer.Exit(1)


def rotate(*, as_json: AsJson = False) -> None:
    """Write anew what former keys wrote, some rows at a time, beside live traffic. Broken off, run it again.

    First the new key stands first in its ring, and every process was started since. Needs the settings of the
    service's worker.
    """
    left = run(_rotate(as_json=as_json))
    if left and not as_json:
        places = ", ".join(sorted({use.column.place for use in left}))
        typer.echo(f"Left under former keys: {places}. These run out by themselves: portal keys status")


async def _find_uses() -> list[_Use]:
    async with _service() as service, service.ctx.all_tenants() as tx:
        return [use for column in await service.columns(tx) for use in await _uses(service, tx, column)]


async def _uses(service: _Service, tx: Transaction, column: KeyedColumn) -> list[_Use]:
    ring = service.ring(column)
    return [_Use(column, use.kid, use.rows, state_of(ring, use.kid)) for use in await count_keys(tx, column)]


def state_of(ring: KeyRing, kid: str) -> str:
    """Whether a key is the `current` one of its ring, a `former` one, or `missing`."""
    if kid not in ring.keys:
        return "missing"
    return "current" if kid == ring.current else "former"


async def _rotate(*, as_json: bool) -> list[_Use]:
    """What is left under former keys."""
    left: list[_Use] = []
    async with _service() as service:
        try:
            await _rewrite_together(service, as_json=as_json)
            async with service.ctx.all_tenants() as tx:
                columns = await service.columns(tx)
            for column in columns:
                if column.context:
                    await _rewrite_column(service, column, as_json=as_json)
                async with service.ctx.all_tenants() as tx:
                    left += [use for use in await _uses(service, tx, column) if use.state == "former"]
        except Undecipherable as error:
            fail(
                f"A row cannot be opened: {error}. `portal keys status` names its key: put it into the ring."
            )
    return left


async def _rewrite_together(service: _Service, *, as_json: bool) -> None:
    """What the service rewrites by itself, as it does in its upkeep too."""
    if (rewrite := service.rewrite) is None:
        return
    done = 0
    while True:
        async with service.ctx.all_tenants() as tx:
            count = await rewrite(service.ctx, tx)
        if not count:
            break
        done += count
        _say("rows of several columns", done, as_json=as_json)


async def _rewrite_column(service: _Service, column: KeyedColumn, *, as_json: bool) -> None:
    """Go through the table until nothing is found: rows that somebody had locked are found the next time."""
    done, rewritten = 0, -1
    while rewritten:
        rewritten = 0
        async with service.ctx.all_tenants() as tx:
            blocks = await count_blocks(tx, column)
        for first in range(0, blocks, BLOCKS_AT_ONCE):
            async with service.ctx.all_tenants() as tx:
                cipher = FieldCipher(service.ring(column))
                rewritten += await rewrite_blocks(tx, column, cipher, first)
            if rewritten and first % (16 * BLOCKS_AT_ONCE) == 0:
                share = 100 * first // blocks
                _say(f"{column.place}, {share} % of it", done + rewritten, as_json=as_json)
        done += rewritten
    if done:
        _say(column.place, done, as_json=as_json)


def _say(place: str, rows: int, *, as_json: bool) -> None:
    if as_json:
        say_json({"place": place, "rewritten": rows})
    else:
        typer.echo(f"{place}: {rows:,} rewritten")


@asynccontextmanager
async def _service() -> AsyncGenerator[_Service]:
    from chassis.commands import installed  # a whole service, which no other command needs

    async with database() as opened, opened.transaction() as tx:
        role = await tx.value("SELECT current_user::text", str) or ""
    async with installed.service(role) as (definition, ctx):
        yield _Service(ctx, definition.keyed_columns, definition.rewrite_old_keys)


def add_to(app: typer.Typer) -> None:
    """Make them commands."""
    app.command("status", epilog=EXIT_CODES)(status)
    app.command("rotate", epilog=EXIT_CODES)(rotate)
