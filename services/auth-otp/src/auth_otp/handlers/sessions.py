"""Somebody enters a code: everything is counted before anything is compared."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, TypeVar

import structlog
from chassis.encryption import Undecipherable
from chassis.events_out.event_store import retry_on_conflict
from chassis.observability import telemetry
from servicehub_events import Session

from auth_otp import errors, queries, records
from auth_otp.commands import EnterCode
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.codes import derive_code, is_one_of, read_code
from auth_otp.domain.limits import MINUTE, Limit
from auth_otp.handlers import brakes
from auth_otp.handlers.codes import challenge_context
from auth_otp.handlers.starting import candidates, start_session
from auth_otp.ports import Candidate, Choice, Dead, Gone, Proof, Try
from auth_otp.records import Counted

log = structlog.get_logger(__name__)
_entered = telemetry.meter.create_counter("portal_codes_entered")
T = TypeVar("T")


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


class _Judged(NamedTuple):
    """A try after counting, before comparing."""

    address: Address
    counted: Counted
    entry: str


async def enter_code(ctx: Context, command: EnterCode) -> LetIn | MustChoose:
    """Sign in. Raises `Refused`, or `Unavailable`."""
    business_id = command.portal.business_id
    code = await _readable(ctx, command)
    tried = await ctx.challenges.attempt(business_id, command.held)
    if isinstance(tried, Gone):
        raise errors.CodeExpired
    if isinstance(tried, Dead):
        raise errors.CodeDead
    judged = await _count(ctx, command, tried)
    if not is_one_of(code, _right_codes(ctx, command.held, tried)):
        raise _wrong(tried)
    proof = await ctx.challenges.consume(business_id, command.held, _proof(ctx, command, tried))
    if proof is None:
        raise errors.CodeExpired
    outcome = await retry_on_conflict(lambda: _complete(ctx, command, tried, judged, proof))
    await brakes.release(ctx, business_id, command.visitor.source, judged.entry)
    _entered.add(1, {"outcome": "right"})
    return outcome


async def _readable(ctx: Context, command: EnterCode) -> str:
    if not command.portal.enabled:
        raise errors.PortalOff
    limit = (Limit(ctx.settings.source_verifies_per_minute, MINUTE),)
    if wait := await ctx.limiter.take(f"verifies:{command.visitor.source}", limit, ctx.new_id()):
        raise errors.SlowDownAtCode(seconds=wait)
    if not command.held:
        raise errors.NoChallenge
    code = read_code(command.typed)
    if code is None:
        raise errors.CodeMalformed
    return code


async def _count(ctx: Context, command: EnterCode, tried: Try) -> _Judged:
    """Count a failure of the address's day, committed before comparing, then of the brakes."""
    business_id, browser_id, entry = command.portal.business_id, command.visitor.browser_id, ctx.new_id()
    address, source = _address(ctx, business_id, tried), command.visitor.source
    indexes = ctx.index.accepted(business_id, address.value)
    async with ctx.database.tenant(business_id) as connection:
        days = ctx.settings.known_browser_days
        known = await queries.knows_browser(connection, business_id, indexes, browser_id, days)
        bucket, most = browser_id if known else "", ctx.settings.failures_per_day
        counted = await records.count_failure(connection, business_id, tried.address_index, bucket, most)
    if counted is None:
        raise errors.TooManyTries
    if not known and (wait := await brakes.take(ctx, business_id, source, entry)):
        async with ctx.database.tenant(business_id) as connection:
            await records.take_back(connection, counted)
        raise errors.SlowDownAtCode(seconds=wait)
    return _Judged(address, counted, entry)


def _address(ctx: Context, business_id: str, tried: Try) -> Address:
    try:
        plain = ctx.cipher.decrypt(tried.address_cipher, context=challenge_context(business_id))
    except Undecipherable:
        raise errors.CodeExpired from None  # its key was retired meanwhile
    return Address.known(plain.decode())


def _right_codes(ctx: Context, challenge_id: str, tried: Try) -> list[str]:
    pepper = ctx.settings.code_peppers.keys.get(tried.pepper)
    if pepper is None:
        raise errors.CodeExpired
    return [derive_code(pepper, challenge_id, generation) for generation in tried.generations]


def _wrong(tried: Try) -> errors.Refused:
    _entered.add(1, {"outcome": "wrong"})
    return errors.CodeWrong(tries_left=tried.tries_left) if tried.tries_left > 0 else errors.CodeDead()


def _proof(ctx: Context, command: EnterCode, tried: Try) -> Proof:
    return Proof(
        session_id=ctx.new_id(),
        choice_id=ctx.new_id(),
        browser_id=command.visitor.browser_id or ctx.new_id(),
        remembered=command.remember,
        device=command.visitor.device,
        at=tried.at,
    )


async def _complete(
    ctx: Context, command: EnterCode, tried: Try, judged: _Judged, proof: Proof
) -> LetIn | MustChoose:
    """What a right code leads to, whole or not at all; doing it again leads to the same."""
    business_id = command.portal.business_id
    async with ctx.database.tenant(business_id) as connection:
        found = await candidates(ctx, connection, business_id, judged.address)
        if not found:
            raise _wrong(tried)  # as for any other address nobody may sign in with
        index = ctx.index.current(business_id, judged.address.value)
        await records.take_back(connection, judged.counted)
        await records.know_browser(
            connection, business_id, index, proof.browser_id, ctx.settings.known_browsers
        )
        plan = _plan(ctx, command, proof, judged, found)
        if len(found) == 1:
            session = await start_session(ctx, connection, business_id, plan, found[0])
            log.info("session.started", business_id=business_id, session_id=session.session_id)
            return LetIn(session, proof.browser_id)
    await ctx.choices.offer(business_id, proof.choice_id, plan)
    return MustChoose(proof.choice_id, proof.browser_id)


def _plan(
    ctx: Context, command: EnterCode, proof: Proof, judged: _Judged, found: tuple[Candidate, ...]
) -> Choice:
    settings, held = ctx.settings, command.visitor.session
    business_id, value = command.portal.business_id, judged.address.value
    life = settings.remembered_session_life if proof.remembered else settings.session_life
    return Choice(
        session_id=proof.session_id,
        address_index=ctx.index.current(business_id, value),
        address_cipher=ctx.cipher.encrypt(value.encode(), context=session_context(business_id)),
        remembered=proof.remembered,
        device=proof.device,
        issued_at=proof.at,
        expires_at=proof.at + timedelta(seconds=life),
        candidates=found,
        generation=command.portal.generation,
        replaces=held.session_id if held and held.session_id != proof.session_id else "",
    )


def session_context(business_id: str) -> str:
    """What the proven address of a session is encrypted for."""
    return f"session/{business_id}"
