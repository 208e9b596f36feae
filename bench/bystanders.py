"""Who must not have to wait for a backlog: a web transaction that publishes."""

import asyncio
import time
from typing import Final

from chassis.database.database import Database
from chassis.events_out.event_store import EventStore, Origin
from chassis.settings.base import Secret
from local_stack.servers.databases import DatabaseUrls
from servicehub_events import SignedIn, as_event, uuid7
from servicehub_events_tools.testing import samples

SAMPLES: Final = 50
_BUSINESS: Final = "b-bystanders"


async def measure(urls: DatabaseUrls) -> list[float]:
    """Seconds from the begin of a transaction to its end, of so many, one after the other."""
    web, commits = Database(Secret(urls.web), pool_size=1), list[float]()
    for _ in range(SAMPLES):
        commits.append(await _commit(web))
        await asyncio.sleep(0.1)  # spread over the backlog
    await web.close()
    return commits


async def _commit(web: Database) -> float:
    """A sign-in, as the web process writes it."""
    session_id = str(uuid7())
    event = as_event(SignedIn, samples.session(), business_id=_BUSINESS, session_id=session_id)
    began = time.perf_counter()
    async with web.tenant(_BUSINESS) as tx:
        await EventStore().append(tx, f"session/{session_id}", 0, [event], Origin("bench"))
    return time.perf_counter() - began
