"""Message: one mail or text to one contact. Published by notifier; the whole address is never in it."""

from __future__ import annotations

from typing import ClassVar, Literal

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import Id, Locale, ShortText, Time, Word

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
    address_fault: Word | None = None
    """Why nothing reaches its address, if that is known: `opted_out`, `mailbox_unavailable`."""
    invoice_id: Id | None = None
    """The invoice that it is about; absent of all else."""
    appointment_id: Id | None = None
    """The visit that it is about; absent of all else."""
    payment_id: Id | None = None
    """The payment that it is about; absent of all else."""
    sent_to: ShortText | None = None
    """Where it went, as much as its reader knows it by: `h…@mail.example`, `…0142`; absent before it left."""
    at: Time | None = None
    """When its provider took it, or it was given up. What is reported of it later leaves that as it is."""


class MessageSent(Message, frozen=True, kw_only=True):
    """The provider took the message."""


class MessageDelivered(Message, frozen=True, kw_only=True):
    """The provider reports that it arrived."""


class MessageFailed(Message, frozen=True, kw_only=True):
    """The message could not be sent or did not arrive; see `error`."""


class TextsStopped(Message, frozen=True, kw_only=True):
    """The contact texted STOP: no text is sent to its number until START comes. The message is the text
    that came, `caused_by` the provider's id of it.
    """

    carries: ClassVar = {"channel": ("sms",), "address_fault": ("opted_out",)}


class TextsResumed(Message, frozen=True, kw_only=True):
    """The contact texted START: its number is sent texts again. The message is the text that came."""

    carries: ClassVar = {"channel": ("sms",), "address_fault": (None,)}
