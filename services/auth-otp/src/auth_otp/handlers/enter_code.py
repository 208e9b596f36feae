"""Enter a code: everything is counted before anything is compared, and a right code becomes a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import msgspec
import structlog
from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.observability import Counter, security_log
from servicehub_events import Business, Session

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.challenges import CodeAttempt, LiveCode, Proof, SendTicket
from auth_otp.domain.code_lengths import address_budget
from auth_otp.domain.second_proofs import second_cipher
from auth_otp.domain.sessions import Candidate, SessionGrant, StartSession, decide, live_session, stream_of
from auth_otp.domain.sign_in import (
    Browser,
    after_proof,
    check_attempts,
    check_entry,
    check_portal,
    entry_counters,
    plan_session,
    right_code,
    tries_left,
    wrong_code,
)
from auth_otp.domain.stored_addresses import challenge_place, session_place
from auth_otp.handlers.request_code import RequestCode, business_scope, platform_scope, send_code, take_all
from auth_otp.handlers.sign_out import end_oldest_sessions, end_session
from auth_otp.store import contacts, known_browsers, sessions, sign_in_log, wrong_codes
from auth_otp.store.sign_in_log import EntryKind
from auth_otp.store.wrong_codes import CountedWrong

log = structlog.get_logger(__name__)
_entered = Counter(__name__, "portal_codes_entered_total", "codes that were typed", "outcome")
_outgrown = Counter(
    __name__, "portal_codes_outgrown_total", "codes whose budget of wrong guesses was spent", "digits"
)


@dataclass(frozen=True, slots=True)
class EnterCode:
    """Sign in with the code typed, for one of the challenges that this browser holds, the newest first.

    `confirming` is the contact who is signed in, where a payment waits for a second proof.
    """

    business: Business
    browser: Browser
    typed: str
    challenge_ids: Sequence[str]
    remember: bool
    locale: str | None
    confirming: Candidate | None = None


@dataclass(frozen=True, slots=True)
class LetIn:
    """The browser gets this session."""

    session: Session
    browser_id: str
    new_browser: bool


@dataclass(frozen=True, slots=True)
class MustChoose:
    """The address belongs to several contacts; this choice is offered."""

    choice_id: str
    browser_id: str
    new_browser: bool


@dataclass(frozen=True, slots=True)
class LongerCode:
    """Codes as short as the one typed are good no more; a longer one is on its way.

    `challenge_id` is the one that it was typed for.
    """

    challenge_id: str
    ticket: SendTicket


class _Counted(NamedTuple):
    """A try that has been counted as wrong everywhere, and may be compared.

    `left`: how many more wrong codes of this length its address bears; None without an end.
    """

    attempt: CodeAttempt
    address: Address
    wrong: CountedWrong
    left: int | None


class _BudgetSpent(Exception):
    """A scope bears no more wrong codes of this length; what was counted is rolled back."""


async def enter_code(ctx: Context, command: EnterCode) -> LetIn | MustChoose | LongerCode:
    """Sign in. Raises a refusal of `errors`, or `Unavailable`."""
    check_portal(command.business)
    await take_all(ctx, entry_counters(ctx.settings, command.browser.sources), ctx.new_id())
    typed, business_id = check_entry(command.challenge_ids, command.typed), command.business.business_id
    attempts = check_attempts(
        [await ctx.challenges.attempt(business_id, id_, len(typed)) for id_ in command.challenge_ids]
    )
    counted = [await _count(ctx, command, attempt, len(typed)) for attempt in attempts]
    compared = [one for one in counted if one]
    if not compared:
        return await _outgrow(ctx, command, attempts[0], len(typed))
    for one in compared:
        if code := right_code(typed, one.attempt, ctx.settings.code_peppers.keys):
            return await _consume(ctx, command, one, code, compared)
    return await _refuse(ctx, command, compared, len(typed))


async def _count(ctx: Context, command: EnterCode, attempt: CodeAttempt, digits: int) -> _Counted | None:
    """Count as many wrong codes as are about to be compared, committed before; None where it bears no more.

    Known browsers count by themselves: a stranger's guesses must not make the codes longer of customers who
    proved themselves, nor theirs count in a spray.
    """
    business_id, settings, count = command.business.business_id, ctx.settings, len(attempt.codes)
    security_log.name_subject(business_id=business_id, who=attempt.address_index)
    address = ctx.addresses.read(attempt.address_cipher, challenge_place(business_id))
    if address is None:  # its key was retired meanwhile
        raise errors.CodeExpired
    indexes, browser_id = ctx.addresses.accepted(business_id, address), command.browser.browser_id
    try:
        async with ctx.tenant(business_id) as tx:
            known = await known_browsers.find_known_browser(
                tx, indexes, browser_id, settings.known_browser_days
            )
            spray = not known and await wrong_codes.is_known(tx, indexes)
            if not known:
                await _count_in_spray(ctx, tx, digits, count, known_address=spray)
            budget, bucket = address_budget(settings, known_browser=known), browser_id if known else ""
            row = await wrong_codes.count_wrong(tx, attempt.address_index, bucket, digits, count, budget)
            if row is None:
                raise _BudgetSpent
    except _BudgetSpent:
        return None
    day, left = row
    wrong = CountedWrong(
        address_index=attempt.address_index, bucket=bucket, day=day, digits=digits, spray=spray
    )
    return _Counted(attempt, address, wrong, left)


async def _count_in_spray(
    ctx: Context, tx: Transaction, digits: int, count: int, *, known_address: bool
) -> None:
    platform, business = await platform_scope(ctx, tx), await business_scope(ctx, tx)
    if not platform.budget.has_room(digits, platform.wrong):
        raise _BudgetSpent
    budget = business.budget
    if not await wrong_codes.count_in_spray(tx, digits, count, budget, known_address=known_address):
        raise _BudgetSpent


async def _refuse(ctx: Context, command: EnterCode, compared: Sequence[_Counted], digits: int) -> LongerCode:
    """Keep with each challenge what it may redeem; a code whose budget is spent is followed by a longer."""
    for one in compared:
        place = msgspec.json.encode(one.wrong).decode()
        attempt = one.attempt
        await ctx.challenges.note_wrong(
            command.business.business_id, attempt.challenge_id, place, len(attempt.codes)
        )
        await _note(ctx, command, "code_wrong", attempt)
    _entered.add(outcome="wrong")
    if all(one.left == 0 for one in compared):
        return await _outgrow(ctx, command, compared[0].attempt, digits)
    raise wrong_code(max(tries_left(one.attempt, one.left) for one in compared))


async def _note(ctx: Context, command: EnterCode, kind: EntryKind, attempt: CodeAttempt) -> None:
    async with ctx.tenant(command.business.business_id) as tx:
        await sign_in_log.add_entry(tx, kind, attempt.address_index)


async def _outgrow(ctx: Context, command: EnterCode, attempt: CodeAttempt, digits: int) -> LongerCode:
    """Send a longer code to the address of a try, as soon as one may leave."""
    business_id = command.business.business_id
    address = ctx.addresses.read(attempt.address_cipher, challenge_place(business_id))
    if address is None:
        raise errors.CodeExpired
    _outgrown.add(digits=str(digits))
    await _note(ctx, command, "codes_spent", attempt)
    log.warning("code.outgrown", business_id=business_id, address=attempt.address_index, digits=digits)
    request = RequestCode(command.business, command.browser, "", attempt.challenge_id, command.locale)
    ticket = await send_code(ctx, request, address, patient=True)
    if not isinstance(ticket, SendTicket):
        raise errors.CodeDead
    return LongerCode(attempt.challenge_id, ticket)


async def _consume(
    ctx: Context, command: EnterCode, right: _Counted, code: LiveCode, compared: Sequence[_Counted]
) -> LetIn | MustChoose:
    business_id, attempt = command.business.business_id, right.attempt
    proof = Proof(
        session_id=ctx.new_id(),
        choice_id=ctx.new_id(),
        browser_id=command.browser.browser_id or ctx.new_id(),
        remembered=command.remember,
        device=command.browser.device,
        at=attempt.at,
        new_browser=not command.browser.browser_id,
    )
    consumed = await ctx.challenges.consume(business_id, attempt.challenge_id, code, proof)
    if consumed is None:
        raise errors.CodeExpired
    owed = [(msgspec.json.decode(place, type=CountedWrong), n) for place, n in consumed.failures.items()]
    owed += [(one.wrong, len(one.attempt.codes)) for one in compared]
    try:
        outcome = await retry_on_conflict(lambda: _complete(ctx, command, right, consumed.proof, owed))
    except (errors.CodeWrong, errors.CodeDead):
        _entered.add(outcome="wrong")
        await _note(ctx, command, "code_wrong", right.attempt)
        raise
    for entry, names in consumed.entries.items():
        for name in names:
            await ctx.rate_limiter.give_back(name, entry)
    _entered.add(outcome="right")
    return outcome


async def _complete(
    ctx: Context,
    command: EnterCode,
    right: _Counted,
    proof: Proof,
    owed: Sequence[tuple[CountedWrong, int]],
) -> LetIn | MustChoose:
    """What a right code leads to, whole or not at all; doing it again leads to the same.

    It takes back the wrong codes that its challenge owes, and no others.
    """
    business, address, settings = command.business, right.address, ctx.settings
    business_id = business.business_id
    async with ctx.tenant(business_id) as tx:
        indexes = ctx.addresses.accepted(business_id, address)
        candidates = await contacts.lock_candidates(tx, address.channel, indexes)
        confirms = command.confirming in candidates
        if command.confirming and confirms:
            candidates = (command.confirming,)
        candidate = after_proof(candidates, tries_left(right.attempt, right.left))
        for wrong, count in owed:
            await wrong_codes.forget_wrong(tx, wrong, count)
        await known_browsers.add_known_browser(tx, indexes[0], proof.browser_id, settings.known_browsers)
        stored = ctx.addresses.stored(business_id, address, session_place(business_id))
        grant = plan_session(
            settings, business, command.browser, proof, stored, candidates, confirms=confirms
        )
        if candidate:
            session = await start_session(ctx, tx, grant, candidate)
            log.info("session.started", business_id=business_id, session_id=session.session_id)
            return LetIn(session, proof.browser_id, proof.new_browser)
    await ctx.pending_grants.offer(business_id, proof.choice_id, grant)
    return MustChoose(proof.choice_id, proof.browser_id, proof.new_browser)


async def start_session(ctx: Context, tx: Transaction, grant: SessionGrant, candidate: Candidate) -> Session:
    """Start the session that is granted, or find it started by a repeat of the same request.

    Raises `CodeExpired` when it was revoked meanwhile, `ChoiceExpired` when the session it was to be switched
    from has ended, and `Conflict`.
    """
    # Locked before the stream is read: a repeat that waited here finds what the first one started.
    replaced = await sessions.lock_live_session(tx, grant.replaces) if grant.replaces else None
    second = second_cipher(ctx.addresses, tx.business_id, grant, candidate, replaced)
    until = grant.issued_at + timedelta(seconds=ctx.settings.confirmed_seconds) if second else None
    command = StartSession(tx.business_id, grant, candidate, second, until)
    stream = stream_of(grant.session_id)
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
