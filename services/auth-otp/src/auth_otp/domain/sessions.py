"""A session as an event-sourced stream: one SignedIn, at most one SessionRevoked."""

from dataclasses import dataclass
from datetime import datetime

from servicehub_events import RevocationReason, Session, SessionRevoked, SignedIn, as_event


@dataclass(frozen=True, slots=True)
class StartSession:
    """A contact proved an address. The ids are chosen before, so that doing it twice is doing it once."""

    business_id: str
    session_id: str
    customer_id: str
    contact_id: str
    device: str
    remembered: bool
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """The session is to end now."""

    reason: RevocationReason
    at: datetime


Command = StartSession | RevokeSession


def stream_of(session_id: str) -> str:
    """The name of a session's stream."""
    return f"session/{session_id}"


def decide(command: Command, state: Session | None) -> list[Session]:
    """What happens. Starting a session that exists, or ending one that ended, changes nothing."""
    match command:
        case StartSession():
            return [] if state else [_signed_in(command)]
        case RevokeSession():
            if state is None or state.revoked_at is not None:
                return []
            return [as_event(SessionRevoked, state, revoked_at=command.at, reason=command.reason)]


def _signed_in(command: StartSession) -> SignedIn:
    return SignedIn(
        business_id=command.business_id,
        session_id=command.session_id,
        contact_id=command.contact_id,
        customer_id=command.customer_id,
        device=command.device,
        remembered=command.remembered,
        issued_at=command.issued_at,
        expires_at=command.expires_at,
    )
