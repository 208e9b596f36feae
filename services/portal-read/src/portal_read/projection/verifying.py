"""`verify`: two projections at the same place in the log must hold the same rows."""

import asyncio
import time
from typing import Final, NamedTuple

from chassis.database.database import Database

from portal_read.projection import compare
from portal_read.projection.compare import Tally
from portal_read.projection.register import Refused, find
from portal_read.projection.tables import tables

_AGAIN: Final = 0.05
_KEYS_SHOWN: Final = 5


class Compared(NamedTuple):
    """One table in both projections; `keys` are some of the rows that differ."""

    table: str
    one: Tally
    other: Tally
    keys: list[str]

    @property
    def equal(self) -> bool:
        """Whether both hold the same rows."""
        return self.one == self.other


async def verify(database: Database, one: str, other: str, *, within: float) -> list[Compared] | None:
    """Compare both in a snapshot in which they stand at equal positions.

    None when no such moment came within so many seconds. Raises `Refused` for what can't be compared.
    """
    deadline = time.monotonic() + within
    while True:
        async with database.transaction() as connection:
            await compare.snapshot(connection)
            shapes = [(await find(connection, name)).shape for name in (one, other)]
            if shapes[0] != shapes[1]:
                raise Refused(
                    f"{one} has shape {shapes[0]}, {other} has {shapes[1]}: their rows differ anyway."
                )
            at = [await compare.positions(connection, name) for name in (one, other)]
            if not at[0]:
                raise Refused(f"{one} has read nothing yet: are the workers running?")
            if at[0] == at[1]:
                mine = await compare.tallies(connection, one)
                theirs = await compare.tallies(connection, other)
                found = [Compared(name, mine[name], theirs[name], []) for name in mine]
                for each in found:
                    if not each.equal:
                        a, b = (getattr(tables(name), each.table) for name in (one, other))
                        each.keys.extend(await compare.differing(connection, a, b, _KEYS_SHOWN))
                return found
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(_AGAIN)
