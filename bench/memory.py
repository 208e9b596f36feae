"""What the processes take, told by the kernel.

RSS counts a page in every process that maps it; PSS divides it among them, so that sums are true.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from local_stack.environment import Addresses

from bench.processes import descendants, the_ten, words_of
from bench.report import Section

_MB = 1024
Usage = tuple[int, int]
"""RSS and PSS in kB."""


def measure(addresses: Addresses) -> Section:
    """Usage of each service process of the stack that is our child, of all ten, and of the whole stack."""
    commands = {pid: words_of(pid) for pid in descendants(os.getpid())}
    usage = {pid: usage_of(pid) for pid in commands}
    services = {name: usage[pid] for name, pid in the_ten(addresses, commands).items()}
    rows = [_row(name, one) for name, one in services.items()]
    rows.append(_row("**the ten together**", _sum(services.values())))
    rows.append(_row("whole stack, with Kafka and PostgreSQL", _sum(usage.values())))
    about = "Right after start, with the demo businesses. The goal for the ten is 1,200 MB."
    return Section("Memory", about, ("process", "RSS, MB", "PSS, MB"), rows)


def _row(name: str, usage: Usage) -> tuple[str, str, str]:
    return (name, f"{usage[0] / _MB:.0f}", f"{usage[1] / _MB:.0f}")


def _sum(usages: Iterable[Usage]) -> Usage:
    listed = list(usages)
    return sum(rss for rss, _ in listed), sum(pss for _, pss in listed)


def usage_of(pid: int) -> Usage:
    """What one process takes; nothing when it has ended."""
    found = {"Rss": 0, "Pss": 0}
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, amount = line.partition(":")
        if name in found:
            found[name] = int(amount.split()[0])
    return found["Rss"], found["Pss"]
