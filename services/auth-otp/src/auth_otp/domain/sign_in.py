"""What sign-in decides about a request: whether it may go on, and what a right code leads to. Pure.

What is counted, compared and looked up comes in as values; `handlers` say in which order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from servicehub_events import Business

from auth_otp import errors
from auth_otp.domain.addresses import Address, NotAnAddress, parse_address
from auth_otp.domain.challenges import ChallengeExpired, ChallengeSpent, CodeAttempt, Proof
from auth_otp.domain.codes import derive_code, is_one_of
from auth_otp.domain.sessions import Candidate, LiveSession, SessionGrant
from auth_otp.domain.stored_addresses import StoredAddress
from auth_otp.domain.typed_text import read_code
from auth_otp.settings import DAY, HOUR, MINUTE, Settings


class Limit(NamedTuple):
    """At most `entries` within any `seconds`."""

    entries: int
    seconds: int


Limits = tuple[Limit, ...]
"""Limits that all hold together."""


def send_limits(settings: Settings) -> Limits:
    """How often codes leave for one address."""
    return (
        Limit(1, settings.send_spacing_seconds),
        Limit(settings.sends_per_hour, HOUR),
        Limit(settings.sends_per_day, DAY),
    )


def source_send_limits(settings: Settings) -> Limits:
    """How often one source may ask for codes."""
    return (Limit(settings.source_sends_per_hour, HOUR),)


def source_entry_limits(settings: Settings) -> Limits:
    """How often one source may enter codes."""
    return (Limit(settings.source_verifies_per_minute, MINUTE),)


class Brake(NamedTuple):
    """A counter of failures within a window: of one source, of one business, or of all."""

    scope: Literal["source", "business", "overall"]
    name: str
    limit: Limit


def brakes(settings: Settings, business_id: str, source: str) -> tuple[Brake, ...]:
    """The brakes against one guess at everybody, in the order in which a failure is counted.

    One source adds only so many of them, and comes first: whoever wants to set a brake off needs many
    sources, and one that guesses too much is slowed down alone.
    """
    window = settings.brake_window
    return (
        Brake("source", f"failures-from:{source}", Limit(settings.brake_per_source, window)),
        Brake("business", f"failures:{{{business_id}}}", Limit(settings.brake_business_failures, window)),
        Brake("overall", "failures", Limit(settings.brake_overall_failures, window)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """The browser a command comes from, and what it holds at this business; "" for what it lacks.

    `browser_id` is what it proved itself with before.
    """

    source: str
    device: str
    browser_id: str
    session_id: str


def check_portal(business: Business) -> None:
    """Raises `PortalOff`."""
    if not business.enabled:
        raise errors.PortalOff


def read_address(typed: str, country: str) -> Address:
    """The address somebody typed. Raises `AddressMissing`, or `AddressInvalid`."""
    if not typed.strip():
        raise errors.AddressMissing
    try:
        return parse_address(typed, country)
    except NotAnAddress:
        raise errors.AddressInvalid from None


def check_entry(challenge_id: str, typed: str) -> str:
    """The code somebody typed, before it costs a try. Raises `NoChallenge`, or `CodeMalformed`."""
    if not challenge_id:
        raise errors.NoChallenge
    code = read_code(typed)
    if code is None:
        raise errors.CodeMalformed
    return code


def check_attempt(outcome: CodeAttempt | ChallengeExpired | ChallengeSpent) -> CodeAttempt:
    """A try that may be compared. Raises `CodeExpired`, or `CodeDead`."""
    match outcome:
        case ChallengeExpired():
            raise errors.CodeExpired
        case ChallengeSpent():
            raise errors.CodeDead
        case CodeAttempt():
            return outcome


def check_code(code: str, challenge_id: str, attempt: CodeAttempt, pepper: bytes | None) -> None:
    """Compare. Raises `CodeWrong`, at the last try `CodeDead`, or `CodeExpired` without its pepper."""
    if pepper is None:
        raise errors.CodeExpired
    if not is_one_of(code, [derive_code(pepper, challenge_id, number) for number in attempt.code_numbers]):
        raise _wrong(attempt)


def after_proof(candidates: Sequence[Candidate], attempt: CodeAttempt) -> Candidate | None:
    """The contact that a right code lets in; None when the person must choose among several.

    Raises as for a wrong code when nobody may sign in with the address: nothing tells the two apart.
    """
    if not candidates:
        raise _wrong(attempt)
    return candidates[0] if len(candidates) == 1 else None


def _wrong(attempt: CodeAttempt) -> errors.CodeWrong | errors.CodeDead:
    return errors.CodeWrong(tries_left=attempt.tries_left) if attempt.tries_left > 0 else errors.CodeDead()


def plan_session(
    settings: Settings,
    business: Business,
    browser: Browser,
    proof: Proof,
    address: StoredAddress,
    candidates: Sequence[Candidate],
) -> SessionGrant:
    """What a proof is good for: a session that ends the one this browser held, unless that is the same."""
    life = settings.remembered_session_life_seconds if proof.remembered else settings.session_life_seconds
    return SessionGrant(
        session_id=proof.session_id,
        address_index=address.index,
        address_cipher=address.cipher,
        remembered=proof.remembered,
        device=proof.device,
        issued_at=proof.at,
        expires_at=proof.at + timedelta(seconds=life),
        candidates=tuple(candidates),
        portal_generation=business.generation,
        replaces="" if browser.session_id == proof.session_id else browser.session_id,
    )


def plan_switch(
    live: LiveSession,
    business: Business,
    device: str,
    candidates: Sequence[Candidate],
    *,
    session_id: str,
    now: datetime,
) -> SessionGrant:
    """A grant for another contact of the address that a session proved.

    The new session will end when this one would have: switching proves nothing anew.
    """
    return SessionGrant(
        session_id=session_id,
        address_index=live.address_index,
        address_cipher=live.address_cipher,
        remembered=live.remembered,
        device=device,
        issued_at=now,
        expires_at=live.expires_at,
        candidates=tuple(candidates),
        portal_generation=business.generation,
        replaces=live.session_id,
        switching=True,
    )


def check_offer(grant: SessionGrant | None, index: int) -> None:
    """Before it is picked from, an offer stays for another try. Raises `ChoiceUnknown` beyond the offer."""
    if grant is not None and not 0 <= index < len(grant.candidates):
        raise errors.ChoiceUnknown


def check_pick(grant: SessionGrant | None, index: int, business: Business) -> tuple[SessionGrant, Candidate]:
    """What was picked. Raises `ChoiceExpired`, also when the portal was off and on again since the offer."""
    if grant is None or grant.portal_generation != business.generation:
        raise errors.ChoiceExpired
    return grant, grant.candidates[index]
