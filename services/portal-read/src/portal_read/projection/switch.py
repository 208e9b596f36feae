"""Making, showing and dropping projections. Each is one short transaction, as the owner."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database, Transaction

from portal_read.projection.carry_over import carry_over
from portal_read.projection.change_notices import notify_everybody
from portal_read.projection.compare import TableComparison, compare
from portal_read.projection.names import SCHEMA_VERSION, checked, next_after
from portal_read.projection.register import (
    CommandRefused,
    Projection,
    find_age,
    find_projection,
    forget_projection,
    list_projections,
    lock_active,
    mark_active,
    mark_followed,
)
from portal_read.projection.schema import create_projection
from portal_read.projection.sealed_states import StateCipher

FRESH: Final = timedelta(seconds=10)
"""What pages accept by default before they say that they may be out of date."""


async def begin(tx: Transaction, name: str = "", *, on: bool = False) -> Projection:
    """The projection to be filled: a new one, or one whose filling was broken off. Raises `CommandRefused`.

    With `on`, also a complete one, to be kept current.
    """
    projections = await list_projections(tx)
    names = {projection.name for projection in projections}
    name = name or _unfinished(projections) or next_after(names)
    if name not in names:
        try:
            checked(name)
        except ValueError as error:
            raise CommandRefused(f"{error}.") from None
        await tx.connection.run_sync(create_projection, name)
    projection = await find_projection(tx, name)
    if projection.followed and not on:
        raise CommandRefused(
            f"{name} is complete, and the workers keep it current. Leave --schema out for a new one."
        )
    if projection.schema_version != SCHEMA_VERSION:
        raise CommandRefused(
            f"{name} has schema version {projection.schema_version}, and this build fills {SCHEMA_VERSION}."
            f" Drop it (portal projection drop {name}), or go on with the build that made it."
        )
    return projection


def _unfinished(projections: list[Projection]) -> str:
    """The oldest whose filling was broken off, of this build's version; nothing if there is none."""
    mine = (projection for projection in projections if projection.schema_version == SCHEMA_VERSION)
    return next((projection.name for projection in mine if not projection.followed), "")


async def complete(tx: Transaction, name: str, cipher: StateCipher) -> int:
    """Have the workers keep a projection current that is filled to the end of the log.

    First what the log tells no more comes from the shown one; gives back how many rows that were.
    """
    count = await carry_over(tx, (await _find_active(tx)).name, name, cipher)
    await mark_followed(tx, name)
    return count


async def check(database: Database, name: str, cipher: StateCipher, *, within: float) -> None:
    """Refuse a switch after which pages would show old, half or other rows. Raises `CommandRefused`.

    Waits at most so many seconds for a moment at which both projections stand at the same place in the log.
    """
    async with database.transaction() as tx:
        wanted, active = await find_projection(tx, name), await _find_active(tx)
        if wanted.active:
            return
        await _check(tx, wanted)
        await carry_over(tx, active.name, name, cipher)
    if wanted.schema_version == active.schema_version:  # rows of different versions differ anyway
        tables = await compare(database, active.name, name, cipher, within=within)
        _check_rows(tables, active.name, name)


async def switch(tx: Transaction, name: str) -> Projection:
    """Show this projection and notify web processes. Gives back what was shown. Raises `CommandRefused`."""
    await lock_active(tx, alone=True)  # one switch at a time
    wanted, before = await find_projection(tx, name), await _find_active(tx)
    if wanted.active:
        return before
    await mark_active(tx, name)
    await notify_everybody(tx)
    return before


async def drop(tx: Transaction, name: str) -> None:
    """Delete a projection and its positions, never the shown one. Raises `CommandRefused`."""
    await lock_active(tx, alone=False)
    if (await find_projection(tx, name)).active:
        raise CommandRefused(f"{name} is what the pages show. Switch to another one first.")
    await forget_projection(tx, name)


async def _find_active(tx: Transaction) -> Projection:
    return next(projection for projection in await list_projections(tx) if projection.active)


def _check_rows(tables: Sequence[TableComparison] | None, shown: str, name: str) -> None:
    if tables is None:
        raise CommandRefused(
            f"{shown} and {name} were never at the same place in the log, so they cannot be compared. Try"
            " again when less is going on, with a longer --within, or add --force to switch all the same."
        )
    if differing := [f"{table.table} ({', '.join(table.keys)})" for table in tables if not table.equal]:
        raise CommandRefused(
            f"The rows of {name} are not those of {shown}: {'; '.join(differing)}. Find out which are right"
            f" (portal projection verify {shown} {name}), or add --force to show {name} all the same."
        )


async def _check(tx: Transaction, wanted: Projection) -> None:
    """Refuse what would show old or half the truth."""
    name = wanted.name
    if not wanted.followed:
        raise CommandRefused(f"{name} is not filled yet: run portal projection rebuild --schema {name}.")
    if wanted.schema_version != SCHEMA_VERSION:
        raise CommandRefused(
            f"{name} has schema version {wanted.schema_version}, and this build keeps current and shows"
            f" version {SCHEMA_VERSION}: roll out the build that made it, whose pages show it."
            " --force marks it as active for builds that know nothing else."
        )
    age = await find_age(tx, name)
    if age is None or age > FRESH:
        since = "an unknown time" if age is None else f"{age.total_seconds():.0f} s"
        raise CommandRefused(
            f"{name} is {since} behind the log. Are the workers running? Wait until"
            " `portal projection status --quick` shows no lag, or add --force to show it as it is."
        )
