"""The gate: a lock on the outbox, held by the test, at which the relay waits in the middle of its work.

Shut against deleting, it lets the relay read and publish, and stops it between the broker's acknowledgement
and the delete. Shut against all, it lets one statement after the other pass.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

import psycopg
from portal_testing.stack import eventually

from .replicas import Replica, Replicas

Against = Literal["deleting", "all"]
Does = Literal["reads", "deletes", ""]
_LOCK = {
    "deleting": b"LOCK TABLE outbox IN SHARE MODE",
    "all": b"LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE",
}
_WAITS = "SELECT mode FROM pg_locks WHERE pid = %s AND NOT granted AND relation = 'outbox'::regclass"
_MODES: dict[str, Does] = {"AccessShareLock": "reads", "RowExclusiveLock": "deletes"}
_SOON = 90.0


@dataclass
class Gate:
    """At most one lock at a time, apart from a second one that waits for the first."""

    administrator: str
    replicas: Replicas
    _held: psycopg.AsyncConnection | None = None

    async def shut(self, against: Against) -> asyncio.Task[None]:
        """Ask for the lock, and be next in turn: whoever writes now may end, and then it is shut."""
        connection = await psycopg.AsyncConnection.connect(self.administrator)
        pid = connection.info.backend_pid
        asking = asyncio.create_task(self._take(connection, _LOCK[against]))

        async def in_turn() -> bool:
            return asking.done() or bool(await self.replicas.ask(_WAITS, pid))

        await eventually(in_turn, what="the lock is asked for", within=_SOON, every=0.002)
        return asking

    async def open(self) -> None:
        """Let everybody go on."""
        held, self._held = self._held, None
        if held is not None:
            await held.close()

    async def waiting(self, replica: Replica) -> Does:
        """Wait until the active replica stands before the gate; what it is about to do."""
        pid = await self.replicas.session(replica)

        async def mode() -> str:
            found = await self.replicas.ask(_WAITS, pid)
            return str(found[0][0]) if found else ""

        return _MODES[await eventually(mode, what="the relay waits", within=_SOON, every=0.002)]

    async def next_statement(self, replica: Replica) -> Does:
        """Let the one statement pass that waits; what the next one is about to do."""
        again = await self.shut("all")
        await self.open()
        await again
        return await self.waiting(replica)

    async def _take(self, connection: psycopg.AsyncConnection, lock: bytes) -> None:
        await connection.execute(lock)
        self._held = connection
