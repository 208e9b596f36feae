"""A lock on the outbox, held by the test, at which a relay waits in the middle of its work.

Held against deletes, it lets the relay read and publish, and stops it between the broker's acknowledgement
and the delete. Held against all, it lets one statement after the other pass.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

import psycopg
from portal_testing.stack import eventually

from tests.chaos.stacks.relay_replicas import Replica, Replicas

Against = Literal["deletes", "all"]
Waiting = Literal["reads", "deletes", ""]
_LOCK = {
    "deletes": b"LOCK TABLE outbox IN SHARE MODE",
    "all": b"LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE",
}
_WAITS = "SELECT mode FROM pg_locks WHERE pid = %s AND NOT granted AND relation = 'outbox'::regclass"
_MODES: dict[str, Waiting] = {"AccessShareLock": "reads", "RowExclusiveLock": "deletes"}
_WITHIN_SECONDS = 90.0


@dataclass
class OutboxLock:
    """At most one lock at a time, apart from a second one that waits for the first."""

    administrator: str
    replicas: Replicas
    _held: psycopg.AsyncConnection | None = None

    async def queue(self, against: Against) -> asyncio.Task[None]:
        """Ask for the lock, and be next in turn; the task ends when those who write now have ended."""
        connection = await psycopg.AsyncConnection.connect(self.administrator)
        pid = connection.info.backend_pid
        asking = asyncio.create_task(self._take(connection, _LOCK[against]))

        async def in_turn() -> bool:
            return asking.done() or bool(await self.replicas.query(_WAITS, pid))

        await eventually(in_turn, what="the lock is asked for", within=_WITHIN_SECONDS, every=0.002)
        return asking

    async def release(self) -> None:
        """Let everybody go on."""
        held, self._held = self._held, None
        if held is not None:
            await held.close()

    async def waiting(self, replica: Replica) -> Waiting:
        """Wait until the active replica waits for the lock; what it is about to do."""
        pid = await self.replicas.session(replica)

        async def mode() -> str:
            rows = await self.replicas.query(_WAITS, pid)
            return str(rows[0][0]) if rows else ""

        return _MODES[await eventually(mode, what="the relay waits", within=_WITHIN_SECONDS, every=0.002)]

    async def next_statement(self, replica: Replica) -> Waiting:
        """Let the one statement pass that waits; what the next one is about to do."""
        again = await self.queue("all")
        await self.release()
        await again
        return await self.waiting(replica)

    async def _take(self, connection: psycopg.AsyncConnection, lock: bytes) -> None:
        await connection.execute(lock)
        self._held = connection
