"""The ten service processes around a fault: alive, ready, and not busy with nothing."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal_testing.stack import eventually

from .processes import Target
from .verdict import Verdict

BUSY = 0.5
"""The part of its time that a process may work while there is nothing it can do."""


@dataclass(frozen=True)
class Census:
    """Who runs, and how each has spent its time until now, in seconds."""

    at: float
    processes: Mapping[Target, int]
    spent: Mapping[Target, tuple[float, float]]
    """At work, and waiting for a processor: on a machine with much to do, who never rests waits most."""

    @classmethod
    def of(cls, targets: Sequence[Target]) -> "Census":
        """Now. Raises `NotRunning`."""
        processes = {each: each.find()[0] for each in targets}
        return cls(time.monotonic(), processes, {each: _spent(n) for each, n in processes.items()})

    async def until(self, seconds: float) -> None:
        """Wait until so much time has passed since."""

        async def passed() -> bool:
            return time.monotonic() - self.at >= seconds

        await eventually(passed, what=f"{seconds:g} s are over", within=seconds + 1, every=0.25)

    def judge(self, verdict: Verdict, since: "Census") -> str:
        """The same processes, none of them busy. Says who took most."""
        shares = dict[str, float]()
        for target, process in since.processes.items():
            if self.processes[target] != process:
                verdict.missing.append(f"{target.name}: ended, another took its place")
                continue
            worked, waited = (n - m for n, m in zip(self.spent[target], since.spent[target], strict=True))
            could = max(self.at - since.at - waited, 0.1)
            shares[target.name] = worked / could
            if shares[target.name] > BUSY:
                verdict.missing.append(f"{target.name}: busy for {worked:.1f} s of {could:.1f} s")
        most = max(shares, key=lambda name: shares[name], default="")
        return f"{most} worked {shares.get(most, 0):.1%} of its time, more than any other"


async def not_ready(targets: Sequence[Target]) -> list[str]:
    """Who says that it cannot work now."""
    ready = await asyncio.gather(*(each.is_ready() for each in targets))
    return [target.name for target, well in zip(targets, ready, strict=True) if not well]


async def all_ready(targets: Sequence[Target], within: float) -> None:
    """Wait until everybody can work. Raises `NeverHappened`."""

    async def nobody_left() -> list[str]:
        return await not_ready(targets)

    await eventually(
        nobody_left, what="everybody is ready", within=within, every=0.25, met=lambda left: not left
    )


def _spent(process: int) -> tuple[float, float]:
    """By its main thread, in which everything runs (https://docs.kernel.org/scheduler/sched-stats.html)."""
    worked, waited, _ = Path(f"/proc/{process}/schedstat").read_text().split()
    return int(worked) / 1e9, int(waited) / 1e9
