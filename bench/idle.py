"""What the processes cost while nothing happens: the processor's time, and how often each wakes."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from local_stack.environment import Addresses

from bench.processes import busy_seconds, descendants, the_ten, words_of
from bench.report import Goal, Section

_SETTLE_SECONDS = 60.0  # demo businesses are read, caches of a start are filled
_MEASURED_SECONDS = 60.0
_GOAL_PERCENT = 3.0


class _Spent(NamedTuple):
    """Seconds of the processor, and how often it was given up for want of something to do."""

    seconds: float
    wakes: int


async def measure(addresses: Addresses) -> Section:
    """Each service process of the stack that is our child, all ten, and the servers beside them."""
    await asyncio.sleep(_SETTLE_SECONDS)
    commands = {pid: words_of(pid) for pid in descendants(os.getpid())}
    began, before = time.monotonic(), _spent(commands)
    await asyncio.sleep(_MEASURED_SECONDS)
    seconds, after = time.monotonic() - began, _spent(commands)
    percent = {pid: 100 * (after[pid].seconds - before[pid].seconds) / seconds for pid in commands}
    wakes = {pid: (after[pid].wakes - before[pid].wakes) / seconds for pid in commands}
    ten = the_ten(addresses, commands)
    whole = sum(percent[pid] for pid in ten.values())
    rows = [(name, f"{percent[pid]:.2f}", f"{wakes[pid]:.1f}") for name, pid in ten.items()]
    rows.append(("**the ten together**", f"{whole:.2f}", f"{sum(wakes[pid] for pid in ten.values()):.1f}"))
    rows.append(("whole stack", f"{sum(percent.values()):.2f}", f"{sum(wakes.values()):.1f}"))
    return Section(
        "Idle",
        "Nothing is published and nobody asks, for a minute, a minute after the start.",
        ("process", "of a core, %", "wakes a second"),
        rows,
        [
            Goal(
                "P18",
                f"the ten together at most {_GOAL_PERCENT:.0f} % of a core",
                f"{whole:.1f} %",
                whole <= _GOAL_PERCENT,
                "notices are waited for on their socket, servers look once a second, rows whose time comes"
                " are looked for every five seconds, positions are written when they moved. What is left are"
                " polls of Kafka, and the question twice a second which"
                " sessions ended.",
            )
        ],
    )


def _spent(pids: Mapping[int, object]) -> dict[int, _Spent]:
    return {pid: _Spent(busy_seconds([pid]), _wakes(pid)) for pid in pids}


def _wakes(pid: int) -> int:
    return sum(_switches(thread / "status") for thread in Path(f"/proc/{pid}").glob("task/*"))


def _switches(status: Path) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0  # it ended meanwhile
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
