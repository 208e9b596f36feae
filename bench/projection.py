"""The projector's speed: events a second into the read model, beside one flat script.

Both read the same records from Kafka in turns of one run, decode them typed, and commit rows and positions of
a batch in one transaction; each in a process and on a core of its own, servers on the other.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from statistics import median
from typing import Final

from portal_testing.stack import Servers

from bench import pinning, visits
from bench.report import Goal, Section
from bench.under_test import Run

EVENTS, ROUNDS = 60_000, 5
_GOAL: Final = 0.7
_TRIED: Final = (
    "docs/decisions/0013 has what was kept (reading ahead, pipelined statements, garbage looked for less"
    " often, leaner decoding, an index less a table) and what was not (COPY, MERGE, two consumers abreast)."
)


async def measure(servers: Servers) -> tuple[Section, Section]:
    """Rates of both with the median and range of their ratio; and where the time goes."""
    environment = await worker_environment(servers)
    await visits.publish(servers.kafka_bootstrap, EVENTS)
    pinning.pin_servers()
    found: list[tuple[Run, Run]] = []
    for number in range(ROUNDS + 1):
        pair = (await run("projector", EVENTS, environment), await run("flat", EVENTS, environment))
        if number:  # the first round warms the servers up
            found.append(pair)
    steps = await child("stages", EVENTS, environment)
    return _speed(found), _profile(found, {name: float(str(value)) for name, value in steps.items()})


async def worker_environment(servers: Servers) -> Mapping[str, str]:
    """That of a portal-read worker with an empty database, as its owner."""
    urls = await servers.fresh_database("portal_read")
    environment = servers.environment("portal_read", "worker", urls, http_port=8102)
    return {**environment, "DATABASE_URL": urls.owner}


async def run(what: str, count: int, environment: Mapping[str, str]) -> Run:
    """One run of `bench.under_test`."""
    told = await child(what, count, environment)
    return Run(int(str(told["events"])), float(str(told["seconds"])), float(str(told["busy"])))


async def child(what: str, count: int, environment: Mapping[str, str]) -> dict[str, object]:
    """What `bench.under_test` says."""
    words = (sys.executable, "-m", "bench.under_test", what, str(count))
    process = await asyncio.create_subprocess_exec(
        *words, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"bench.under_test {what} failed: see above")
    return json.loads(output.splitlines()[-1])


def _rate(run: Run) -> float:
    return run.events / run.seconds


def _speed(found: list[tuple[Run, Run]]) -> Section:
    ratios = [_rate(projector) / _rate(flat) for projector, flat in found]
    about = (
        f"{EVENTS:,} visits of about 600 bytes, in {ROUNDS} turns, each process alone on one core, Kafka and"
        " PostgreSQL on the other. The flat script decodes each value typed and commits rows and offsets of"
        " 1,000 records at once, into one table without an index beside its key. The projector also reads"
        " envelope and key, checks the event's rules and its partition, cuts rows of the erased, and keeps"
        " the indexes of the pages."
    )
    rows = [
        ("projector", f"{median(_rate(projector) for projector, _ in found):,.0f}"),
        ("flat script", f"{median(_rate(flat) for _, flat in found):,.0f}"),
        ("projector to flat", f"{median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})"),
    ]
    middle = median(ratios)
    goal = Goal("P10", f"at least {_GOAL} × the flat script", f"{middle:.2f} ×", middle >= _GOAL, _TRIED)
    return Section("Projection", about, ("events a second, median", ""), rows, [goal])


def _profile(found: list[tuple[Run, Run]], steps: Mapping[str, float]) -> Section:
    """Microseconds an event."""

    def each(seconds: list[float]) -> float:
        return median(seconds) / found[0][0].events * 1e6

    busy, busy_flat = each([p.busy for p, _ in found]), each([f.busy for _, f in found])
    waits = each([p.seconds - p.busy for p, _ in found]), each([f.seconds - f.busy for _, f in found])
    shared = ("records out of Kafka's batches", "typed JSON", "JSON of the rows")
    rows = [(name, f"{cost:.1f}", f"{cost:.1f}" if name in shared else "") for name, cost in steps.items()]
    rest = busy - sum(steps.values()), busy_flat - sum(steps[name] for name in shared)
    rows += [
        ("driver, event loop, memory, and what runs beside PostgreSQL runs slower", *_cells(rest)),
        ("**processor of the process**", *_cells((busy, busy_flat))),
        ("waiting for PostgreSQL and Kafka", *_cells(waits)),
        ("**together**", *_cells((busy + waits[0], busy_flat + waits[1]))),
    ]
    about = (
        "Of the runs above; the steps by themselves, each the least of five. While PostgreSQL stores one"
        " batch the projector decodes the next, the flat script waits."
    )
    head = ("µs an event", "projector", "flat script")
    return Section("Where the projector's time goes", about, head, rows)


def _cells(pair: tuple[float, float]) -> tuple[str, str]:
    return f"{pair[0]:.1f}", f"{pair[1]:.1f}"
