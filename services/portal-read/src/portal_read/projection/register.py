"""The projections that there are, and which one is shown: what `public.projections` says."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from portal_read.projection.names import SHAPE, checked

_ALL = text(
    "SELECT p.name, p.shape, p.followed, a.name IS NOT NULL AS active, p.created_at"
    " FROM public.projections p LEFT JOIN public.active_projection a ON a.name = p.name ORDER BY p.created_at"
)
_FOLLOWED = text("SELECT name FROM public.projections WHERE followed AND shape = :shape")
_FOLLOW = text("UPDATE public.projections SET followed = true WHERE name = :name")


class Refused(Exception):
    """A command cannot be carried out; the text says why, and what to do."""


class Projection(NamedTuple):
    """`followed`: it was filled to the end of the log once, and the workers keep it current since."""

    name: str
    shape: int
    followed: bool
    active: bool
    created_at: datetime


async def projections(connection: AsyncConnection) -> list[Projection]:
    """Every projection, the oldest first."""
    return [Projection(*row) for row in await connection.execute(_ALL)]


async def followed(connection: AsyncConnection) -> set[str]:
    """The projections that workers of this build keep current."""
    return set(await connection.scalars(_FOLLOWED, {"shape": SHAPE}))


async def find(connection: AsyncConnection, name: str) -> Projection:
    """The projection of this name. Raises `Refused`."""
    try:
        checked(name)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    there = await projections(connection)
    for each in there:
        if each.name == name:
            return each
    listed = ", ".join(each.name for each in there) or "none"
    raise Refused(f"There is no projection {name}. There are: {listed}.")


async def follow(connection: AsyncConnection, name: str) -> None:
    """From now on the workers keep it current: they look once a second."""
    await connection.execute(_FOLLOW, {"name": name})
