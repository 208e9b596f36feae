"""What sign-in decides about a request: whether it may go on, and what a right code leads to. Pure.

What is counted, compared and looked up comes in as values; `handlers` say in which order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from servicehub_events import Business

from auth_otp import errors
from auth_otp.domain.addresses import Address, NotAnAddress, parse_address
from auth_otp.domain.challenges import ChallengeSpent, CodeAttempt, LiveCode, OtherLength, Outcome, Proof
from auth_otp.domain.codes import derive_code, is_equal
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
    """How often codes leave for one address, before its browsers share one."""
    return Limit(settings.sends_per_hour, HOUR), Limit(settings.sends_per_day, DAY)


class SourceLimit(NamedTuple):
    """A counter of what one source does, or the network that it is in, with its limit."""

    name: str
    limit: Limit


def send_counters(settings: Settings, sources: Sequence[str]) -> tuple[SourceLimit, ...]:
    """How often a source, the narrowest first, may ask for codes: resources, never the bound on guessing."""
    return _counters("sends", sources, Limit(settings.source_sends_per_hour, HOUR))


def entry_counters(settings: Settings, sources: Sequence[str]) -> tuple[SourceLimit, ...]:
    """How often a source may enter codes."""
    return _counters("verifies", sources, Limit(settings.source_verifies_per_minute, MINUTE))


def _counters(kind: str, sources: Sequence[str], limit: Limit) -> tuple[SourceLimit, ...]:
    """The networks around a source may do twice as much each: the next one ×2, its own ×4."""
    return tuple(
        SourceLimit(f"{kind}:{source}", limit._replace(entries=limit.entries << at))
        for at, source in enumerate(sources)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """The browser a command comes from, and what it holds at this business; "" for what it lacks.

    `browser_id` is what it proved itself with before; `sources` its address and the networks around it, the
    narrowest first, as they are counted.
    """

    sources: Sequence[str]
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


def check_entry(challenge_ids: Sequence[str], typed: str) -> str:
    """The code somebody typed, before it costs a try. Raises `NoChallenge`, or `CodeMalformed`."""
    if not challenge_ids:
        raise errors.NoChallenge
    code = read_code(typed)
    if code is None:
        raise errors.CodeMalformed
    return code


def check_attempts(outcomes: Sequence[Outcome]) -> list[CodeAttempt]:
    """The tries that may be compared. Raises `CodeMalformed`, `CodeDead` or `CodeExpired` without any."""
    if attempts := [outcome for outcome in outcomes if isinstance(outcome, CodeAttempt)]:
        return attempts
    for outcome in outcomes:
        if isinstance(outcome, OtherLength):
            raise errors.CodeMalformed(digits=outcome.digits)
    if any(isinstance(outcome, ChallengeSpent) for outcome in outcomes):
        raise errors.CodeDead
    raise errors.CodeExpired


def right_code(typed: str, attempt: CodeAttempt, peppers: Mapping[str, bytes]) -> LiveCode | None:
    """The code of an attempt that was typed; all are compared, in a time that tells nothing."""
    right: LiveCode | None = None
    for code in attempt.codes:
        pepper = peppers.get(code.pepper)
        if pepper and is_equal(typed, derive_code(pepper, code.code_id, code.number, len(typed))):
            right = code
    return right


def after_proof(candidates: Sequence[Candidate], tries_left: int) -> Candidate | None:
    """The contact that a right code lets in; None when the person must choose among several.

    Raises as for a wrong code when nobody may sign in with the address: nothing tells the two apart.
    """
    if not candidates:
        raise wrong_code(tries_left)
    return candidates[0] if len(candidates) == 1 else None


def tries_left(attempt: CodeAttempt, wrong_codes_left: int | None) -> int:
    """How many tries are left of a challenge whose address bears so many more wrong codes."""
    return attempt.tries_left if wrong_codes_left is None else min(attempt.tries_left, wrong_codes_left)


def wrong_code(tries_left: int) -> errors.CodeWrong | errors.CodeDead:
    """How a wrong code is refused."""
    return errors.CodeWrong(tries_left=tries_left) if tries_left > 0 else errors.CodeDead()


def plan_session(
    settings: Settings,
    business: Business,
    browser: Browser,
    proof: Proof,
    address: StoredAddress,
    candidates: Sequence[Candidate],
    *,
    confirms: bool = False,
) -> SessionGrant:
    """What a proof is good for: a session that ends the one this browser held, unless that is the same.

    It `confirms` where the contact of that one asked for a second proof.
    """
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
        method="code",
        proved_at=proof.at,
        confirms=confirms,
    )


def plan_passkey_session(
    settings: Settings,
    business: Business,
    browser: Browser,
    address: StoredAddress,
    candidate: Candidate,
    *,
    session_id: str,
    at: datetime,
    second_cipher: bytes | None = None,
    confirms: bool = False,
) -> SessionGrant:
    """What a passkey is good for: a session of its contact that is not remembered, for it is quick to renew.

    It rests on what was proved when the passkey was added, one address or two, and ends the one this browser
    held.
    """
    return SessionGrant(
        session_id=session_id,
        address_index=address.index,
        address_cipher=address.cipher,
        remembered=False,
        device=browser.device,
        issued_at=at,
        expires_at=at + timedelta(seconds=settings.session_life_seconds),
        candidates=(candidate,),
        portal_generation=business.generation,
        replaces=browser.session_id,
        method="passkey",
        proved_at=at,
        confirms=confirms,
        second_cipher=second_cipher,
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
        method=live.method,
        proved_at=live.proved_at,
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
