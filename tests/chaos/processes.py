"""The service processes of a running stack: found by the port they were told, struck by signals."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from local_stack.environment import SERVICES, Addresses
from local_stack.ports import free_ports
from portal_testing.stack import eventually

BACK_SECONDS = 90.0
PORTS = {"api": "HTTP_PORT", "worker": "WORKER_HEALTH_PORT"}
"""Kind of process → the variable by which it is told its port."""


class NotRunning(Exception):
    """No such process is alive right now."""


@dataclass(frozen=True)
class Target:
    """One process of a service: `portal-read worker`."""

    service: str
    kind: str
    port: int

    @property
    def name(self) -> str:
        """As the supervisor calls it."""
        return f"{self.service} {self.kind}"

    @property
    def command(self) -> tuple[str, ...]:
        """What Python is told to run."""
        return ("-m", SERVICES[self.service][0], self.kind)

    def find(self) -> tuple[int, Mapping[str, str]]:
        """Its process id and environment; raises `NotRunning`."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and _strings(folder / "cmdline")[-3:] == self.command:
                pairs = (pair.partition("=") for pair in _strings(folder / "environ"))
                environment = {name: value for name, _, value in pairs}
                if environment.get(PORTS[self.kind]) == str(self.port):
                    return int(folder.name), environment
        raise NotRunning(self.name)

    async def is_ready(self) -> bool:
        """Whether it says that it can work."""
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
                answer = await http.get(f"http://127.0.0.1:{self.port}/health/ready")
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def at_work(self) -> int:
        """Wait until it works; its process id."""
        await eventually(self.is_ready, what=f"{self.name} is ready", within=BACK_SECONDS)
        return self.find()[0]


def kill(process: int) -> None:
    """SIGKILL: no word, no clean-up."""
    os.kill(process, signal.SIGKILL)


def end(process: int) -> None:
    """SIGTERM, as at every deployment."""
    os.kill(process, signal.SIGTERM)


def freeze(process: int) -> None:
    """SIGSTOP: it knows nothing of the time until it is resumed."""
    os.kill(process, signal.SIGSTOP)


def resume(process: int) -> None:
    """SIGCONT."""
    os.kill(process, signal.SIGCONT)


@contextmanager
def twin(target: Target, environment: Mapping[str, str], output: Path) -> Generator[Target]:
    """A second process of the same kind beside this one, until the block ends."""
    port = free_ports()["GATEWAY_PORT"]
    # Not the instance that Kafka knows, or the two would throw each other out.
    own = {**environment, PORTS[target.kind]: port, "KAFKA_INSTANCE_ID": ""}
    with output.open("ab") as log:
        command = (sys.executable, *target.command)
        process = subprocess.Popen(command, env=own, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield Target(target.service, target.kind, int(port))
    finally:
        process.terminate()
        process.wait(BACK_SECONDS)


def targets(addresses: Addresses) -> list[Target]:
    """The ten processes of the five services."""
    apis = [Target(service, "api", port) for service, port in addresses.api_ports.items()]
    return apis + [Target(service, "worker", port) for service, port in addresses.worker_ports.items()]


def environment_of(addresses: Addresses, service: str) -> Mapping[str, str]:
    """The environment of a service's web process: its keys are what a judge needs to read its rows."""
    return Target(service, "api", addresses.api_ports[service]).find()[1]


def _strings(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_bytes().decode(errors="replace").split("\0")[:-1])
    except OSError:
        return ()
