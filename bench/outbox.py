"""The outbox with 1,000,000 rows waiting, beside 10,000: how fast it empties, and who waits meanwhile.

A real worker of sign-in relays. When a record left, it says itself, and it is asked afterwards.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import psycopg
from local_stack.ports import free_ports
from local_stack.process.linux import die_with_parent
from local_stack.servers.databases import DatabaseUrls
from portal_testing.stack import Servers, eventually
from portal_testing.stack.backlog import TOPIC, add_backlog

from bench import bystanders
from bench.report import Goal, Section, percentile
from bench.sent import Log, log_of

SMALL, OLD, ROUNDS = 10_000, 200_000, 3
LARGE = int(os.environ.get("BENCH_OUTBOX_ROWS", "1000000"))
_BATCH: Final = 500
_LEFT = b"SELECT EXISTS (SELECT FROM outbox)"
_LEAST = 0.8


@dataclass
class Figures:
    """Rows a second, over every 10,000 of them."""

    small: list[float] = field(default_factory=list[float])
    large: list[float] = field(default_factory=list[float])
    old: list[float] = field(default_factory=list[float])


async def measure(servers: Servers) -> Section:
    """Small ones before, between and after the large ones."""
    urls, found = await servers.fresh_database("auth_otp"), Figures()
    with _worker(servers, urls):
        async with log_of(servers.kafka_bootstrap, TOPIC) as log:
            await _emptied(urls, log, SMALL)  # the worker comes up
            found.small += await _small(urls, log)
            calm = await bystanders.measure(urls)
            rates, busy = await asyncio.gather(_emptied(urls, log, LARGE), _beside(urls))
            found.large += rates
            found.small += await _small(urls, log)
            async with await psycopg.AsyncConnection.connect(urls.owner) as backup:
                await backup.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                await backup.execute("SELECT FROM outbox LIMIT 1")
                found.old += await _emptied(urls, log, OLD)
            found.small += await _small(urls, log)
    return _section(found, calm, busy)


async def _small(urls: DatabaseUrls, log: Log) -> list[float]:
    return [rate for _ in range(ROUNDS) for rate in await _emptied(urls, log, SMALL)]


async def _beside(urls: DatabaseUrls) -> list[float]:
    """Bystanders, from when the backlog is there."""
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as connection:
        await eventually(lambda: _waits(connection), what="the backlog is there", within=300, every=0.2)
    return await bystanders.measure(urls)


async def _waits(connection: psycopg.AsyncConnection) -> bool:
    return bool((await (await connection.execute(_LEFT)).fetchall())[0][0])


async def _emptied(urls: DatabaseUrls, log: Log, rows: int) -> list[float]:
    """So many rows at once, until none is left: rows a second, for each 10,000 that left."""
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as connection:
        await add_backlog(connection, "b-bench", f"s-{rows}-", rows)
        await eventually(
            lambda: _waits(connection), what="all has left", within=900, every=0.5, met=lambda some: not some
        )
    times = await log.rest()
    return [_rate(times[start : start + SMALL]) for start in range(0, len(times) - SMALL + 1, SMALL)]


def _rate(times: Sequence[float]) -> float:
    """The records of a batch are sent together, so those of the first take no time."""
    return (len(times) - _BATCH) / (times[-1] - times[0])


@contextmanager
def _worker(servers: Servers, urls: DatabaseUrls) -> Generator[None]:
    port = int(next(iter(free_ports().values())))
    environment = servers.environment("auth_otp", "worker", urls, http_port=port, health_port=port)
    parent = os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-m", "auth_otp", "worker"],
        env={**environment, "LOG_LEVEL": "WARNING"},
        preexec_fn=lambda: die_with_parent(parent, signal.SIGKILL),  # noqa: PLW1509  # it takes no lock
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _section(found: Figures, calm: Sequence[float], busy: Sequence[float]) -> Section:
    base = median(found.small)
    rows: list[tuple[str, ...]] = [
        ("10,000", *_rates(found.small, base)),
        (f"{LARGE:,}", *_rates(found.large, base)),
        ("200,000, and a snapshot older than they", *_rates(found.old, base)),
    ]
    for name, seconds in (("nothing", calm), (f"{LARGE:,}", busy)):
        rows.append((f"commit in ms, p50 / p99, {name} waiting", _milliseconds(seconds), "", ""))
    least = median(found.large) / base
    goals = [Goal("Outbox", f"≥ {_LEAST} × the rate of 10,000", f"{least:.2f} ×", least >= _LEAST)]
    about = (
        "A worker of sign-in relays what waits, 10,000 rows at a time before, between and after the others;"
        " rows a second over each 10,000. The snapshot stands for a backup: while it lasts, nothing that is"
        " deleted leaves the index. Commit: a transaction of a web process that publishes."
    )
    return Section("Outbox", about, ("rows that wait", "median", "to 10,000", "slowest"), rows, goals)


def _milliseconds(values: Sequence[float]) -> str:
    return " / ".join(f"{percentile(values, share) * 1000:.0f}" for share in (0.5, 0.99))


def _rates(rates: Sequence[float], base: float) -> tuple[str, str, str]:
    return f"{median(rates):,.0f}", f"{median(rates) / base:.2f} ×", f"{min(rates):,.0f}"
