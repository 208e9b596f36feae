"""Making, showing and dropping projections. Each is one short transaction, as the owner."""

from datetime import timedelta
from typing import Final

from chassis.database import Transaction

from portal_read.projection.change_notices import notify_everybody
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
)
from portal_read.projection.schema import create_projection

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


async def switch(tx: Transaction, name: str, *, force: bool = False) -> Projection:
    """Show this projection and notify web processes. Gives back what was shown. Raises `CommandRefused`."""
    await lock_active(tx, alone=True)  # one switch at a time
    wanted = await find_projection(tx, name)
    before = next(projection for projection in await list_projections(tx) if projection.active)
    if wanted.active:
        return before
    if not force:
        await _check(tx, wanted)
    await mark_active(tx, name)
    await notify_everybody(tx)
    return before


async def drop(tx: Transaction, name: str) -> None:
    """Delete a projection and its positions, never the shown one. Raises `CommandRefused`."""
    await lock_active(tx, alone=False)
    if (await find_projection(tx, name)).active:
        raise CommandRefused(f"{name} is what the pages show. Switch to another one first.")
    await forget_projection(tx, name)


async def _check(tx: Transaction, wanted: Projection) -> None:
    """Refuse what would show old or half the truth."""
    name = wanted.name
    if not wanted.followed:
        raise CommandRefused(f"{name} is not filled yet: run portal projection rebuild --schema {name}.")
    if wanted.schema_version != SCHEMA_VERSION:
        raise CommandRefused(
            f"{name} has schema version {wanted.schema_version}, and the workers of this build keep version"
            f" {SCHEMA_VERSION} current: go back to the build that made it first, or add --force to show it"
            " as it is."
        )
    age = await find_age(tx, name)
    if age is None or age > FRESH:
        since = "an unknown time" if age is None else f"{age.total_seconds():.0f} s"
        raise CommandRefused(
            f"{name} is {since} behind the log. Are the workers running? Wait until"
            " `portal projection status --quick` shows no lag, or add --force to show it as it is."
        )
