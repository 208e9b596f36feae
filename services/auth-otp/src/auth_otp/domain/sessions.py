"""A session: what it is granted on, its stream (one SignedIn, at most one SessionRevoked), and its end."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from servicehub_events import (
    Customer,
    CustomerErased,
    Envelope,
    RevocationReason,
    Session,
    SessionRevoked,
    SignedIn,
    SignInMethod,
    as_event,
)

from auth_otp.domain.addresses import Address, recorded_address
from auth_otp.domain.stored_addresses import Resting


class Candidate(msgspec.Struct, frozen=True):
    """A contact the proven address belongs to."""

    customer_id: str
    contact_id: str


class SessionGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, good for one session of one of these contacts. `replaces` is a session to end then.

    The session rests on the address. `method` and `proved_at` say how and when its contact proved who they
    are; None in grants and sessions from before that was kept. `portal_generation` is that of the moment of
    the proof. A grant for `switching` rests on the session it replaces: no new proof was given, so it is
    worth nothing once that session has ended.

    One that `confirms` is for the contact of the session it replaces, which may be the second proof; a
    passkey brings the second address that it rests on, `second_cipher`.
    """

    session_id: str
    address_index: str
    address_cipher: bytes
    remembered: bool
    device: str
    issued_at: datetime
    expires_at: datetime
    candidates: tuple[Candidate, ...]
    portal_generation: int = msgspec.field(name="generation")
    replaces: str = ""
    switching: bool = False
    method: SignInMethod | None = None
    proved_at: datetime | None = None
    confirms: bool = False
    second_cipher: bytes | None = None


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is neither revoked nor run out, with the one or two addresses it rests on."""

    business_id: str
    session_id: str
    customer_id: str
    contact_id: str
    address_index: str
    address_cipher: bytes
    remembered: bool
    expires_at: datetime
    method: SignInMethod | None = None
    proved_at: datetime | None = None
    second_cipher: bytes | None = None


@dataclass(frozen=True, slots=True)
class StartSession:
    """Let a contact in. The ids are chosen before, so that doing it twice is doing it once.

    Where the contact proved a second address as well, `second_cipher` is that one, and `confirmed_until` is
    when that counts no more.
    """

    business_id: str
    grant: SessionGrant
    candidate: Candidate
    second_cipher: bytes | None = None
    confirmed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """End the session now."""

    reason: RevocationReason
    at: datetime


Command = StartSession | RevokeSession


def stream_of(session_id: str) -> str:
    """The name of a session's stream."""
    return f"session/{session_id}"


def decide(command: Command, state: Session | None) -> list[Session]:
    """The events a command leads to. Starting a session that exists, or ending one that ended, is nothing."""
    match command:
        case StartSession():
            return [] if state else [_signed_in(command)]
        case RevokeSession():
            if state is None or state.revoked_at is not None:
                return []
            return [as_event(SessionRevoked, state, revoked_at=command.at, reason=command.reason)]


def _signed_in(command: StartSession) -> SignedIn:
    grant, candidate = command.grant, command.candidate
    return SignedIn(
        business_id=command.business_id,
        session_id=grant.session_id,
        contact_id=candidate.contact_id,
        customer_id=candidate.customer_id,
        device=grant.device,
        remembered=grant.remembered,
        issued_at=grant.issued_at,
        expires_at=grant.expires_at,
        method=grant.method,
        confirmed_until=command.confirmed_until,
    )


def live_session(command: StartSession) -> LiveSession:
    """The row of a session that starts."""
    grant, candidate = command.grant, command.candidate
    return LiveSession(
        business_id=command.business_id,
        session_id=grant.session_id,
        customer_id=candidate.customer_id,
        contact_id=candidate.contact_id,
        address_index=grant.address_index,
        address_cipher=grant.address_cipher,
        remembered=grant.remembered,
        expires_at=grant.expires_at,
        method=grant.method,
        proved_at=grant.proved_at,
        second_cipher=command.second_cipher,
    )


Accepted = Callable[[str, Address], Collection[str]]
"""Gives every index that an address of a business may be stored under."""


def why_revoke(
    resting: LiveSession | Resting, newer: Iterable[Envelope], accepted: Accepted
) -> tuple[RevocationReason, str] | None:
    """The first reason to end what rests on an address, with the id of its customer's event that gives it.

    The events come by version. What came later gives nothing back: who lost something and regained it within
    one batch lost it.
    """
    for envelope in newer:
        event = envelope.event
        if not isinstance(event, Customer | CustomerErased) or event.customer_id != resting.customer_id:
            continue
        if reason := _reason(resting, event, accepted):
            return reason, envelope.id
    return None


def _reason(
    resting: LiveSession | Resting, event: Customer | CustomerErased, accepted: Accepted
) -> RevocationReason | None:
    if isinstance(event, CustomerErased):
        return "customer_erased"
    if not event.portal_access:
        return "access_withdrawn"
    contact = next((c for c in event.contacts if c.contact_id == resting.contact_id), None)
    if contact is None:
        return "contact_removed"
    addresses = (recorded_address(contact.email), recorded_address(contact.phone))
    indexes = {index for address in addresses if address for index in accepted(event.business_id, address)}
    return None if resting.address_index in indexes else "address_changed"
