"""Sign out: this browser, one device, or everywhere; and say which sessions have ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from chassis.database import Transaction
from chassis.events_out import Origin
from chassis.identity import CustomerAccess, KnownSession, SessionToken, who_is_asking
from chassis.identity.ended_sessions import SessionEnds
from chassis.refusals import NotFound, NotSignedIn
from servicehub_events import Business, RevocationReason, Session

from auth_otp.context import Context
from auth_otp.domain.sessions import Candidate, LiveSession, RevokeSession, decide, stream_of
from auth_otp.store import contacts, known_browsers, session_ends, sessions, sign_in_log

log = structlog.get_logger(__name__)

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOLD_BY_CUSTOMERS: Final = ("access_withdrawn", "contact_removed")
"""Whoever reads customers knows, and tells the person so: their token is not made that of a stranger."""


@dataclass(frozen=True, slots=True)
class SignOut:
    """End the session of this token, or all of its contact."""

    token: SessionToken
    everywhere: bool


@dataclass(frozen=True, slots=True)
class ForgetBrowser:
    """This browser is not its owner's any more, or never was."""

    business_id: str
    browser_id: str


@dataclass(frozen=True, slots=True)
class SignOutDevice:
    """End a session of the same contact."""

    business: Business
    token: SessionToken
    session_id: str


@dataclass(frozen=True, slots=True)
class SignOutOthers:
    """End the sessions of the same contact on all other devices."""

    business: Business
    token: SessionToken


async def sign_out(ctx: Context, command: SignOut) -> None:
    """End what is to end. A session that ended already ends nothing."""
    token = command.token
    async with ctx.tenant(token.business_id) as tx:
        live = await _lock_of_contact(tx, token)
        own = [session for session in live if session.session_id == token.session_id]
        reason: RevocationReason = "signed_out_everywhere" if command.everywhere else "signed_out"
        await _end(ctx, tx, live if own and command.everywhere else own, reason)
    log.info("session.signed_out", business_id=token.business_id, everywhere=command.everywhere)


async def sign_out_device(ctx: Context, command: SignOutDevice) -> None:
    """End it. Raises `NotFound` for an id of anybody else's, or `NotSignedIn`."""
    token = command.token
    async with ctx.tenant(token.business_id) as tx:
        live = await _lock_of_viewer(tx, token, command.business)
        ending = [session for session in live if session.session_id == command.session_id]
        if not ending:
            raise NotFound
        await _end(ctx, tx, ending, "signed_out")


async def sign_out_others(ctx: Context, command: SignOutOthers) -> None:
    """End every session of the same contact but the one that asks. Raises `NotSignedIn`."""
    token = command.token
    async with ctx.tenant(token.business_id) as tx:
        live = await _lock_of_viewer(tx, token, command.business)
        others = [session for session in live if session.session_id != token.session_id]
        await _end(ctx, tx, others, "signed_out")


@dataclass(frozen=True, slots=True)
class ListSessionEnds:
    """Which sessions ended since the moment that the last answer named as the next; None at first."""

    since: datetime | None


async def list_session_ends(ctx: Context, command: ListSessionEnds) -> SessionEnds:
    """Those of all businesses, so many at once."""
    async with ctx.all_tenants() as tx:
        return await session_ends.list_session_ends(tx, command.since or _FIRST)


def check_viewer(
    token: SessionToken, business: Business, customer: CustomerAccess | None, live: LiveSession | None
) -> LiveSession:
    """The live session of who is asking. Raises `NotSignedIn`.

    A token from before the portal was last switched off is dead, whatever lives still.
    """
    known = live and KnownSession(live.customer_id, live.contact_id, ended=False, reason=None)
    if live is None or who_is_asking(token, business, customer, known).state != "signed_in":
        raise NotSignedIn
    return live


async def end_session(
    ctx: Context, tx: Transaction, live: LiveSession, reason: RevocationReason, origin: Origin
) -> None:
    """End a live session, whose row the caller has locked: so nobody else appends to its stream.

    The one place where a session ends before its time; web and worker share it.
    """
    stream = stream_of(live.session_id)
    version, state = await ctx.events.latest(tx, stream, Session)
    await ctx.events.append(tx, stream, version, decide(RevokeSession(reason, ctx.clock()), state), origin)
    await sessions.forget_live_session(tx, live.session_id)
    await sign_in_log.add_entry(tx, "session_ended", live.address_index, f"{live.session_id} {reason}")
    if reason not in _TOLD_BY_CUSTOMERS:
        await session_ends.add_session_end(tx, live.session_id, live.expires_at)


async def end_oldest_sessions(ctx: Context, tx: Transaction, candidate: Candidate) -> None:
    """End the oldest sessions of a contact beyond the number that may live; ids rise with time.

    They are counted first, and locked only when there are too many, which is rare.
    """
    contact, limit = (candidate.customer_id, candidate.contact_id), ctx.settings.contact_sessions
    if await sessions.count_live_sessions_of_contact(tx, *contact) > limit:
        live = await sessions.lock_live_sessions_of_contact(tx, *contact)
        await _end(ctx, tx, live[:-limit], "switched")


async def forget_browser(ctx: Context, command: ForgetBrowser) -> None:
    """Know this browser no more: whoever uses it next is a stranger."""
    async with ctx.tenant(command.business_id) as tx:
        await known_browsers.forget_browser(tx, command.browser_id)


async def _lock_of_viewer(tx: Transaction, token: SessionToken, business: Business) -> list[LiveSession]:
    """The live sessions of the contact who asks, the asking one among them. Raises `NotSignedIn`."""
    customer = await contacts.find_customer_access(tx, token.customer_id)
    live = await _lock_of_contact(tx, token)
    own = next((session for session in live if session.session_id == token.session_id), None)
    check_viewer(token, business, customer, own)
    return live


async def _lock_of_contact(tx: Transaction, token: SessionToken) -> list[LiveSession]:
    return await sessions.lock_live_sessions_of_contact(tx, token.customer_id, token.contact_id)


async def _end(
    ctx: Context, tx: Transaction, ending: Iterable[LiveSession], reason: RevocationReason
) -> None:
    for live in ending:
        await end_session(ctx, tx, live, reason, Origin(f"contact:{live.contact_id}"))
