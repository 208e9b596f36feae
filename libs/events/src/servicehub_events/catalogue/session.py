"""Session: a contact signed in on one device. Published by auth-otp."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.scalars import Id, ShortText, Time

RevocationReason = Literal[
    "signed_out",
    "signed_out_everywhere",
    "switched",
    "access_withdrawn",
    "contact_removed",
    "address_changed",
    "customer_erased",
]
SignInMethod = Literal["code", "passkey"]


class Session(Event, frozen=True, kw_only=True):
    """A session's full state; `device` reads like "Safari on iPhone". It is dead once `revoked_at` is set."""

    session_id: Id
    """The session: the second part of the record key."""
    contact_id: Id
    """Who signed in."""
    customer_id: Id
    """For which customer."""
    device: ShortText
    """What they signed in with: `Safari on iPhone`."""
    remembered: bool
    """Whether the device is to be remembered."""
    issued_at: Time
    """When it began."""
    expires_at: Time
    """When it ends by itself."""
    revoked_at: Time | None = None
    """When it ended before its time; from then on it is dead."""
    reason: RevocationReason | None = None
    """Why it ended."""
    method: SignInMethod | None = None
    """How they proved who they are; absent in sessions from before it was recorded."""
    confirmed_until: Time | None = None
    """Until when it may pay where a second proof is asked for; absent: it proved one address alone."""

    def _violations(self) -> Iterator[str]:
        yield from rules.after("expires_at", self.expires_at, "issued_at", self.issued_at)


class SignedIn(Session, frozen=True, kw_only=True):
    """A contact proved an address and was let in."""

    carries: ClassVar = {"revoked_at": (None,), "reason": (None,)}


class SessionRevoked(Session, frozen=True, kw_only=True):
    """The session ended before its time. Signing out everywhere emits one for each."""

    # Set for certain here, so required here; pyright would allow that only with a default value.
    revoked_at: Time  # pyright: ignore[reportGeneralTypeIssues]
    reason: RevocationReason  # pyright: ignore[reportGeneralTypeIssues]
