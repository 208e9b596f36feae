"""`status`: every projection, how far it is in the log, and what it holds."""

from collections.abc import Mapping
from typing import NamedTuple

from chassis.database.database import Database
from chassis.events_in import positions
from chassis.kafka import TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from portal_read.projection import compare
from portal_read.projection.compare import Tally
from portal_read.projection.log_ends import LogEnds
from portal_read.projection.names import Lanes, lanes
from portal_read.projection.register import Projection, projections


class LaneStanding(NamedTuple):
    """`position` is the sum of its offsets; `lag` how many are left to the ends of the log."""

    position: int
    lag: int


class Standing(NamedTuple):
    """One projection. `tables` is empty where rows were not to be counted."""

    projection: Projection
    lanes: Mapping[str, LaneStanding]
    tables: Mapping[str, Tally]


async def standings(database: Database, log: LogEnds, *, count: bool) -> list[Standing]:
    """Every projection, the oldest first; rows are counted and hashed in one snapshot each.

    The ends are asked for first: lag is what was in the log then and is not in the rows now.
    """
    async with database.transaction() as connection:
        there = await projections(connection)
        partitions = {tp for each in there for part in await _positions(connection, each.name) for tp in part}
    ends = await log.ends(partitions)
    found: list[Standing] = []
    for each in there:
        async with database.transaction() as connection:
            await compare.snapshot(connection)
            standing = [_standing(part, ends) for part in await _positions(connection, each.name)]
            tables = await compare.tallies(connection, each.name) if count else {}
        found.append(Standing(each, dict(zip(Lanes._fields, standing, strict=True)), tables))
    return found


async def _positions(connection: AsyncConnection, schema: str) -> list[Mapping[TopicPartition, int]]:
    return [await positions.stored(connection, name) for name in lanes(schema)]


def _standing(at: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> LaneStanding:
    lag = sum(max(0, ends.get(tp, offset) - offset) for tp, offset in at.items())
    return LaneStanding(sum(at.values()), lag)
