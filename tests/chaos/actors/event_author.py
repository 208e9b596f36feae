"""An author who appends to many streams through the event store, and notes what was committed."""

import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from chassis.clock import new_id
from chassis.database.database import Database
from chassis.events_out.event_store import EventStore, Origin
from servicehub_events import BrandingRevised, Icon, as_event
from servicehub_events_tools.testing import samples

TOPIC = "portal.businesses.v1"
BeforeEnd = Callable[[], Awaitable[None]]


class _RolledBack(Exception):
    """The transaction takes back all it wrote, and leaves a gap in the outbox's positions."""


async def _at_once() -> None:
    """Nothing happens between the last statement and the commit."""


@dataclass
class Author:
    """Every stream is a business of its own; one transaction at a time writes to it, as in real life."""

    database: Database
    prefix: str
    committed: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    """Business id → event ids by version: promised to be published."""
    rolled_back: set[str] = field(default_factory=set[str])

    @property
    def promised(self) -> set[str]:
        """The ids of all events that were committed."""
        return {event for events in self.committed.values() for event in events}

    def business(self, number: int) -> str:
        """The id of a business that no other run has."""
        return f"{self.prefix}-{number}"

    async def append(
        self,
        revisions: Mapping[str, int],
        *,
        padding: int = 0,
        before_end: BeforeEnd = _at_once,
        roll_back: bool = False,
    ) -> list[str]:
        """So many further versions of each business in one transaction; the ids of their events.

        `padding`: bytes by which each event is larger than it must be.
        """
        ids: dict[str, list[str]] = {business_id: [] for business_id in revisions}
        with contextlib.suppress(_RolledBack):
            async with self.database.transaction() as all_tenants:
                for business_id, count in revisions.items():
                    tx, expected = all_tenants.of(business_id), len(self.committed[business_id])
                    store = EventStore(new_id=_kept_in(ids[business_id]))
                    events = [_event(business_id, padding) for _ in range(count)]
                    await store.append(tx, "branding", expected, events, Origin("test"))
                await before_end()
                if roll_back:
                    raise _RolledBack
        written = [event for events in ids.values() for event in events]
        if roll_back:
            self.rolled_back.update(written)
            return []
        for business_id, events in ids.items():
            self.committed[business_id] += events
        return written


_ICON_BYTES = 2000


def _event(business_id: str, padding: int) -> BrandingRevised:
    icon = Icon(url="https://img.example/".ljust(_ICON_BYTES, "x"), size=512, purpose="any")
    icons = (icon,) * -(-padding // _ICON_BYTES)
    return as_event(BrandingRevised, samples.business(), business_id=business_id, icons=icons)


def _kept_in(ids: list[str]) -> Callable[[], str]:
    def keep() -> str:
        ids.append(new_id())
        return ids[-1]

    return keep
