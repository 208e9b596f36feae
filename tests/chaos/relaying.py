"""One run of a service's relays: replicas, the author who gives them work, the log, and the verdict."""

import contextlib
import os
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from chassis.database.database import Database
from chassis.settings.base import Secret
from portal_testing.stack import NeverHappened, Servers, eventually, whole_log
from portal_testing.stack.whole_log import LogRecord

from .authors import TOPIC, Author
from .gate import Gate
from .replicas import PACKAGE, Replicas, administrator_of
from .run import say
from .tail import Tail, tail_of

_EMPTY_SECONDS = 60.0
_WAITING = "SELECT count(*) FROM outbox"


@dataclass
class Relaying:
    """What the tests act on. `acts` counts what was done to the replicas."""

    seed: int
    author: Author
    replicas: Replicas
    tail: Tail
    gate: Gate
    acts: Counter[str] = field(default_factory=Counter[str])

    async def emptied(self) -> None:
        """Wait until nothing waits in the outbox."""

        async def waiting() -> object:
            return (await self.replicas.ask(_WAITING))[0][0]

        await eventually(
            waiting, what="the outbox is empty", within=_EMPTY_SECONDS, met=lambda left: left == 0
        )


@dataclass
class Found:
    """The log beside what was promised. A line for each fault; `missing` counts what is out of order, too."""

    records: int = 0
    repeated: int = 0
    missing: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])


def compare(author: Author, log: Iterable[LogRecord]) -> Found:
    """Every committed event is there, in the order of its stream, and none that nobody committed."""
    found = Found()
    streams: defaultdict[str, list[LogRecord]] = defaultdict(list)
    for record in log:
        if record.key.startswith(f"{author.prefix}-"):
            streams[record.key.partition("/")[0]].append(record)
    for business_id in streams.keys() | author.committed.keys():
        _compare_stream(found, business_id, author.committed[business_id], streams[business_id])
    return found


def _compare_stream(found: Found, name: str, promised: list[str], records: list[LogRecord]) -> None:
    published = [record.headers["ce_id"] for record in records]
    first = list(dict.fromkeys(published))
    found.records += len(published)
    found.repeated += len(published) - len(first)
    found.missing += [f"{name}: {event} was never published" for event in set(promised) - set(first)]
    found.doubled += [f"{name}: {event} was never committed" for event in set(first) - set(promised)]
    versions = [record.sequence for record in records]
    newest_first = list(dict.fromkeys(versions)) != sorted(set(versions))
    if newest_first or (versions and versions[-1] != max(versions)):
        found.missing.append(f"{name}: out of order, {versions}")


@asynccontextmanager
async def relaying(servers: Servers, folder: Path, *, replicas: int) -> AsyncGenerator[Relaying]:
    """Run the replicas until the block ends; then compare and print, whatever came of it, and judge."""
    given = os.environ.get("CHAOS_SEED", "")
    seed = int(given) if given else secrets.randbelow(1_000_000)
    say(f"\nCHAOS_SEED={seed}")
    async with AsyncExitStack() as stack:
        run = await _begin(servers, folder, seed, stack)
        for _ in range(replicas):
            run.replicas.start()
        try:
            yield run
        finally:
            await run.gate.open()
            with contextlib.suppress(NeverHappened):
                await run.emptied()
            found = compare(run.author, await whole_log.read_all(servers.kafka_bootstrap))
            say(report(run, found))
        assert not found.missing, found.missing[:20]
        assert not found.doubled, found.doubled[:20]
        await run.emptied()


async def _begin(servers: Servers, folder: Path, seed: int, stack: AsyncExitStack) -> Relaying:
    urls = await servers.fresh_database(PACKAGE)
    administrator = administrator_of(servers, urls)
    asking = await psycopg.AsyncConnection.connect(administrator, autocommit=True)
    stack.push_async_callback(asking.close)
    database = Database(Secret(urls.worker), pool_size=12)
    stack.push_async_callback(database.close)
    replicas = Replicas(servers, urls, folder / "replicas.log", asking)
    stack.callback(replicas.kill_all)
    tail = await stack.enter_async_context(tail_of(servers.kafka_bootstrap, TOPIC))
    author = Author(database, f"author-{secrets.token_hex(4)}")
    return Relaying(seed, author, replicas, tail, Gate(administrator, replicas))


def report(run: Relaying, found: Found) -> str:
    """The totals, a line each."""
    author = run.author
    lines = {
        "seed": run.seed,
        "committed": f"{len(author.promised)} events of {len(author.committed)} streams",
        "rolled back": len(author.rolled_back),
        "on the log": found.records,
        "repeated records": f"{found.repeated} (same event, harmless)",
        "missing": len(found.missing),
        "doubled effects": len(found.doubled),
        "done to them": dict(sorted(run.acts.items())),
    }
    return "\n".join(f"  {name:<17} {value}" for name, value in lines.items())


def chance_of(run: Relaying) -> random.Random:
    """Whatever is decided by chance is decided by the seed."""
    return random.Random(run.seed)
