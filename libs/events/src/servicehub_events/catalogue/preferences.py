"""Preferences: what a contact wants to be told, and in which language. Published by notifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.message import Channel
from servicehub_events.catalogue.scalars import AtMost, Id, Locale, Word


class Preferences(Event, frozen=True, kw_only=True):
    """A contact's choices. Without any, after an erasure too, each kind goes its usual way."""

    contact_id: Id
    """The contact: the second part of the record key."""
    locale: Locale | None = None
    """Language of messages; absent: the contact's own."""
    kinds: Annotated[Mapping[Word, bool], AtMost(100, "more kinds than there are")]
    """Message kind to wanted or not; an absent kind means its default."""
    channels: Annotated[
        Mapping[Word, Annotated[tuple[Channel, ...], AtMost(2, "more channels than there are")]],
        AtMost(100, "more kinds than there are"),
    ] = {}
    """Message kind to the channels that it may go by; an absent kind may go by all."""


class PreferencesSet(Preferences, frozen=True, kw_only=True):
    """The contact made a choice."""
