"""Enter a code: everything is counted before anything is compared, and a right code becomes a session."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.observability import security_log, telemetry
from servicehub_events import Business, Session

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.challenges import CodeAttempt, Proof
from auth_otp.domain.sessions import Candidate, SessionGrant, StartSession, decide, live_session, stream_of
from auth_otp.domain.sign_in import (
    Brake,
    Browser,
    after_proof,
    brakes,
    check_attempt,
    check_code,
    check_entry,
    check_portal,
    plan_session,
    source_entry_limits,
)
from auth_otp.domain.stored_addresses import challenge_place, session_place
from auth_otp.handlers.sign_out import end_oldest_sessions, end_session
from auth_otp.store import contacts, counters, sessions, sign_in_log
from auth_otp.store.sign_in_log import EntryKind

log = structlog.get_logger(__name__)
_entered = telemetry.meter.create_counter("portal_codes_entered")
_braked = telemetry.meter.create_counter("portal_sign_in_braked")


@dataclass(frozen=True, slots=True)
class EnterCode:
    """Sign in with the code typed, for the challenge that this browser holds ("" without one)."""

    business: Business
    browser: Browser
    typed: str
    challenge_id: str
    remember: bool


@dataclass(frozen=True, slots=True)
class LetIn:
    """The browser gets this session."""

    session: Session
    browser_id: str


@dataclass(frozen=True, slots=True)
class MustChoose:
    """The address belongs to several contacts; this choice is offered."""

    choice_id: str
    browser_id: str


class _Counted(NamedTuple):
    """A try that has been counted as a failure everywhere, and may be compared."""

    attempt: CodeAttempt
    address: Address
    failure: counters.CountedFailure
    entry: str


async def enter_code(ctx: Context, command: EnterCode) -> LetIn | MustChoose:
    """Sign in. Raises a refusal of `errors`, or `Unavailable`."""
    code = await _read_entry(ctx, command)
    attempt = check_attempt(await ctx.challenges.attempt(command.business.business_id, command.challenge_id))
    counted = await _count(ctx, command, attempt)
    try:
        outcome = await _compare(ctx, command, code, counted)
    except (errors.CodeWrong, errors.CodeDead):
        _entered.add(1, {"outcome": "wrong"})
        await _note(ctx, command, "code_wrong", attempt)
        raise
    await uncount_failure(ctx, command, counted.entry)
    _entered.add(1, {"outcome": "right"})
    return outcome


async def _read_entry(ctx: Context, command: EnterCode) -> str:
    check_portal(command.business)
    limits = source_entry_limits(ctx.settings)
    if wait := await ctx.rate_limiter.take(f"verifies:{command.browser.source}", limits, ctx.new_id()):
        raise errors.TooManyRequests(seconds=wait)
    return check_entry(command.challenge_id, command.typed)


async def _count(ctx: Context, command: EnterCode, attempt: CodeAttempt) -> _Counted:
    """Count a failure of the address's day, committed before comparing, then of the brakes.

    Known browsers pass the brakes: a stranger's guesses must not keep customers out who proved themselves.
    """
    business_id, browser_id, entry = command.business.business_id, command.browser.browser_id, ctx.new_id()
    security_log.name_subject(business_id=business_id, who=attempt.address_index)
    address = ctx.addresses.read(attempt.address_cipher, challenge_place(business_id))
    if address is None:  # its key was retired meanwhile
        raise errors.CodeExpired
    indexes, days = ctx.addresses.accepted(business_id, address), ctx.settings.known_browser_days
    async with ctx.tenant(business_id) as tx:
        known = await counters.find_known_browser(tx, indexes, browser_id, days)
        bucket, limit = browser_id if known else "", ctx.settings.failures_per_day
        failure = await counters.count_failure(tx, attempt.address_index, bucket, limit)
    if failure is None:
        await _note(ctx, command, "codes_spent", attempt)
        raise errors.TooManyTries
    if not known and (wait := await count_failure(ctx, command, entry)):
        async with ctx.tenant(business_id) as tx:
            await counters.forget_failure(tx, failure)
        raise errors.TooManyRequests(seconds=wait)
    return _Counted(attempt, address, failure, entry)


async def _note(ctx: Context, command: EnterCode, kind: EntryKind, attempt: CodeAttempt) -> None:
    async with ctx.tenant(command.business.business_id) as tx:
        await sign_in_log.add_entry(tx, kind, attempt.address_index)


async def count_failure(ctx: Context, command: EnterCode, entry: str) -> int:
    """Count a failure in every brake; or, when one is full, in none: the seconds to wait then."""
    counted: list[Brake] = []
    for brake in _brakes(ctx, command):
        if wait := await ctx.rate_limiter.take(brake.name, (brake.limit,), entry):
            await _give_back(ctx, counted, entry)
            _report(brake, command.business.business_id)
            return wait
        counted.append(brake)
    return 0


async def uncount_failure(ctx: Context, command: EnterCode, entry: str) -> None:
    """It was no failure."""
    await _give_back(ctx, _brakes(ctx, command), entry)


def _brakes(ctx: Context, command: EnterCode) -> tuple[Brake, ...]:
    return brakes(ctx.settings, command.business.business_id, command.browser.source)


async def _give_back(ctx: Context, counted: Iterable[Brake], entry: str) -> None:
    for brake in counted:
        await ctx.rate_limiter.give_back(brake.name, entry)


def _report(brake: Brake, business_id: str) -> None:
    if brake.scope == "source":  # nobody else notices, so nobody is woken
        log.info("sign_in.source_slowed_down", business_id=business_id)
        return
    _braked.add(1, {"scope": brake.scope})
    log.warning("sign_in.braked", scope=brake.scope, business_id=business_id)


async def _compare(ctx: Context, command: EnterCode, code: str, counted: _Counted) -> LetIn | MustChoose:
    business_id, attempt = command.business.business_id, counted.attempt
    check_code(code, command.challenge_id, attempt, ctx.settings.code_peppers.keys.get(attempt.pepper))
    proof = Proof(
        session_id=ctx.new_id(),
        choice_id=ctx.new_id(),
        browser_id=command.browser.browser_id or ctx.new_id(),
        remembered=command.remember,
        device=command.browser.device,
        at=attempt.at,
    )
    first = await ctx.challenges.consume(business_id, command.challenge_id, proof)
    if first is None:
        raise errors.CodeExpired
    return await retry_on_conflict(lambda: _complete(ctx, command, counted, first))


async def _complete(ctx: Context, command: EnterCode, counted: _Counted, proof: Proof) -> LetIn | MustChoose:
    """What a right code leads to, whole or not at all; doing it again leads to the same."""
    business, address, settings = command.business, counted.address, ctx.settings
    business_id = business.business_id
    async with ctx.tenant(business_id) as tx:
        indexes = ctx.addresses.accepted(business_id, address)
        candidates = await contacts.lock_candidates(tx, address.channel, indexes)
        candidate = after_proof(candidates, counted.attempt)
        await counters.forget_failure(tx, counted.failure)
        await counters.add_known_browser(tx, indexes[0], proof.browser_id, settings.known_browsers)
        stored = ctx.addresses.stored(business_id, address, session_place(business_id))
        grant = plan_session(settings, business, command.browser, proof, stored, candidates)
        if candidate:
            session = await start_session(ctx, tx, grant, candidate)
            log.info("session.started", business_id=business_id, session_id=session.session_id)
            return LetIn(session, proof.browser_id)
    await ctx.pending_grants.offer(business_id, proof.choice_id, grant)
    return MustChoose(proof.choice_id, proof.browser_id)


async def start_session(ctx: Context, tx: Transaction, grant: SessionGrant, candidate: Candidate) -> Session:
    """Start the session that is granted, or find it started by a repeat of the same request.

    Raises `CodeExpired` when it was revoked meanwhile, `ChoiceExpired` when the session it was to be switched
    from has ended, and `Conflict`.
    """
    # Locked before the stream is read: a repeat that waited here finds what the first one started.
    replaced = await sessions.lock_live_session(tx, grant.replaces) if grant.replaces else None
    command, stream = StartSession(tx.business_id, grant, candidate), stream_of(grant.session_id)
    version, state = await ctx.events.latest(tx, stream, Session)
    events = decide(command, state)
    if events and grant.switching and replaced is None:
        raise errors.ChoiceExpired
    if events:
        origin = Origin(f"contact:{candidate.contact_id}")
        state = await ctx.events.append(tx, stream, version, events, origin)
        await sessions.add_live_session(tx, live_session(command))
        await sign_in_log.add_entry(tx, "session_started", grant.address_index, grant.session_id)
        if replaced:
            await end_session(ctx, tx, replaced, "switched", Origin(f"contact:{replaced.contact_id}"))
        await end_oldest_sessions(ctx, tx, candidate)
    if state is None or state.revoked_at is not None:
        raise errors.CodeExpired
    return state
