"""Events as their readers receive them."""

from datetime import datetime

from chassis.clock import new_id
from servicehub_events import Envelope, Event, topic_of

from portal_testing.clock import AT


def envelope_of(event: Event, version: int = 1, *, time: datetime = AT, event_id: str = "") -> Envelope:
    """The event as its publisher sends it, with this version of its aggregate."""
    source = topic_of(type(event)).source
    return Envelope(event=event, id=event_id or new_id(), source=source, time=time, sequence=version)
