"""Code request: a sign-in code is to be sent. Published by auth-otp, kept for an hour."""

from __future__ import annotations

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.message import Channel
from servicehub_events.catalogue.scalars import Id, Locale, Time


class CodeRequest(Event, frozen=True, kw_only=True):
    """One sending of a challenge's code; `ce_sequence` is the send number.

    `sealed` holds address and code together, encrypted to the notifier's key. Past `expires_at` it is
    dropped, not sent.
    """

    challenge_id: Id
    """The challenge: the second part of the record key."""
    channel: Channel
    """By mail or by text."""
    sealed: str
    """Address and code together, encrypted to the notifier's key."""
    locale: Locale
    """Language of the message."""
    expires_at: Time
    """After this the code is dropped, not sent."""


class SignInCodeRequested(CodeRequest, frozen=True, kw_only=True):
    """Somebody asked for a sign-in code at an address of this business."""
