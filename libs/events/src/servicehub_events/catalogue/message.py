"""Message: one mail or text to one contact. Published by notifier; the address is never in it."""

from __future__ import annotations

from typing import Literal

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import Id, Locale, ShortText, Word

Channel = Literal["email", "sms"]


class Message(Event, frozen=True, kw_only=True):
    """A message's full state. A sign-in code's has no customer and no contact."""

    message_id: Id
    """The message: the second part of the record key."""
    kind: Word
    """What sort of message: `reminder`."""
    customer_id: Id | None = None
    """To which customer; absent for codes."""
    contact_id: Id | None = None
    """To which contact; absent for codes."""
    channel: Channel
    """By mail or by text."""
    locale: Locale
    """Language it was written in."""
    caused_by: Id
    """The `ce_id` of the event that led to it; of a code, its challenge and the number of its sending; of
    what is said because time passes, an id of that reminder."""
    provider_reference: ShortText | None = None
    """The provider's id of it."""
    error: ShortText | None = None
    """Why it failed, in the provider's word."""


class MessageSent(Message, frozen=True, kw_only=True):
    """The provider took the message."""


class MessageDelivered(Message, frozen=True, kw_only=True):
    """The provider reports that it arrived."""


class MessageFailed(Message, frozen=True, kw_only=True):
    """The message could not be sent or did not arrive; see `error`."""
