"""The projections that there are, and which one is shown: every statement on their register."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import Transaction

from portal_read.projection.names import SCHEMA_VERSION, checked, consumer_names

_LIST = (
    "SELECT p.name, p.schema_version, p.followed, a.name IS NOT NULL AS active, p.created_at"
    " FROM public.projections p LEFT JOIN public.active_projection a ON a.name = p.name ORDER BY p.created_at"
)
# Each build shows what is of its own version: in a roll-out, old and new pods each read tables they know.
FIND_SHOWN = (
    "SELECT p.name FROM public.projections p"  # noqa: S608  # a number of ours
    " LEFT JOIN public.active_projection a ON a.name = p.name"
    f" WHERE p.schema_version = {SCHEMA_VERSION} AND p.followed"
    " ORDER BY a.name IS NULL, p.created_at DESC LIMIT 1"
)
_MARK_FOLLOWED = "UPDATE public.projections SET followed = true WHERE name = :name"
_LOCK_ACTIVE = "SELECT FROM public.active_projection FOR {}"
_MARK_ACTIVE = "UPDATE public.active_projection SET name = :name"
# Positions first: whoever still fills it waits here, and then finds that they are no longer its own.
_FORGET = (
    "DELETE FROM public.positions WHERE consumer = ANY(:consumers)",
    "DELETE FROM public.dead_letters WHERE consumer = ANY(:consumers)",
)
_FORGET_NAME = "DELETE FROM public.projections WHERE name = :name"


class CommandRefused(Exception):
    """A command cannot be carried out; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Projection:
    """`followed`: it was filled to the end of the log once, and the workers keep it current since."""

    name: str
    schema_version: int
    followed: bool
    active: bool
    created_at: datetime


async def list_projections(tx: Transaction) -> list[Projection]:
    """Every projection, the oldest first."""
    return await tx.all(_LIST, Projection)


async def list_followed(tx: Transaction) -> set[str]:
    """The projections that workers of this build keep current."""
    projections = await list_projections(tx)
    return {
        projection.name
        for projection in projections
        if projection.followed and projection.schema_version == SCHEMA_VERSION
    }


async def find_projection(tx: Transaction, name: str) -> Projection:
    """The projection of this name. Raises `CommandRefused`."""
    try:
        checked(name)
    except ValueError as error:
        raise CommandRefused(f"{error}.") from None
    projections = {projection.name: projection for projection in await list_projections(tx)}
    if name not in projections:
        raise CommandRefused(f"There is no projection {name}. There are: {', '.join(projections) or 'none'}.")
    return projections[name]


async def find_age(tx: Transaction, name: str) -> timedelta | None:
    """How long ago a projection was at the end of the log; None while that is unknown."""
    return await tx.value(f"SELECT now() - as_of FROM {checked(name)}.freshness", timedelta)  # noqa: S608  # a checked name


async def lock_active(tx: Transaction, *, alone: bool) -> None:
    """Hold what is shown: alone to change it, shared so that it stays until the transaction ends."""
    await tx.run(_LOCK_ACTIVE.format("UPDATE" if alone else "SHARE"))


async def mark_active(tx: Transaction, name: str) -> None:
    """Show this projection."""
    await tx.run(_MARK_ACTIVE, name=name)


async def mark_followed(tx: Transaction, name: str) -> None:
    """Have the workers keep a projection current from now on: they look once a second."""
    await tx.run(_MARK_FOLLOWED, name=name)


async def forget_projection(tx: Transaction, name: str) -> None:
    """Delete a projection, its positions and its dead letters."""
    for statement in _FORGET:
        await tx.run(statement, consumers=consumer_names(name))
    await tx.run(_FORGET_NAME, name=name)
    await tx.run(f"DROP SCHEMA {checked(name)} CASCADE")
