"""The outermost process: forks the supervisor, passes signals on, and sweeps up whatever is left.

    guard (adopts orphans) -> supervisor (own session) -> each part (own session)

SIGKILL of the supervisor: the guard sweeps. SIGKILL of the guard: the supervisor is told by the kernel
and stops everything in order. SIGKILL of both: every part is told by the kernel.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import psutil

from local_stack.process.linux import adopt_orphans, die_with_parent

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 40
SWEEP_SECONDS = 10.0


def run_guarded(supervise: Callable[[], int], *, end_with_parent: bool = False) -> int:
    """Run `supervise` in a child of its own session; returns its exit code once no descendant is left.

    With `end_with_parent` the death of our own parent counts as SIGTERM: for `make`, whose SIGKILL
    would otherwise leave a whole stack behind.
    """
    adopt_orphans()
    guard, starter = os.getpid(), os.getppid()
    sys.stdout.flush()
    supervisor = os.fork()
    if supervisor == 0:
        os._exit(_supervisor(supervise, guard))
    if end_with_parent:
        die_with_parent(starter, signal.SIGTERM)
    _forward_signals(supervisor)
    code = _wait_for(supervisor)
    sweep()
    return code


def _supervisor(supervise: Callable[[], int], guard: int) -> int:
    # A session of its own keeps Ctrl-C at the guard, which passes it on exactly once.
    os.setsid()
    # Should the guard be killed, this process sweeps in its place.
    adopt_orphans()
    die_with_parent(guard, signal.SIGTERM)
    try:
        return supervise()
    except KeyboardInterrupt:
        return 130
    finally:
        sweep()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # the terminal is gone; there is nobody to tell
                stream.flush()


def _forward_signals(supervisor: int) -> None:
    def forward(number: int, _frame: FrameType | None) -> None:
        _signal(supervisor, number)
        signal.alarm(PATIENCE_SECONDS)

    def lose_patience(_number: int, _frame: FrameType | None) -> None:
        _signal(supervisor, signal.SIGKILL)

    for number in FORWARDED:
        signal.signal(number, forward)
    signal.signal(signal.SIGALRM, lose_patience)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_for(supervisor: int) -> int:
    while True:
        pid, status = os.wait()  # also reaps orphans that we adopted
        if pid == supervisor:
            return os.waitstatus_to_exitcode(status)


def sweep() -> None:
    """SIGKILL every descendant of this process until none is left."""
    deadline = time.monotonic() + SWEEP_SECONDS
    while (rest := psutil.Process().children(recursive=True)) and time.monotonic() < deadline:
        for process in rest:
            _signal(process.pid, signal.SIGKILL)
        psutil.wait_procs(rest, timeout=1)
