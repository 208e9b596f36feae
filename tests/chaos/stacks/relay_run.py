"""One run of a service's relays: replicas, the author who gives them work, the log, and the verdict."""

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
from chassis.database.database import Database
from chassis.settings.base import Secret
from portal_testing.stack import NeverHappened, Servers, eventually, whole_log
from portal_testing.stack.whole_log import LogRecord

from tests.chaos import seed_of_run
from tests.chaos.actors.event_author import TOPIC, Author
from tests.chaos.faults.outbox_lock import Against, OutboxLock
from tests.chaos.judges.log_tail import LogTail, log_tail
from tests.chaos.judges.promises import judge_published
from tests.chaos.judges.verdict import Verdict, say_lines
from tests.chaos.stacks.relay_replicas import PACKAGE, Replicas, administrator_of

_EMPTY_SECONDS = 60.0
_WAITING = "SELECT count(*) FROM outbox"


@dataclass
class RelayRun:
    """What the tests act on. `acts` counts what was done to the replicas."""

    seed: int
    author: Author
    replicas: Replicas
    tail: LogTail
    lock: OutboxLock
    acts: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)

    async def emptied(self) -> None:
        """Wait until nothing waits in the outbox. Raises `NeverHappened`."""

        async def waiting() -> object:
            return (await self.replicas.query(_WAITING))[0][0]

        await eventually(
            waiting, what="the outbox is empty", within=_EMPTY_SECONDS, met=lambda left: left == 0
        )

    async def append_locked(
        self, against: Against, revisions: Mapping[str, int], *, padding: int = 0
    ) -> list[str]:
        """Append with the outbox locked before the relay sees any of it; see `Author.append`."""
        locked: list[asyncio.Task[None]] = []

        async def lock() -> None:
            locked.append(await self.lock.queue(against))

        events = await self.author.append(revisions, padding=padding, before_end=lock)
        await locked[0]
        return events


def judge_relayed(author: Author, log: Iterable[LogRecord]) -> Verdict:
    """Every committed event is there, in the order of its stream, and none that nobody committed."""
    verdict = Verdict()
    records = [record for record in log if record.key.startswith(f"{author.prefix}-")]
    committed = {event: stream for stream, events in author.committed.items() for event in events}
    judge_published(verdict, records, committed)
    published = {record.headers["ce_id"]: record.key for record in records}
    verdict.doubled += [
        f"{published[e]}: {e} was never committed" for e in published.keys() - committed.keys()
    ]
    return verdict


@asynccontextmanager
async def relaying(servers: Servers, folder: Path, *, replicas: int) -> AsyncGenerator[RelayRun]:
    """Run the replicas until the block ends; then compare and print, whatever came of it, and judge."""
    async with AsyncExitStack() as stack:
        run = await _begin(servers, folder, stack)
        for _ in range(replicas):
            run.replicas.start()
        try:
            yield run
        finally:
            await run.lock.release()
            with contextlib.suppress(NeverHappened):
                await run.emptied()
            verdict = judge_relayed(run.author, await whole_log.read_all(servers.kafka_bootstrap))
            _say(run, verdict)
        verdict.check()
        await run.emptied()


async def _begin(servers: Servers, folder: Path, stack: AsyncExitStack) -> RelayRun:
    urls = await servers.fresh_database(PACKAGE)
    address = administrator_of(servers, urls)
    administrator = await psycopg.AsyncConnection.connect(address, autocommit=True)
    stack.push_async_callback(administrator.close)
    database = Database(Secret(urls.worker), pool_size=12)
    stack.push_async_callback(database.close)
    replicas = Replicas(servers, urls, folder / "replicas.log", administrator)
    stack.callback(replicas.kill_all)
    author = Author(database, f"author-{secrets.token_hex(4)}")
    tail = await stack.enter_async_context(log_tail(servers.kafka_bootstrap, TOPIC, f"{author.prefix}-"))
    return RelayRun(seed_of_run(), author, replicas, tail, OutboxLock(address, replicas))


def _say(run: RelayRun, verdict: Verdict) -> None:
    author = run.author
    say_lines(
        {
            "seed": run.seed,
            "committed": f"{len(author.promised)} events of {len(author.committed)} streams",
            "rolled back": len(author.rolled_back),
            **verdict.totals(),
            "done to them": dict(sorted(run.acts.items())),
        }
    )
