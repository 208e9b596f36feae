"""What is said about a topic, and what Kafka is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from servicehub_events.catalogue.base import Event

DEFAULT_PARTITIONS: Final = 12
"""Chosen once per installation before the first event; changing it later breaks order and compaction."""

PARTITIONER: Final = "murmur2"
"""Which partition a key belongs in: Kafka's default in Java, `partition_for` here."""

MAX_BYTES: Final = 1_000_000
"""The most that key, headers and value may take together; below the broker's own default of 1,048,588."""

Reader = Literal["auth-otp", "billing", "notifier", "portal-read", "branding", "servicehub-core"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. The record key is `{business_id}/{id}`, the id being the event's field `id_field`."""

    name: str
    purpose: str
    """What it is for, one or two sentences for whoever publishes or reads it."""
    id_field: str
    owner: str
    """First part of the event types: `servicehub` or `portal`."""
    source: str
    """The `ce_source` of its only publisher."""
    readers: tuple[Reader, ...]
    """Who reads it. Access rights follow this, and the compatibility gate names these."""
    events: tuple[type[Event], ...]
    compact: bool
    retention: timedelta | None = None
    """How long records are kept, on a compacted topic the last one of each key; None is for ever."""
    min_compaction_lag: timedelta = timedelta(0)

    @property
    def key(self) -> str:
        """What the record key reads like: `{business_id}/{invoice_id}`."""
        return f"{{business_id}}/{{{self.id_field}}}"

    @property
    def publisher(self) -> str:
        """The service that alone may write it: `billing`, or `servicehub-core`."""
        return self.source.removeprefix("/portal/").removeprefix("/").replace("/", "-")

    @property
    def config(self) -> dict[str, str]:
        """Kafka's settings for this topic. Times are in milliseconds."""
        policy = ["compact"] * self.compact + ["delete"] * (self.retention is not None or not self.compact)
        config = {
            "cleanup.policy": ",".join(policy),
            "retention.ms": str(_milliseconds(self.retention)) if self.retention else "-1",
            "max.message.bytes": "1048588",
        }
        if self.retention:
            # Kafka deletes whole closed segments only: with its default of 7 days an hour would last a week.
            config["segment.ms"] = str(_milliseconds(min(self.retention / 4, timedelta(days=7))))
        if self.compact:
            config["min.compaction.lag.ms"] = str(_milliseconds(self.min_compaction_lag))
            # An erased person's older records must leave the log within a stated time, on a quiet topic too.
            config["max.compaction.lag.ms"] = str(_milliseconds(self.min_compaction_lag + timedelta(days=7)))
        return config


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
