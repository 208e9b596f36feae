"""Who must not have to wait for a backlog: a web transaction that publishes, and a sign-in code."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final, NamedTuple

from chassis.database import Transaction
from chassis.database.database import Database
from chassis.events_out import outbox
from chassis.events_out.event_store import EventStore, Origin
from chassis.settings.base import Secret
from local_stack.servers.databases import DatabaseUrls
from servicehub_events import Envelope, SignedIn, SignInCodeRequested, as_event, topic_of, uuid7
from servicehub_events_tools.testing import samples

from bench.sent import Log, log_of

CODES: Final = topic_of(SignInCodeRequested).name
SAMPLES: Final = 50
_BUSINESS: Final = "b-bystanders"


class Seconds(NamedTuple):
    """`commits`: from the begin of a transaction to its end. `codes`: from there to the log."""

    commits: list[float]
    codes: list[float]


async def measure(bootstrap: str, urls: DatabaseUrls) -> Seconds:
    """So many of both, one after the other."""
    web, worker = Database(Secret(urls.web), pool_size=1), Database(Secret(urls.worker), pool_size=1)
    found = Seconds([], [])
    async with log_of(bootstrap, CODES) as log:
        for _ in range(SAMPLES):
            found.commits.append(await _commit(web))
            found.codes.append(await _code(worker, log))
            await asyncio.sleep(0.1)  # spread over the backlog
    await web.close()
    await worker.close()
    return found


async def _commit(web: Database) -> float:
    """A sign-in, as the web process writes it."""
    session_id = str(uuid7())
    event = as_event(SignedIn, samples.session(), business_id=_BUSINESS, session_id=session_id)
    began = time.perf_counter()
    async with web.tenant(_BUSINESS) as connection:
        tx = Transaction(connection, _BUSINESS)
        await EventStore().append(tx, f"session/{session_id}", 0, [event], Origin("bench"))
    return time.perf_counter() - began


async def _code(worker: Database, log: Log) -> float:
    """A code, as the worker writes it."""
    event = as_event(
        SignInCodeRequested, samples.code_request(), business_id=_BUSINESS, challenge_id=str(uuid7())
    )
    envelope = Envelope(
        event=event, id=str(uuid7()), source=topic_of(type(event)).source, time=datetime.now(UTC), sequence=1
    )
    async with worker.transaction() as connection:
        await outbox.publish(Transaction(connection), [envelope], actor="bench", lane="codes")
    committed, wanted = time.perf_counter(), envelope.id.encode()
    while not any(dict(record.headers)["ce_id"] == wanted for record in await log.next()):
        pass
    return time.perf_counter() - committed
