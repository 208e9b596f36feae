"""An event on its way: CloudEvents 1.0 attributes around one event of the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.registry import REGISTRY

LARGEST_SEQUENCE: Final = 2**63 - 1
"""Above every `ce_sequence`. Readers keep it as the version of what was erased, in whatever order."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event with its attributes; what the event itself says (business, subject, type) follows from it.

    `id` is a UUIDv7, `time` when it happened (aware), `sequence` the publisher's row version: from 1, rising
    strictly within an aggregate, gaps are allowed. `causation_id` is the id of the event or command that led
    here, `traceparent` is W3C trace context. `quiet` marks what is no news, such as an
    import: nobody is told.
    """

    event: Event
    id: str
    source: str
    time: datetime
    sequence: int
    causation_id: str | None = None
    traceparent: str | None = None
    quiet: bool = False

    @property
    def business_id(self) -> str:
        """The tenant."""
        return self.event.business_id

    @property
    def subject(self) -> str:
        """The id of the aggregate."""
        return REGISTRY.of_class(type(self.event)).subject(self.event)

    @property
    def type(self) -> str:
        """The `ce_type`: `portal.PaymentCaptured.v1`."""
        return REGISTRY.of_class(type(self.event)).type

    @property
    def topic(self) -> str:
        """The name of the topic that the event travels on."""
        return REGISTRY.of_class(type(self.event)).topic.name

    @property
    def key(self) -> bytes:
        """The record key, UTF-8: `{business_id}/{subject}`."""
        return f"{self.business_id}/{self.subject}".encode()
