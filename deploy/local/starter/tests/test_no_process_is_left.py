"""However the stack ends, no process of it is left. Real processes, real signals."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

VICTIM = Path(__file__).with_name("victim.py")
EVERYBODY = ("guard", "supervisor", "child", "grandchild", "other")
PATIENCE_SECONDS = 20.0


class Victim:
    """The running victim; a pidfd of each process, so that a reused number can't fool us."""

    def __init__(self, folder: Path) -> None:
        self.pids = {name: int((folder / f"{name}.pid").read_text()) for name in EVERYBODY}
        self._handles = {name: os.pidfd_open(pid) for name, pid in self.pids.items()}

    def still_running(self, *names: str) -> list[str]:
        """Wait for these to end; returns those that did not."""
        return [
            name for name in names if not select.select([self._handles[name]], [], [], PATIENCE_SECONDS)[0]
        ]

    def close(self) -> None:
        for name, handle in self._handles.items():
            if not select.select([handle], [], [], 0)[0]:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(self._handles[name])


def start(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(400):
        if (folder / "ready").exists():
            return started
        select.select([], [], [], 0.05)
    started.kill()
    raise AssertionError("the victim did not start")


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    starter = start(tmp_path, sys.executable, str(VICTIM), str(tmp_path))
    running = Victim(tmp_path)
    yield running
    running.close()
    starter.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_starter_ends_everybody(victim: Victim, number: signal.Signals) -> None:
    os.kill(victim.pids["guard"], number)
    assert victim.still_running(*EVERYBODY) == []


def test_killing_the_supervisor_ends_everybody(victim: Victim) -> None:
    os.kill(victim.pids["supervisor"], signal.SIGKILL)
    assert victim.still_running(*EVERYBODY) == []


def test_killing_guard_and_supervisor_at_once_ends_every_part(victim: Victim) -> None:
    os.kill(victim.pids["guard"], signal.SIGSTOP)  # so that it can't help
    os.kill(victim.pids["supervisor"], signal.SIGKILL)
    os.kill(victim.pids["guard"], signal.SIGKILL)
    assert victim.still_running("guard", "supervisor", "child", "other") == []


def test_killing_make_ends_everybody(tmp_path: Path) -> None:
    # A shell that waits, as make does, between us and the stack.
    line = f'"{sys.executable}" "{VICTIM}" "{tmp_path}" --end-with-parent; true'
    make = start(tmp_path, "/bin/sh", "-c", line)
    victim = Victim(tmp_path)
    make.kill()
    make.wait()
    assert victim.still_running(*EVERYBODY) == []
    victim.close()
