"""What the laws ask of an implementation: a small adapter answers, over a model, tables, or a projection."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from chassis.identity import CustomerChanges, SessionToken, SlugOwner, Viewer, ViewerState
from servicehub_events import Envelope, Event, Role

from portal_testing.envelopes import envelope_of

ROLES: tuple[Role, ...] = ("visits", "invoices", "pay")


@dataclass(frozen=True, slots=True)
class Rights:
    """Who is asking, and which roles they have."""

    state: ViewerState
    customer_id: str = ""
    contact_id: str = ""
    roles: frozenset[Role] = frozenset()

    @classmethod
    def of(cls, viewer: Viewer) -> Self:
        """Those of a viewer."""
        roles = frozenset[Role](role for role in ROLES if viewer.may(role))
        return cls(viewer.state, viewer.customer_id, viewer.contact_id, roles)


ANONYMOUS, ACCESS_OFF, PORTAL_OFF = Rights("anonymous"), Rights("access_off"), Rights("portal_off")
SIGNED_IN = Rights("signed_in", "cu-1", "co-1", frozenset(ROLES))


class Identity(Protocol):
    """Learns of businesses, customers and sessions by events, and says who is asking."""

    @property
    def keeps_living_sessions(self) -> bool:
        """Whether it keeps sessions from sign-in on, or those alone that ended before their time."""
        ...

    async def apply(self, *batch: Envelope) -> None:
        """Apply a batch of events in one transaction."""
        ...

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        """The business a slug leads to."""
        ...

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        """Who is asking at a business with this token; None when the business is unknown."""
        ...

    async def kept(self) -> object:
        """All that is kept, in a form that can be compared."""
        ...

    async def empty(self) -> None:
        """Forget everything."""
        ...


class ReportingIdentity(Identity, Protocol):
    """Also says what a batch changed, and forgets."""

    async def changes(self, *batch: Envelope) -> CustomerChanges:
        """Apply a batch of customers' events; what it changed."""
        ...

    async def forget_session_ends(self, before: datetime) -> None:
        """Forget sessions that had expired by then."""
        ...


async def happens(identity: Identity, *events: Event) -> None:
    """Apply events one after the other, each with a version of its own."""
    for version, event in enumerate(events, 1):
        await identity.apply(envelope_of(event, version))
