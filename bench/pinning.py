"""One core for the process under test, the others for everything that serves it."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from bench.processes import descendants

UNDER_TEST = 0


def pin_this() -> None:
    """Put this process on the core that is its own."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {UNDER_TEST})


def pin_servers() -> None:
    """Keep every process below this one, with all its threads, away from that core."""
    others = set(range(os.cpu_count() or 1)) - {UNDER_TEST}
    if not others:
        return
    _pin(descendants(os.getpid()), others)


@contextmanager
def alone(*pids: int) -> Generator[None]:
    """Give the core to these processes until the block ends."""
    others = set(range(os.cpu_count() or 1)) - {UNDER_TEST}
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, others or own)
    _pin(pids, {UNDER_TEST})
    try:
        yield
    finally:
        _pin(pids, others or own)
        os.sched_setaffinity(0, own)


def _pin(pids: Iterable[int], cores: set[int]) -> None:
    for thread in (thread for pid in pids for thread in _threads(pid)):
        try:
            os.sched_setaffinity(thread, cores)
        except ProcessLookupError:
            continue  # it ended meanwhile


def _threads(pid: int) -> list[int]:
    try:
        return [int(folder.name) for folder in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []
