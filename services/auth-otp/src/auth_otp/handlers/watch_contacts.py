"""Watch contacts: staff are told whom strangers try to sign in as, and whom no code reaches.

All of it happens in the worker, off the request path: no answer tells whether an address is known.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from servicehub_events import ContactStatus, ContactUnreachable

from auth_otp.context import Context
from auth_otp.domain.code_lengths import LENGTHS, address_budget
from auth_otp.domain.contact_status import (
    Observed,
    StatusRow,
    address_faults,
    decide,
    forget,
    stream_of,
    told_of,
)
from auth_otp.domain.contacts import ContactRow, known_indexes
from auth_otp.domain.sending import CodeRequest
from auth_otp.domain.stored_addresses import challenge_place
from auth_otp.store import contact_status, guard_links, wrong_codes

log = structlog.get_logger(__name__)
_WORKER: Final = Origin("worker:auth-otp")
_LIMIT: Final = 500
"""Contacts a transaction."""


async def watch_requests(ctx: Context, requests: Iterable[CodeRequest]) -> None:
    """Decide anew about the contacts of addresses for which longer codes were asked, or that are guarded."""
    for request in requests:
        longer = request.digits > LENGTHS[0] and not request.known_browser
        if longer or request.guarded_until:
            await retry_on_conflict(lambda request=request: _watch_address(ctx, request))


async def watch_outdated(ctx: Context) -> bool:
    """Decide anew about contacts that changed, or whose guard is over; whether there may be more."""
    return await retry_on_conflict(lambda: _watch_outdated(ctx))


async def forget_statuses(ctx: Context, tx: Transaction, gone: Sequence[ContactRow], event_id: str) -> None:
    """Leave ids of contacts who are no more, and whose rows the caller has deleted."""
    others = await contact_status.mark_status_outdated(tx, {row.contact_id for row in gone})
    for row in gone:
        if row.contact_id not in others:
            version, state = await ctx.events.latest(tx, stream_of(row.contact_id), ContactStatus)
            origin = Origin("consumer:auth-otp", event_id)
            await ctx.events.append(tx, stream_of(row.contact_id), version, forget(state), origin)


async def _watch_address(ctx: Context, request: CodeRequest) -> None:
    address = ctx.addresses.read(request.address_cipher, challenge_place(request.business_id))
    if address is None:
        return
    indexes = ctx.addresses.accepted(request.business_id, address)
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(request.business_id)
        for row in await contact_status.lock_contacts_of_address(tx, indexes, ctx.settings.sms_countries):
            await _tell(ctx, tx, row)


async def _watch_outdated(ctx: Context) -> bool:
    async with ctx.all_tenants() as tx:
        rows = await contact_status.lock_outdated_statuses(tx, ctx.settings.sms_countries, _LIMIT)
        for row in rows:
            await _tell(ctx, tx.of(row.business_id), row)
    return len(rows) == _LIMIT  # beside a worker with other SMS_COUNTRIES it must not go on for ever


async def _tell(ctx: Context, tx: Transaction, row: StatusRow) -> None:
    """Append what changed of a contact whose row the caller has locked."""
    stream, observed = stream_of(row.contact_id), await _observe(ctx, tx, row)
    version, state = await ctx.events.latest(tx, stream, ContactStatus)
    events = decide(told_of(row, state), observed)
    await ctx.events.append(tx, stream, version, events, _WORKER)
    await contact_status.mark_status_decided(tx, row, observed.guarded_until)
    ids = {"business_id": row.business_id, "customer_id": row.customer_id, "contact_id": row.contact_id}
    for event in events:
        if isinstance(event, ContactUnreachable):
            log.warning("contact.unreachable", **ids, email=observed.email, phone=observed.phone)


async def _observe(ctx: Context, tx: Transaction, row: StatusRow) -> Observed:
    addresses = list(known_indexes(row, ctx.addresses))
    phone = ctx.addresses.read(row.phone_cipher, row.place) if row.phone_cipher else None
    email_fault, phone_fault = address_faults(row, phone)
    budget = address_budget(ctx.settings, known_browser=False)
    wrong = [await wrong_codes.find_wrong_codes(tx, indexes[0], "") for indexes in addresses]
    return Observed(
        at=ctx.clock(),
        spent=any(not budget.has_room(LENGTHS[0], one) for one in wrong),
        guarded_until=await guard_links.find_guarded_until(tx, [index for one in addresses for index in one]),
        email=email_fault,
        phone=phone_fault,
    )
