"""A record that tests can bend before it is read."""

import json

import msgspec
from servicehub_events import Envelope, Event, decode, encode
from servicehub_events.registry import REGISTRY, Registry

from servicehub_events_tools.testing.every import sample_envelopes

SAMPLES = {type(envelope.event): envelope for envelope in sample_envelopes()}


class SampleRecord:
    """A valid record of an event class; change its parts, then `read()`."""

    def __init__(self, cls: type[Event]) -> None:
        record = encode(SAMPLES[cls])
        self.topic = record.topic
        self.key: bytes | None = record.key
        self.headers = dict(record.headers)
        self.value: bytes | None = record.value

    def change(self, **fields: object) -> "SampleRecord":
        """Replace fields of the value; `...` removes one."""
        state = {**json.loads(self.value or b"{}"), **fields}
        self.value = msgspec.json.encode({name: value for name, value in state.items() if value is not ...})
        return self

    def read(self, *, registry: Registry = REGISTRY) -> Envelope:
        """Decode it."""
        return decode(
            topic=self.topic,
            key=self.key,
            headers=list(self.headers.items()),
            value=self.value,
            registry=registry,
        )
