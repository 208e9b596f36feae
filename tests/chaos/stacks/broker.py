"""A real broker of the tests' own: stopped, killed, frozen, and started again on the same data."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from local_stack.ports import free_ports
from local_stack.process.parts import Command, Daemon, Job
from local_stack.servers.kafka import Kafka
from portal_testing.stack import eventually

from tests.chaos.faults.processes import spawn

UP_SECONDS = 90.0
_SETTINGS = """
listeners=PLAINTEXT://127.0.0.1:{port},DIRECT://127.0.0.1:{direct},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{proxy},DIRECT://127.0.0.1:{direct}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=DIRECT
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.backoff.ms=500
log.cleaner.min.compaction.lag.ms=86400000
"""
"""After SIGKILL it first waits for the end of its own session; its log cleaner sleeps between two looks.

Nothing is compacted but by a test that asks for it: judges want every record that was ever sent.
"""


@dataclass
class Broker:
    """Services come in by a proxy that leads to `port`; the tests themselves use `bootstrap`."""

    port: int
    proxy_port: int
    bootstrap: str
    _server: Command
    _output: Path
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def formatted(cls, folder: Path) -> Self:
        """A broker that has never run."""
        port, controller, direct, proxy, *_ = (int(number) for number in free_ports().values())
        *jobs, server = Kafka(folder, port, controller).parts()
        with (folder / "kafka" / "server.properties").open("a") as file:  # the later line counts
            file.write(_SETTINGS.format(port=port, direct=direct, controller=controller, proxy=proxy))
        for job in jobs:
            assert isinstance(job, Job)
            command = job.command
            subprocess.run(
                command.argv, env=dict(command.env), cwd=command.cwd, check=True, capture_output=True
            )
        assert isinstance(server, Daemon)
        return cls(port, proxy, f"127.0.0.1:{direct}", server.command, folder / "broker.log")

    async def start(self) -> None:
        """Run it, and wait until it answers. Raises `NeverHappened`."""
        self._process = spawn(self._server.argv, self._server.env, self._output, self._server.cwd)
        await eventually(self._answers, what="the broker answers", within=UP_SECONDS)

    def send(self, number: signal.Signals) -> None:
        """Signal it: SIGSTOP freezes, SIGCONT resumes."""
        self._running.send_signal(number)

    def end(self, number: signal.Signals) -> None:
        """Signal it, and wait for its end."""
        self.send(number)
        self._running.wait(UP_SECONDS)

    def kill(self) -> None:
        """SIGKILL, whatever state it is in."""
        if self._process is not None:
            self.end(signal.SIGKILL)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the broker was never started"
        return self._process

    async def _answers(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2_000)
        try:
            await admin.start()
            await admin.describe_cluster()
        except KafkaError:
            return False
        finally:
            await admin.close()
        return True
