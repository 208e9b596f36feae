"""A worker sleeps in a batch past its session, another goes on, and then the sleeper wakes and writes.

No luck is needed: the test locks a table, so that two workers stop in the middle of a batch, freezes one, and
holds the lock until PostgreSQL has ended both statements.
"""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from portal_testing.stack import eventually

from tests.chaos.actors import aggregates
from tests.chaos.actors.aggregates import BUSINESSES, resident
from tests.chaos.actors.record_stream import Sending, sending
from tests.chaos.faults.processes import frozen, twin
from tests.chaos.judges.process_health import until_all_ready
from tests.chaos.stacks.storm import SETTLED_SECONDS, Storm

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
RECORDS = 60
TABLE = "projection_1.appointments"
_WAITING = f"SELECT pid FROM pg_locks WHERE relation = '{TABLE}'::regclass AND NOT granted"


async def test_what_a_worker_writes_late_is_refused(storm: Storm, tmp_path: Path) -> None:
    first = storm.worker("portal-read")
    pid = await first.at_work()
    with twin(first, first.find()[1], tmp_path / "second.log") as second:
        await second.at_work()
        with ExitStack() as asleep:
            async with _nobody_can_write(storm):
                await storm.publisher.publish(_appointments())
                writers = await eventually(
                    lambda: _waiting(storm),
                    what="both are in a batch",
                    within=60,
                    met=lambda pids: len(pids) > 1,
                )
                asleep.enter_context(frozen(pid))
                await _given_up(storm, writers)
            await storm.publish(RECORDS)
            await storm.settle("one worker sleeps, the other goes on alone")
        await until_all_ready([first], SETTLED_SECONDS)
        await storm.publish(RECORDS)
        await storm.settle("the sleeper is awake")
    await storm.settle("the sleeper is alone again")
    await storm.judge()


def _appointments() -> list[Sending]:
    """In every partition. Money would make one batch wait for another, and an erasure too."""
    names = (f"late-{number}" for number in range(RECORDS))
    return [sending(aggregates.appointment(BUSINESSES[0], name, resident(0), 1), 1) for name in names]


@asynccontextmanager
async def _nobody_can_write(storm: Storm) -> AsyncGenerator[None]:
    """Readers read on; whoever writes an appointment has moved its positions, and waits here with them."""
    url = storm.addresses.databases["portal_read"].owner
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE".encode())
        yield


async def _waiting(storm: Storm) -> set[object]:
    """The sessions that would write."""
    return {pid for (pid,) in await storm.databases.query("portal_read", _WAITING)}


async def _given_up(storm: Storm, writers: set[object]) -> None:
    """Wait until PostgreSQL has ended each of their statements, so that a sleeper holds no row."""
    left = set(writers)

    async def none_left() -> bool:
        left.intersection_update(await _waiting(storm))
        return not left

    await eventually(none_left, what="no session of before waits", within=60)
