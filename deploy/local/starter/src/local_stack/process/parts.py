"""What a stack is made of. Each part names the parts that must be ready before it may start."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Probe = Callable[[], Awaitable[bool]]


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
        missing = [name for name in part.after if name not in known]
        if missing:
            raise ValueError(f"{part.name} must come later in the plan than {', '.join(missing)}")
        known.add(part.name)
