"""Figures as tables: on the screen, and in `bench/results.md` together with the machine they are from."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).with_name("results.md")


class Goal(NamedTuple):
    """What was aimed at, and what came out. `tried`: for a goal that is missed, what was done about it."""

    name: str
    wanted: str
    found: str
    met: bool
    tried: str = ""


class Section(NamedTuple):
    """One table with its heading and what the figures mean, and the goals that they decide."""

    title: str
    about: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    goals: Sequence[Goal] = ()


def show(sections: Sequence[Section]) -> None:
    """Print the tables."""
    print("\n".join(_text(section) for section in sections))


def write(sections: Sequence[Section]) -> None:
    """Write the tables to `bench/results.md`."""
    text = "\n".join(_text(section) for section in sections)
    RESULTS.write_text(f"# Measured\n\nBy `make bench`. {_machine()}\n\n{text}", encoding="utf-8")
    print(f"Written to {RESULTS}")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def _text(section: Section) -> str:
    lines = [f"## {section.title}", "", section.about, ""]
    lines += [_line(section.head), _line(["---"] + ["---:"] * (len(section.head) - 1))]
    lines += [_line(row) for row in section.rows]
    for goal in section.goals:
        verdict = "met" if goal.met else "missed"
        lines += ["", f"{goal.name}, {goal.wanted}: {goal.found}, **{verdict}**."]
        lines += [f"Tried: {goal.tried}"] if goal.tried and not goal.met else []
    return "\n".join([*lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _machine() -> str:
    """What a figure is worth nothing without."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    facts = (
        f"{os.cpu_count()} cores ({_processor()})",
        f"{pages / 2**30:.0f} GB of memory",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"load average at the end {os.getloadavg()[0]:.1f}",
    )
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, on one machine with everything: {', '.join(facts)}."


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
