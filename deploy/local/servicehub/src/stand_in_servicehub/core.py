"""ServiceHub core itself: records what is decided, and publishes it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import msgspec
from servicehub_events import Envelope, Erased, Event, InvalidEvent, encode, new_traceparent, topic_of, uuid7
from servicehub_events.publisher import Published, PublishFailed

from stand_in_servicehub.actions import Action, PortalSwitch
from stand_in_servicehub.business import Desk, Profile
from stand_in_servicehub.errors import BadInput, Unavailable, Unknown
from stand_in_servicehub.store import Logged, Store, kind_of, subject_of


class EventPublisher(Protocol):
    """Sends events to Kafka: the contract's own publisher."""

    async def publish(
        self,
        event: Event,
        *,
        sequence: int,
        time: datetime,
        id: str,  # noqa: A002
        quiet: bool,
        traceparent: str,
    ) -> Published:
        """Send one event and wait until the broker has it. Raises PublishFailed."""
        ...


class Portals(Protocol):
    """Branding, as ServiceHub's settings page uses it; calls may be repeated. Raises SimulatorError."""

    async def put_business(self, profile: Profile) -> None:
        """Set name, colours, languages and the rest."""

    async def put_logo(self, business_id: str, png: bytes) -> None:
        """Set the logo."""

    async def switch(self, business_id: str, *, enabled: bool) -> None:
        """Switch the portal on or off."""


class AccountAnswer(msgspec.Struct, frozen=True):
    """What billing says of a business's payment account: `ready`, or what is wrong, and what to do."""

    says: str
    stripe_account: str | None = None
    standing: str | None = None


class Accounts(Protocol):
    """Billing, as far as ServiceHub asks it. Raises Unavailable."""

    async def account(self, business_id: str) -> AccountAnswer:
        """How the payment account of a business stands now."""
        ...


class Outcome(NamedTuple):
    """What an action did: a sentence for people, and the events it published."""

    message: str
    published: list[Logged]


@dataclass
class Core:
    """The records and the ways out; `clock` gives aware times, `ready` is set once the demo is published."""

    store: Store
    publisher: EventPublisher
    portals: Portals
    accounts: Accounts
    profiles: Mapping[str, Profile]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    waiting_for: str = "the start"
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def desk(self, name: str) -> Desk:
        """The business with this id or slug, now. Raises Unknown."""
        for profile in self.profiles.values():
            if name in (profile.business_id, profile.portal.slug):
                return Desk(profile, self.clock(), self.store)
        raise Unknown(f"There is no business {name!r}. There are: {', '.join(self.profiles)}.")

    async def act(
        self, business: str, action: Action, values: Mapping[str, object], *, strict: bool = True
    ) -> Outcome:
        """Do it and say what was published. Raises SimulatorError."""
        self.require_ready()
        async with self.lock:
            desk = self.desk(business)
            try:
                decision = action.decide(desk, values, strict=strict)
            except msgspec.ValidationError as error:  # more of it than the contract allows
                raise BadInput(f"That breaks the event contract: {error}.") from None
            if isinstance(decision, PortalSwitch):
                return await self._switch(desk.profile, enabled=decision.enabled)
            return await self.publish([decision] if isinstance(decision, Event) else decision)

    async def publish(self, events: Iterable[Event]) -> Outcome:
        """Store the events as the newest versions, publish them, and say where they went.

        Raises BadInput for an event that breaks the contract, Unavailable when stored while Kafka is away.
        """
        positions = self.store.record(self.envelopes(events))
        await self.flush()
        published = self.store.logged(positions)
        return Outcome("\n".join(line.sentence for line in published), published)

    async def flush(self) -> None:
        """Publish all that waits, in order. Raises Unavailable; what is left is sent next time."""
        trace = new_traceparent()
        while batch := self.store.pending():
            for position, envelope in batch:
                try:
                    published = await self.publisher.publish(
                        envelope.event,
                        sequence=envelope.sequence,
                        time=envelope.time,
                        id=envelope.id,
                        quiet=envelope.quiet,
                        traceparent=trace,
                    )
                except PublishFailed as error:
                    raise Unavailable(f"Stored; the next action sends it. {error}") from None
                self.store.published(position, published.partition)

    def envelopes(self, events: Iterable[Event], time: datetime | None = None) -> list[Envelope]:
        """The events as the next versions of their aggregates, of now unless a time is given.

        What has a time of its own happened before and is taken over: it is no news.
        Raises BadInput for one that breaks the contract.
        """
        return [self._envelope(event, time or self.clock(), quiet=time is not None) for event in events]

    async def account(self, business_id: str) -> AccountAnswer:
        """How the payment account of a business stands, or why nobody says."""
        try:
            return await self.accounts.account(business_id)
        except Unavailable as error:
            return AccountAnswer(says=str(error))

    def require_ready(self) -> None:
        """Raises Unavailable until the demo data is published."""
        if not self.ready.is_set():
            waiting = f"waiting for {self.waiting_for}"
            raise Unavailable(f"The demo data is being set up ({waiting}). Try again soon.")

    def _envelope(self, event: Event, time: datetime, *, quiet: bool) -> Envelope:
        row = self.store.get(event.business_id, kind_of(type(event)), subject_of(event))
        if row and isinstance(row.state, Erased):
            raise BadInput(f"{subject_of(event)} was erased, and an erased id stays so: choose another one.")
        source, sequence = topic_of(type(event)).source, row.version + 1 if row else 1
        envelope = Envelope(
            event=event, id=str(uuid7()), source=source, time=time, sequence=sequence, quiet=quiet
        )
        try:
            encode(envelope)
        except InvalidEvent as error:
            advice = "Correct the values and try again."
            raise BadInput(f"That breaks the event contract: {error}. {advice}") from None
        return envelope

    async def _switch(self, profile: Profile, *, enabled: bool) -> Outcome:
        await self.portals.switch(profile.business_id, enabled=enabled)
        self.store.set_portal(profile.business_id, enabled=enabled)
        return Outcome(f"The portal of {profile.portal.name} is {'on' if enabled else 'off'}.", [])
