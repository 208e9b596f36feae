"""A delivery as a job: its identity, what it holds, and when it is tried again. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec
from servicehub_events import Channel

SIGN_IN_CODE = "sign_in_code"
_MESSAGES = UUID("5b0c3f0e-8b5f-4a53-9c0e-3f6f1f2c9d71")  # the namespace of our message ids
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT_OF_NEWS = timedelta(minutes=5)

Jitter = Callable[[], float]
"""Gives a number from 0 to 1."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient over one channel. `attempts` counts this one too, once it is claimed.

    A code is urgent and holds address and code, sealed. News hold ids alone: of the contact, and of the
    aggregate they tell about, as it was at `subject_version`.
    """

    business_id: str
    message_id: UUID
    kind: str
    channel: Channel
    locale: str
    caused_by: str
    sealed: str | None = None
    urgent: bool = True
    customer_id: str | None = None
    contact_id: str | None = None
    aggregate: str | None = None
    subject_id: str | None = None
    subject_version: int | None = None
    expires_at: datetime
    requested_at: datetime
    traceparent: str | None
    attempts: int = 0


def message_id(*, caused_by: str, recipient: str, kind: str, channel: Channel) -> UUID:
    """The same for every repeat of the same cause, so that nothing is sent for it twice (RFC 9562, 5.5)."""
    return uuid5(_MESSAGES, "/".join((caused_by, recipient, kind, channel)))


def next_attempt(job: Job, now: datetime, jitter: Jitter) -> datetime:
    """When to try again: later each time and never in step with others, but not after the job's end."""
    most = _LONGEST_WAIT if job.urgent else _LONGEST_WAIT_OF_NEWS
    longest = min(_FIRST_WAIT * 2 ** min(job.attempts - 1, 16), most)
    return min(now + longest * (0.5 + jitter() / 2), job.expires_at)
