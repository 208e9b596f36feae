"""Rejection: a record of ServiceHub's that the portal could not use. Published by portal-read."""

from __future__ import annotations

from typing import Annotated

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import AtMost, Count, Id, LongText, ShortText, Time, Word


class Rejection(Event, frozen=True, kw_only=True):
    """What is wrong with one record, and where it lies. Never what it says about people."""

    rejection_id: Id
    """The rejection: the second part of the record key."""
    topic: ShortText
    """The topic of the record."""
    partition: Count
    """Its partition."""
    offset: Count
    """Its offset."""
    record_key: ShortText
    """Its key, which names the aggregate to publish again."""
    event_type: ShortText | None = None
    """Its `ce_type`, as far as it can be read."""
    event_source: ShortText | None = None
    """Its `ce_source`: who published it."""
    sequence: Count | None = None
    """Its `ce_sequence`."""
    code: Word
    """The kind of fault: `malformed`, `overtaken`, …"""
    faults: Annotated[tuple[LongText, ...], AtMost(20, "who reads them mends one at a time")]
    """What is wrong, and what to do."""
    rejected_at: Time
    """When it was set aside."""


class RecordRejected(Rejection, frozen=True, kw_only=True):
    """A record was set aside. Correct it, and publish its aggregate again with a higher sequence."""
