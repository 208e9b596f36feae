"""One core for the process under test, the others for everything that serves it."""

import os
from pathlib import Path

from bench.memory import descendants

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
    for pid in descendants(os.getpid()):
        for thread in _threads(pid):
            try:
                os.sched_setaffinity(thread, others)
            except ProcessLookupError:
                continue  # it ended meanwhile


def _threads(pid: int) -> list[int]:
    try:
        return [int(folder.name) for folder in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []
