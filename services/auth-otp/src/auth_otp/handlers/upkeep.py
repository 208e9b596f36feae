"""Keep up: what has run its time is deleted, and what an old key wrote is written anew."""

import structlog
from chassis.database import Transaction
from chassis.encryption import Undecipherable

from auth_otp.context import Context
from auth_otp.domain.contacts import ContactRow, known_indexes, rewritten
from auth_otp.domain.sessions import LiveSession
from auth_otp.domain.stored_addresses import AddressKeys, StoredAddress, session_place
from auth_otp.store import (
    contacts,
    guard_links,
    known_browsers,
    session_ends,
    sessions,
    sign_in_log,
    text_counts,
    wrong_codes,
)

log = structlog.get_logger(__name__)
_LIMIT = 500
"""Contacts, and sessions, a transaction."""


async def keep_up(ctx: Context) -> bool:
    """Delete what has expired, and rewrite some of what an old key wrote; whether more is left of that."""
    async with ctx.all_tenants() as tx:
        await delete_expired(ctx, tx)
    try:
        async with ctx.all_tenants() as tx:
            count = await rewrite_old_keys(ctx, tx)
    except Undecipherable as error:  # a key was retired before its last row was rewritten
        log.error("upkeep.key_missing", error=str(error))  # the place tells nothing
        return False
    if count:
        log.info("upkeep.rewritten", rows=count)
    return bool(count)


async def delete_expired(ctx: Context, tx: Transaction) -> None:
    """Delete what no rule looks at any more."""
    await sessions.forget_expired_sessions(tx)
    await session_ends.forget_expired_session_ends(tx)
    await sign_in_log.forget_old_entries(tx)
    await guard_links.forget_old_guard_links(tx)
    await wrong_codes.forget_old_wrong_codes(tx)
    await text_counts.forget_old_text_counts(tx)
    await known_browsers.forget_expired_browsers(tx, browser_days=ctx.settings.known_browser_days)


async def rewrite_old_keys(ctx: Context, tx: Transaction) -> int:
    """Write contacts and live sessions with the current keys, and take the browsers known for their addresses
    along; how many contacts and sessions there were. At 0 an old key may be retired.

    Raises `Undecipherable` when one was retired too early.
    """
    keys = ctx.addresses
    old_contacts = await contacts.lock_outdated_contacts(tx, keys.current_prefixes, _LIMIT)
    for row in old_contacts:
        await _rewrite_contact(tx.of(row.business_id), keys, row)
    old_sessions = await sessions.list_outdated_sessions(tx, keys.current_prefixes, _LIMIT)
    for live in old_sessions:
        await _rewrite_session(tx.of(live.business_id), keys, live)
    return len(old_contacts) + len(old_sessions)


async def _rewrite_contact(tx: Transaction, keys: AddressKeys, row: ContactRow) -> None:
    new = rewritten(row, keys)
    for indexes in known_indexes(row, keys):
        await known_browsers.move_known_browsers(tx, indexes)
    await contacts.mark_contact_rewritten(tx, new)


async def _rewrite_session(tx: Transaction, keys: AddressKeys, live: LiveSession) -> None:
    """Browsers first, the session then: the order in which signing in touches them, so neither blocks."""
    place, old = session_place(live.business_id), StoredAddress(live.address_index, live.address_cipher)
    new = keys.rewritten(live.business_id, old.cipher, place)
    await known_browsers.move_known_browsers(tx, keys.known_indexes(live.business_id, old, place))
    await sessions.mark_session_rewritten(tx, live.session_id, new)
