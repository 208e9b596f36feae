"""The notifier's speed: events of visits a second into what its messages tell about.

In turns with the projector and the flat script of `bench.projection`: the same records, each process on a
core of its own, servers on the other.
"""

from collections.abc import Mapping
from statistics import median
from typing import Final

from portal_testing.stack import Servers

from bench import pinning, visits
from bench.projection import run, worker_environment
from bench.report import Goal, Section
from bench.under_test import Run

EVENTS, ROUNDS = 60_000, 3
_GOAL: Final = 5_000


async def measure(servers: Servers) -> Section:
    """Rates of all three, of an import, with the median and range of the ratios."""
    projecting = await worker_environment(servers)
    environment = await _notifier_environment(servers)
    await visits.publish(servers.kafka_bootstrap, EVENTS, quiet=True)
    pinning.pin_servers()
    found: list[tuple[Run, Run, Run]] = []
    for number in range(ROUNDS + 1):
        turn = (
            await run("documents", EVENTS, environment),
            await run("projector", EVENTS, projecting),
            await run("flat", EVENTS, projecting),
        )
        if number:  # the first round warms the servers up
            found.append(turn)
    return _section(found)


async def _notifier_environment(servers: Servers) -> Mapping[str, str]:
    urls = await servers.fresh_database("notifier")
    environment = servers.environment("notifier", "worker", urls, http_port=8103)
    return {**environment, "DATABASE_URL": urls.owner}


def _rate(run: Run) -> float:
    return run.events / run.seconds


def _section(found: list[tuple[Run, Run, Run]]) -> Section:
    names = ("notifier, documents", "projector", "flat script")
    rows = [
        (name, f"{median(_rate(turn[index]) for turn in found):,.0f}") for index, name in enumerate(names)
    ]
    for name, index in (("projector", 1), ("flat script", 2)):
        ratios = [_rate(turn[0]) / _rate(turn[index]) for turn in found]
        rows.append(
            (f"notifier to {name}", f"{median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})")
        )
    busy = median(turn[0].busy / turn[0].events * 1e6 for turn in found)
    rows.append(("processor of the notifier, µs an event", f"{busy:.0f}"))
    about = (
        f"{EVENTS:,} visits of about 600 bytes, an import, in {ROUNDS} turns, each process alone on one core,"
        " Kafka and PostgreSQL on the other. The notifier keeps the facts that messages need, those about"
        " people sealed one by one, what counts as told of each visit, and looks what is planned of it."
    )
    rate = median(_rate(turn[0]) for turn in found)
    goal = Goal("Documents", f"at least {_GOAL:,} events a second", f"{rate:,.0f}", rate >= _GOAL)
    return Section("Documents of the notifier", about, ("events a second, median", ""), rows, [goal])
