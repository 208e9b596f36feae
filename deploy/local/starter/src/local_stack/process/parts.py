"""What a stack is made of. Each part names the parts that must be ready before it may start."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROBE_SECONDS = 5
Probe = Callable[[], Awaitable[bool]]
"""Whether a part is ready to be used."""


@dataclass(frozen=True)
class User:
    """The account a part runs under, when it must not be ours."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """One process to start. `env` is its whole environment."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    cwd: Path | None = None
    user: User | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphaned_signal: signal.Signals = signal.SIGKILL
    """Sent by the kernel when the supervisor itself is killed."""


@dataclass(frozen=True)
class Daemon:
    """Runs until the stack stops; restarted when it ends by itself."""

    name: str
    command: Command
    ready: Probe
    after: tuple[str, ...] = ()
    echo: bool = True
    """False: its output goes to its log file only."""
    sources: tuple[Path, ...] = ()
    """Folders; it is started again when a file below one of them changes."""


@dataclass(frozen=True)
class Job:
    """Runs once, to the end; any exit code but 0 stops the stack."""

    name: str
    command: Command
    after: tuple[str, ...] = ()
    echo: bool = True


@dataclass(frozen=True)
class Step:
    """Work of the supervisor's own, between processes."""

    name: str
    run: Callable[[], Awaitable[None]]
    after: tuple[str, ...] = ()


Part = Daemon | Job | Step


class PartFailed(Exception):
    """A part could not start. `tail` holds its last lines of output."""

    def __init__(self, name: str, reason: str, tail: tuple[str, ...] = ()) -> None:
        super().__init__(f"{name} {reason}")
        self.name = name
        self.reason = reason
        self.tail = tail


def check_graph(parts: tuple[Part, ...]) -> None:
    """Refuse a plan with two parts of one name, an unknown dependency or a circle."""
    known: set[str] = set()
    for part in parts:
        if part.name in known:
            raise ValueError(f"two parts are named {part.name}")
        if missing := set(part.after) - known:
            raise ValueError(f"{part.name} must come later in the plan than {', '.join(sorted(missing))}")
        known.add(part.name)


def stop_order(parts: tuple[Part, ...]) -> list[list[str]]:
    """Return the names in waves, dependents before what they depend on."""
    depth: dict[str, int] = {}
    for part in parts:
        depth[part.name] = 1 + max((depth[name] for name in part.after), default=0)
    deepest = max(depth.values(), default=0)
    return [[name for name, level in depth.items() if level == wave] for wave in range(deepest, 0, -1)]


def tcp(port: int) -> Probe:
    """Ready when something on 127.0.0.1 takes connections at `port`."""
    return lambda: _answer(port, b"", b"")


def http(port: int, path: str) -> Probe:
    """Ready when `GET path` answers 2xx. By hand, as ten processes are asked often while they import."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    return lambda: _answer(port, request.encode(), b"HTTP/1.1 2")


async def _answer(port: int, request: bytes, expected: bytes) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            try:
                return not request or (await reader.readline()).startswith(expected)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
