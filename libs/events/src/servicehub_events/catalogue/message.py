"""Message: one mail or text to one contact. Published by notifier; the address is never in it."""

from __future__ import annotations

from typing import Literal

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import Id, Locale, Word

Channel = Literal["email", "sms"]


class Message(Event, frozen=True, kw_only=True):
    """A message's full state. `caused_by` is an event id; a sign-in code's has no customer and no contact."""

    message_id: Id
    kind: Word
    customer_id: Id | None = None
    contact_id: Id | None = None
    channel: Channel
    locale: Locale
    caused_by: Id
    provider_reference: str | None = None
    error: str | None = None


class MessageSent(Message, frozen=True, kw_only=True):
    """The provider took the message."""


class MessageDelivered(Message, frozen=True, kw_only=True):
    """The provider reports that it arrived."""


class MessageFailed(Message, frozen=True, kw_only=True):
    """The message could not be sent or did not arrive; see `error`."""
