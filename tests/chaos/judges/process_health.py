"""The ten service processes around a fault: the same ones, ready, and not busy with nothing."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal_testing.stack import eventually

from tests.chaos.faults.processes import ServiceProcess
from tests.chaos.judges.verdict import Verdict

BUSY = 0.5
"""The part of its time that a process may work while there is nothing it can do."""


@dataclass(frozen=True)
class Census:
    """Which processes run, and how each has spent its time until now, in seconds."""

    at: float
    pids: Mapping[ServiceProcess, int]
    spent: Mapping[ServiceProcess, tuple[float, float]]
    """At work, and waiting for a processor: on a machine with much to do, who never rests waits most."""

    @classmethod
    def of(cls, processes: Sequence[ServiceProcess]) -> "Census":
        """The census of this moment. Raises `NotRunning`."""
        pids = {process: process.find()[0] for process in processes}
        return cls(time.monotonic(), pids, {process: _spent(pid) for process, pid in pids.items()})

    async def until(self, seconds: float) -> None:
        """Wait until so much time has passed since in which every process could have worked.

        On a machine with much to do a process gets little of it, and what is left over from before the census
        would look like work without end.
        """

        async def passed() -> bool:
            now = Census.of(list(self.pids))
            return min(now.had_to_work(self, process) for process in self.pids) >= seconds

        await eventually(passed, what=f"{seconds:g} s are over", within=seconds + 60, every=0.25)

    def had_to_work(self, since: "Census", process: ServiceProcess) -> float:
        """For how many seconds since then a process had a processor, or wanted none."""
        waited = self.spent[process][1] - since.spent[process][1]
        return max(self.at - since.at - waited, 0.1)

    def judge(self, verdict: Verdict, since: "Census") -> str:
        """Judge that the same processes run and that none was busy; says which one worked most."""
        shares = dict[str, float]()
        for process, pid in since.pids.items():
            if self.pids[process] != pid:
                verdict.missing.append(f"{process.name}: ended, another took its place")
                continue
            worked, could = self.spent[process][0] - since.spent[process][0], self.had_to_work(since, process)
            shares[process.name] = worked / could
            if shares[process.name] > BUSY:
                verdict.missing.append(f"{process.name}: busy for {worked:.1f} s of {could:.1f} s")
        busiest = max(shares, key=lambda name: shares[name], default="")
        return f"{busiest} worked {shares.get(busiest, 0):.1%} of its time, more than any other"


async def not_ready(processes: Sequence[ServiceProcess]) -> list[str]:
    """Which processes say that they cannot work now."""
    ready = await asyncio.gather(*(process.is_ready() for process in processes))
    return [process.name for process, well in zip(processes, ready, strict=True) if not well]


async def until_all_ready(processes: Sequence[ServiceProcess], within: float) -> None:
    """Wait until all can work. Raises `NeverHappened`."""

    async def left() -> list[str]:
        return await not_ready(processes)

    await eventually(left, what="all are ready", within=within, every=0.25, met=lambda names: not names)


def _spent(pid: int) -> tuple[float, float]:
    """By its main thread, in which everything runs (https://docs.kernel.org/scheduler/sched-stats.html)."""
    worked, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(worked) / 1e9, int(waited) / 1e9
