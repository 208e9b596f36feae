"""Making, showing and dropping projections. Everything here is one short transaction, as the owner."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from portal_read.projection import change_notices
from portal_read.projection.names import SHAPE, checked, lanes, next_after
from portal_read.projection.register import Projection, Refused, find, projections
from portal_read.projection.schema import create_projection

FRESH: Final = timedelta(seconds=10)
"""What pages accept by default before they say that they may be out of date."""

_ACTIVATE = text("UPDATE public.active_projection SET name = :name")
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_FORGET = tuple(
    text(f"DELETE FROM public.{table} WHERE consumer = ANY(:lanes)")  # noqa: S608  # names of our own
    for table in ("positions", "dead_letters")
)
_UNREGISTER = text("DELETE FROM public.projections WHERE name = :name")


async def begin(connection: AsyncConnection, name: str = "", *, on: bool = False) -> Projection:
    """The projection to be filled: a new one, or one whose filling was broken off. Raises `Refused`.

    With `on`, also a complete one, to be kept current.
    """
    there = await projections(connection)
    unfinished = [each for each in there if not each.followed and each.shape == SHAPE]
    if not name:
        name = unfinished[0].name if unfinished else next_after({each.name for each in there})
    if name not in {each.name for each in there}:
        try:
            checked(name)
        except ValueError as error:
            raise Refused(f"{error}.") from None
        await connection.run_sync(create_projection, name)
    found = await find(connection, name)
    if found.followed and not on:
        raise Refused(
            f"{name} is complete, and the workers keep it current. Leave --schema out for a new one."
        )
    if found.shape != SHAPE:
        raise Refused(
            f"{name} has shape {found.shape}, and this build fills shape {SHAPE}."
            f" Drop it (portal projection drop {name}), or go on with the build that made it."
        )
    return found


async def switch(connection: AsyncConnection, name: str, *, force: bool = False) -> Projection:
    """Show this projection; web processes are told. Gives back what was shown. Raises `Refused`."""
    await connection.execute(text("SELECT FROM public.active_projection FOR UPDATE"))  # one switch at a time
    wanted = await find(connection, name)
    before = next(each for each in await projections(connection) if each.active)
    if wanted.active:
        return before
    if not force:
        await _check(connection, wanted)
    await connection.execute(_ACTIVATE, {"name": name})
    await connection.execute(
        _NOTIFY,
        {"channel": change_notices.CHANNEL, "payload": change_notices.payload_of([change_notices.EVERYBODY])},
    )
    return before


async def drop(connection: AsyncConnection, name: str) -> None:
    """Delete a projection and its positions, never the shown one. Raises `Refused`."""
    await connection.execute(text("SELECT FROM public.active_projection FOR SHARE"))
    found = await find(connection, name)
    if found.active:
        raise Refused(f"{name} is what the pages show. Switch to another one first.")
    # Positions first: whoever still fills it waits here, and then finds that they are no longer its own.
    for statement in _FORGET:
        await connection.execute(statement, {"lanes": list(lanes(name))})
    await connection.execute(_UNREGISTER, {"name": name})
    await connection.exec_driver_sql(f"DROP SCHEMA {checked(name)} CASCADE")


async def _check(connection: AsyncConnection, wanted: Projection) -> None:
    """Refuse what would show old or half the truth."""
    name = wanted.name
    if not wanted.followed:
        raise Refused(f"{name} is not filled yet: run portal projection rebuild --schema {name}.")
    if wanted.shape != SHAPE:
        raise Refused(
            f"{name} has shape {wanted.shape}, and the workers of this build keep shape {SHAPE} current:"
            " go back to the build that made it first, or add --force to show it as it is."
        )
    age = await connection.scalar(text(f"SELECT now() - as_of FROM {checked(name)}.freshness"))  # noqa: S608
    if age is None or age > FRESH:
        since = "an unknown time" if age is None else f"{age.total_seconds():.0f} s"
        raise Refused(
            f"{name} is {since} behind the log. Are the workers running? Wait until"
            " `portal projection status --quick` shows no lag, or add --force to show it as it is."
        )
