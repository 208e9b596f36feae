"""A rebuild of a long log: how long, beside reading the topic alone, and whether the rows are the same."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Final

from portal_testing.stack import Servers

from bench import pinning, projection, visits
from bench.report import Goal, Section

EVENTS: Final = int(os.environ.get("BENCH_REBUILD_EVENTS", "1000000"))
"""Fewer for a first look; the figure is then reckoned for 1,000,000, start included."""
_GOAL_SECONDS: Final = 45.0
_COMMAND: Final = (
    f"import os; os.sched_setaffinity(0, {{{pinning.UNDER_TEST}}});"
    " from portal_read.projection.commands import app; app()"
)
_TRIED: Final = "see P10, and docs/decisions/0013."


async def measure(servers: Servers) -> Section:
    """Seconds of a rebuild into a new projection, and of a second one to compare its rows with."""
    environment = await projection.worker_environment(servers)
    await visits.publish(servers.kafka_bootstrap, EVENTS)
    pinning.pin_servers()
    reading = await projection.run("reading", EVENTS, environment)
    steps = [await _rebuilt(name, environment) for name in ("one", "other")]
    same = await _portal(environment, "verify", "one", "other", "--within", "30", "--json")
    found = min(float(str(step["seconds"])) for step in steps) * 1_000_000 / EVENTS
    alone = reading.seconds / reading.events * 1_000_000
    tables = same["tables"]
    assert isinstance(tables, list)
    rows = [
        ("reading the topic only, decoded typed", f"{alone:.1f}", ""),
        *(("rebuild", f"{step['seconds']:.1f}", f"{step['events']:,}") for step in steps),
        ("rows of both", "identical" if same["equal"] else "**different**", f"{EVENTS:,}"),
    ]
    met = found <= _GOAL_SECONDS and bool(same["equal"])
    goal = Goal(
        "P13",
        f"1,000,000 events within {_GOAL_SECONDS:.0f} s, identical rows",
        f"{found:.0f} s, {found / alone:.1f} × reading alone",
        met,
        _TRIED,
    )
    about = (
        f"`portal projection rebuild` over {EVENTS:,} visits, one each, with all indexes, on one core, Kafka"
        " and PostgreSQL on the other; twice, and both compared row by row with `portal projection verify`."
        " Reading is in seconds for 1,000,000."
    )
    return Section("Rebuild", about, ("what", "seconds", "events"), rows, [goal])


async def _rebuilt(name: str, environment: Mapping[str, str]) -> dict[str, object]:
    return await _portal(environment, "rebuild", "--schema", name, "--json")


async def _portal(environment: Mapping[str, str], *words: str) -> dict[str, object]:
    """The last JSON line of `portal projection …`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COMMAND, *words),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode not in (0, 3):  # 3: rows differ
        raise RuntimeError(f"portal projection {' '.join(words)} failed: see above")
    return json.loads(output.splitlines()[-1])
