"""A worker sleeps in a batch past its session, another goes on, and then the sleeper wakes and writes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from portal_testing.stack import eventually

from . import aggregates
from .aggregates import BUSINESSES
from .census import all_ready
from .processes import freeze, resume, twin
from .records import Sending, wire
from .scene import PROGRESS_SECONDS, Scene

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
EVENTS = 60
TABLE = "projection_1.appointments"
_WAITING = f"SELECT pid FROM pg_locks WHERE relation = '{TABLE}'::regclass AND NOT granted"


async def test_what_a_worker_writes_late_is_refused(scene: Scene, tmp_path: Path) -> None:
    first = scene.worker("portal-read")
    process = await first.at_work()
    with twin(first, first.find()[1], tmp_path / "second.log") as second:
        await second.at_work()
        async with _nobody_can_write(scene):
            await scene.driver.publish(_visits())
            writers = await eventually(
                lambda: _waiting(scene), what="both are in a batch", within=30, met=lambda who: len(who) > 1
            )
            freeze(process)
            await _given_up(scene, writers)
        try:
            await scene.tell(EVENTS)
            await scene.progress("one worker sleeps, the other goes on alone", mail=False)
        finally:
            resume(process)
        await all_ready([first], PROGRESS_SECONDS)
        await scene.tell(EVENTS)
        await scene.progress("the sleeper is awake", mail=False)
    await scene.progress("the sleeper is alone again", mail=False)
    await scene.judge()


def _visits() -> list[Sending]:
    """In every partition. Money would make one batch wait for another, and an erasure too."""
    visits = [aggregates.visit(BUSINESSES[0], f"late-{n}", aggregates.door(0), 1) for n in range(EVENTS)]
    return [Sending("event", wire(visit, 1)) for visit in visits]


@asynccontextmanager
async def _nobody_can_write(scene: Scene) -> AsyncGenerator[None]:
    """Readers read on; whoever writes a visit has moved its positions, in a transaction that waits here."""
    url = scene.run.addresses.databases["portal_read"].owner
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE".encode())
        yield


async def _waiting(scene: Scene) -> set[object]:
    """The sessions that would write."""
    return {pid for (pid,) in await scene.run.databases.query("portal_read", _WAITING)}


async def _given_up(scene: Scene, writers: set[object]) -> None:
    """Wait until PostgreSQL has ended each of their statements, so that a sleeper holds no row."""
    left = set(writers)

    async def none_left() -> bool:
        left.intersection_update(await _waiting(scene))
        return not left

    await eventually(none_left, what="no session of before waits", within=30)
