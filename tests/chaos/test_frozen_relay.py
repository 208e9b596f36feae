"""The relay is frozen past its lock, at three moments of its work, and woken when another has gone on.

No old version comes after a newer one, no row is gone that was not published, and who was frozen stands by.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from portal_testing.stack import NeverHappened, Servers, eventually

from tests.chaos import LONG
from tests.chaos.stacks.relay_replicas import Replica
from tests.chaos.stacks.relay_run import RelayRun, relaying

pytestmark = pytest.mark.chaos
ROUNDS = 3 if LONG else 1
STREAMS = 28
Freeze = Callable[[RelayRun, Replica, list[str]], Awaitable[None]]
LARGE, VERY_LARGE = 20_000, 40_000
"""Bytes an event: so that it takes a while to send a batch, and no connection holds what is on its way."""
ON_THEIR_WAY = 1_000_000 // LARGE
"""So many events may be in a request that has left before the freeze, and has not arrived."""
_WAITING = (
    "SELECT header ->> 1 FROM outbox, jsonb_array_elements(headers) header WHERE header ->> 0 = 'ce_id'"
)


async def test_a_relay_frozen_past_its_lock_puts_no_old_version_after_a_newer_one(
    servers: Servers, tmp_path: Path
) -> None:
    async with relaying(servers, tmp_path, replicas=2) as run:
        moments = (_half_read, _half_sent, _acknowledged_not_deleted)
        for number, moment in enumerate(moments * ROUNDS):
            businesses = range(number * STREAMS, (number + 1) * STREAMS)
            await _frozen_and_woken(run, moment, [run.author.business(n) for n in businesses])


async def _frozen_and_woken(run: RelayRun, freeze: Freeze, streams: list[str]) -> None:
    """Streams of its own: what the woken one puts on the log is the last that they see."""
    first = await run.replicas.active()
    sessions = await run.replicas.sessions(first)
    await freeze(run, first, streams)
    run.acts["frozen" + freeze.__name__.replace("_", " ")] += 1
    await run.replicas.active(after=first)
    await run.tail.shows(await run.author.append(dict.fromkeys(streams, 1)))
    first.wake()
    await run.replicas.stands_by(first, sessions)
    assert first.process.poll() is None


async def _half_read(run: RelayRun, active: Replica, streams: list[str]) -> None:
    """The rows of a batch are more than a connection holds: PostgreSQL is stuck in its answer."""
    await run.append_locked("all", dict.fromkeys(streams, 5), padding=VERY_LARGE)
    assert await run.lock.waiting(active) == "reads"  # what waits
    assert await run.lock.next_statement(active) == "reads"  # and the rows themselves
    active.freeze()
    await run.lock.release()


async def _half_sent(run: RelayRun, active: Replica, streams: list[str]) -> None:
    """Some of a batch lies on the log, and the rest it has yet to send."""
    for _ in range(10):
        flood = set(await run.author.append(dict.fromkeys(streams, 15), padding=LARGE))

        async def some_sent(flood: set[str] = flood) -> bool:
            return bool(flood & run.tail.written)

        await eventually(some_sent, what="it sends", within=30, every=0.001)
        active.freeze()
        waiting = {str(event) for (event,) in await run.replicas.query(_WAITING)}
        await run.tail.has_read_all()
        if waiting & run.tail.written and len(waiting - run.tail.written) > ON_THEIR_WAY:
            return
        active.wake()
        await run.emptied()
    raise NeverHappened("the relay was never caught in the middle of a batch")


async def _acknowledged_not_deleted(run: RelayRun, active: Replica, streams: list[str]) -> None:
    """The broker has committed; the delete is on its way, and it will not hear what became of it."""
    await run.append_locked("deletes", dict.fromkeys(streams, 2))
    assert await run.lock.waiting(active) == "deletes"
    active.freeze()
    await run.lock.release()
