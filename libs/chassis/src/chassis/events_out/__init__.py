"""Events of our own: streams, the outbox that publishes them, and the relay that empties it into Kafka."""

from chassis.events_out.event_store import Conflict, EventStore, Origin, retry_on_conflict
from chassis.events_out.outbox import publish
from chassis.events_out.relay import Relay

__all__ = ["Conflict", "EventStore", "Origin", "Relay", "publish", "retry_on_conflict"]
