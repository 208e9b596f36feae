"""A process serves no database that is older than its build: it is not ready, and its loops wait.

A newer database is well: old and new code serve together while one replaces the other.
"""

import asyncio
import time
from typing import Final

import structlog

from chassis.database import Database, is_transient
from chassis.database.revisions import newest_revision, revisions_of
from chassis.observability.health import Check
from chassis.observability.loop_health import Stuck

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 2.0


class RevisionGate:
    """Closed while the database lacks a migration of this build."""

    def __init__(self, package: str, database: Database) -> None:
        self._package = package
        self._database = database
        self._began = time.monotonic()

    async def check(self) -> bool | Stuck:
        """Whether the database is far enough, or what it lacks, in words. Raises if it does not tell."""
        if not newest_revision(self._package):
            return True
        async with self._database.transaction() as tx:
            revisions = await revisions_of(self._package, tx.connection)
        if revisions.state == "older":
            return Stuck(revisions.words, int(time.monotonic() - self._began))
        return True


async def opened(check: Check, *, every: float = _EVERY_SECONDS) -> None:
    """Return once `check` is true; whatever may pass is waited for."""
    told = False
    while True:
        try:
            state = await check()
        except Exception as error:  # sorted here: what may pass is waited for, the rest ends the worker
            if not is_transient(error):
                raise
            state = False
        if state is True:
            return
        if isinstance(state, Stuck) and not told:
            told = True
            log.warning("database.older", reason=state.waits_for)
        await asyncio.sleep(every)
