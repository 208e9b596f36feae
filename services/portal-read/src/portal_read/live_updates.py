"""Who is to be told of changes: one LISTEN connection a process, fanned out to the open pages.

Told is only *that* something changed. Whoever is told reads again, with today's rights.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog
from chassis.backoff import Backoff
from psycopg.rows import TupleRow

from portal_read.projection.change_notices import CHANNEL, EVERYBODY, name_of, names_in
from portal_read.read_model import ReadModel

log = structlog.get_logger(__name__)

_PING_EVERY: Final = 10.0


class Hub:
    """Subscriptions by business and customer.

    `on_business` is called when a business changed, or anything may have.
    """

    def __init__(self, read_model: ReadModel, on_business: Callable[[], None]) -> None:
        self._read_model = read_model
        self._on_business = on_business
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.heard = 0
        """How many notices have come in."""

    @contextmanager
    def subscribed(self, business_id: str, customer_id: str) -> Generator[asyncio.Event]:
        """An event that is set when this customer's pages may have changed."""
        woken = asyncio.Event()
        names = (name_of(business_id, customer_id), name_of(business_id), EVERYBODY)
        for name in names:
            self._listeners[name].add(woken)
        try:
            yield woken
        finally:
            for name in names:
                self._listeners[name].discard(woken)
                if not self._listeners[name]:
                    del self._listeners[name]

    def tell(self, name: str) -> None:
        """Wake whoever listens to `{business}/{customer}`, `{business}/*` or `*`."""
        if name.endswith(EVERYBODY):
            self._on_business()
        for woken in self._listeners.get(name, ()):
            woken.set()

    def tell_everybody(self) -> None:
        """Something may have been missed: all read again."""
        self.tell(EVERYBODY)

    async def run(self) -> None:
        """Listen until cancelled; after every lost connection everybody reads again."""
        backoff = Backoff()
        while True:
            try:
                async with await self._read_model.listener() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    backoff.reset()
                    self.tell_everybody()
                    await self._listen(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("live.interrupted", error=repr(error))
                await backoff.wait()

    async def _listen(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        while True:
            async for notice in connection.notifies(timeout=_PING_EVERY):
                self.heard += 1
                names = names_in(notice.payload)
                if EVERYBODY in names:
                    await self._read_model.refresh()  # another projection may be shown from now on
                for name in names:
                    self.tell(name)
            async with asyncio.timeout(_PING_EVERY):  # a half-open connection is silent for ever
                await connection.execute(b"SELECT 1")
