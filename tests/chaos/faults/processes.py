"""The service processes of a running stack: found by the port they were told, struck by signals."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from local_stack.environment import SERVICES, Addresses
from local_stack.ports import free_ports
from local_stack.process.linux import die_with_parent
from portal_testing.stack import eventually

BACK_SECONDS = 90.0
PORTS = {"api": "HTTP_PORT", "worker": "WORKER_HEALTH_PORT"}
"""Kind of process → the variable by which it is told its port."""


class NotRunning(Exception):
    """No such process is alive right now."""


@dataclass(frozen=True)
class ServiceProcess:
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
        """Its process id and environment. Raises `NotRunning`."""
        return _find(self.command, PORTS[self.kind], str(self.port))

    async def is_ready(self) -> bool:
        """Whether it says that it can work."""
        try:
            # Without certificates, whose loading takes ten times as long as the request.
            async with httpx.AsyncClient(trust_env=False, verify=False, timeout=5) as http:
                answer = await http.get(f"http://127.0.0.1:{self.port}/health/ready")
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def at_work(self) -> int:
        """Wait until it works; its process id. Raises `NeverHappened`."""
        await eventually(self.is_ready, what=f"{self.name} is ready", within=BACK_SECONDS)
        return self.find()[0]


def kill(pid: int) -> None:
    """SIGKILL: no word, no clean-up."""
    os.kill(pid, signal.SIGKILL)


def end(pid: int) -> None:
    """SIGTERM, as at every deployment."""
    os.kill(pid, signal.SIGTERM)


@contextmanager
def frozen(pid: int) -> Generator[None]:
    """SIGSTOP until the block ends, then SIGCONT: for the process, no time has passed."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def twin(process: ServiceProcess, environment: Mapping[str, str], output: Path) -> Generator[ServiceProcess]:
    """A second process of the same kind beside this one, until the block ends."""
    port = free_ports()["GATEWAY_PORT"]
    # Not the instance that Kafka knows, or the two would throw each other out.
    own = {**environment, PORTS[process.kind]: port, "KAFKA_INSTANCE_ID": ""}
    second = spawn((sys.executable, *process.command), own, output)
    try:
        yield ServiceProcess(process.service, process.kind, int(port))
    finally:
        second.terminate()
        second.wait(BACK_SECONDS)


def spawn(
    command: Sequence[str], environment: Mapping[str, str], output: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, however this one ends."""
    parent = os.getpid()
    with output.open("ab") as log:
        return subprocess.Popen(
            command,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent, signal.SIGKILL),  # noqa: PLW1509  # it takes no lock
        )


def processes_of(addresses: Addresses) -> list[ServiceProcess]:
    """The ten processes of the five services."""
    ports = {"api": addresses.api_ports, "worker": addresses.worker_ports}
    return [ServiceProcess(service, kind, n) for kind in ports for service, n in ports[kind].items()]


def environment_of(addresses: Addresses, service: str) -> Mapping[str, str]:
    """The environment of a service's web process: its keys are what a judge needs to read its rows."""
    return ServiceProcess(service, "api", addresses.api_ports[service]).find()[1]


def integration_key_of(addresses: Addresses) -> str:
    """The key with which ServiceHub's stand-in calls the portal."""
    port = addresses.simulator_url.rpartition(":")[2]
    return _find(("-m", "stand_in_servicehub"), "HTTP_PORT", port)[1]["INTEGRATION_KEY"]


def _find(command: tuple[str, ...], variable: str, port: str) -> tuple[int, Mapping[str, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and _strings(folder / "cmdline")[-len(command) :] == command:
            pairs = (pair.partition("=") for pair in _strings(folder / "environ"))
            environment = {name: value for name, _, value in pairs}
            if environment.get(variable) == port:
                return int(folder.name), environment
    raise NotRunning(" ".join(command))


def _strings(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_bytes().decode(errors="replace").split("\0")[:-1])
    except OSError:
        return ()
