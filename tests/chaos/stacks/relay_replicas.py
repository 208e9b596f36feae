"""Replicas of one service's worker, as real processes: one relays, the others stand by; any may be struck."""

import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from local_stack.ports import free_ports
from local_stack.servers.databases import DatabaseUrls
from portal_testing.stack import Servers, eventually

from tests.chaos.faults.processes import BACK_SECONDS, ServiceProcess, spawn

PACKAGE = "branding"
"""Its worker runs a relay and nothing else."""
_ACTIVE = (
    "SELECT a.application_name, a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
)
_STANDING_BY = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    " AND query LIKE '%%pg_try_advisory_lock%%' AND pid <> ALL (%s)"
)
_SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = %s"
)


@dataclass(frozen=True)
class Replica:
    """One process. PostgreSQL shows its sessions under its name."""

    name: str
    process: subprocess.Popen[bytes]
    service_process: ServiceProcess

    def freeze(self) -> None:
        """SIGSTOP: it does nothing more, and does not know."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT: for it, no time has passed."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL: no word, no clean-up."""
        self.process.kill()
        self.process.wait()


@dataclass
class Replicas:
    """All of them, on one database; `administrator` is a connection to it."""

    servers: Servers
    urls: DatabaseUrls
    output: Path
    administrator: psycopg.AsyncConnection
    running: dict[str, Replica] = field(default_factory=dict[str, Replica])
    _started: int = 0

    def start(self) -> Replica:
        """Start one more."""
        self._started += 1
        name, port = f"replica-{self._started}", int(next(iter(free_ports().values())))
        variables = self.servers.environment(PACKAGE, "worker", self.urls, http_port=port, health_port=port)
        service_process = ServiceProcess(PACKAGE, "worker", port)
        command = (sys.executable, *service_process.command)
        process = spawn(command, {**variables, "PGAPPNAME": name}, self.output)
        self.running[name] = Replica(name, process, service_process)
        return self.running[name]

    def kill(self, replica: Replica) -> None:
        """Kill it, and forget it."""
        del self.running[replica.name]
        replica.kill()

    def kill_all(self) -> None:
        """Kill whatever runs."""
        for replica in list(self.running.values()):
            self.kill(replica)

    async def active(self, *, after: Replica | None = None) -> Replica:
        """Wait until one of them, another than `after`, holds the lock; which one."""

        async def holder() -> Replica | None:
            rows = await self.query(_ACTIVE)
            name = str(rows[0][0]) if rows else ""
            return self.running.get(name) if after is None or name != after.name else None

        replica = await eventually(holder, what="a replica relays", within=BACK_SECONDS)
        assert replica is not None
        return replica

    async def session(self, replica: Replica) -> int:
        """The session in which the active replica holds the lock, reads and deletes."""
        return next(int(str(pid)) for name, pid in await self.query(_ACTIVE) if name == replica.name)

    async def sessions(self, replica: Replica) -> list[int]:
        """All its sessions."""
        return [int(str(pid)) for (pid,) in await self.query(_SESSIONS, replica.name)]

    async def end_sessions(self, replica: Replica) -> None:
        """End them all: statements that wait in PostgreSQL are never carried out."""
        await self.query(_END_SESSIONS, replica.name)

    async def stands_by(self, replica: Replica, old: list[int]) -> None:
        """Wait until it was refused the lock in a session that is not an old one, and says it is well."""

        async def refused() -> bool:
            return (
                bool(await self.query(_STANDING_BY, replica.name, old))
                and await replica.service_process.is_ready()
            )

        await eventually(refused, what=f"{replica.name} stands by again", within=BACK_SECONDS)

    async def query(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """The answer to a statement, as the administrator."""
        cursor = await self.administrator.execute(statement.encode(), parameters or None)
        return await cursor.fetchall()


def administrator_of(servers: Servers, urls: DatabaseUrls) -> str:
    """The administrator's address of one database."""
    return urlsplit(servers.superuser_url)._replace(path=urlsplit(urls.owner).path).geturl()
