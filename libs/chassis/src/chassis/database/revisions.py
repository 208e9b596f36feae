"""Which migration a database has and which one this build needs; without Alembic, which takes 10 MB.

Revisions are numbers that rise along the chain, and so are the names of their files (`0019_…py`).
"""

import importlib.resources
from functools import cache
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_MAY_READ = text(
    "SELECT to_regclass('alembic_version') IS NOT NULL"
    " AND has_table_privilege(to_regclass('alembic_version'), 'SELECT')"
)
_REVISION = text("SELECT version_num FROM alembic_version")


class Revisions(NamedTuple):
    """What a build needs and what a database has, "" for none that can be seen."""

    package: str
    needed: str
    present: str

    @property
    def state(self) -> Literal["older", "same", "newer"]:
        """How far the database is, as this build sees it. It serves on the same and on a newer one."""
        needed, present = (number_of(revision) for revision in (self.needed, self.present))
        return "older" if present < needed else "same" if present == needed else "newer"

    @property
    def words(self) -> str:
        """What an operator is told."""
        present = f"is at revision {self.present}" if self.present else "shows no revision"
        if self.state == "older":
            return (
                f"the database {present}, this build needs {self.needed}:"
                f" run `python -m {self.package} migrate` of this build, as the owner"
            )
        if self.state == "newer":
            return (
                f"the database {present}, newer than this build's {self.needed}, which works on it as it is"
            )
        return f"the database {present}, this build's newest"


def number_of(revision: str) -> int:
    """Where a revision stands in its chain; 0 for none."""
    return int(revision or 0)


@cache
def newest_revision(package: str) -> str:
    """The newest migration inside `package`, "" for a package without any: a build's do not change."""
    versions = importlib.resources.files(package) / "migrations" / "versions"
    if not versions.is_dir():
        return ""
    numbers = {file.name.partition("_")[0] for file in versions.iterdir()}
    return max((number for number in numbers if number.isdecimal()), key=number_of, default="")


async def revisions_of(package: str, connection: AsyncConnection) -> Revisions:
    """Compare a build with the database of `connection`. One whose revision the role may not see has none."""
    may_read = await connection.scalar(_MAY_READ)
    present = await connection.scalar(_REVISION) if may_read else None
    return Revisions(package, newest_revision(package), str(present or ""))
