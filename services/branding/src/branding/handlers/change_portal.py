"""Change a portal: its branding, its logo, or whether it is on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from servicehub_events import Business

from branding import store
from branding.context import Context
from branding.domain.portal import Command, decide, is_done, published_files, stream_of
from branding.domain.preconditions import Precondition, tag_of
from branding.errors import PreconditionFailed, UnknownBusiness

_STALE: Final = (
    "If-Match or If-None-Match does not hold for the portal as it is. GET it, and send the change again with"
    " its ETag as it is answered there, double quotes included; a weak one (W/…) never matches."
)


@dataclass(frozen=True, slots=True)
class ChangePortal:
    """A command, the integration that sends it, and the state for which it is meant."""

    command: Command
    integration: str
    precondition: Precondition


async def change_portal(ctx: Context, change: ChangePortal) -> Business:
    """Carry out a change; the state it leads to.

    One that is done already is no failure, though its precondition holds no more (RFC 9110, 13.1.1).
    Raises `UnknownBusiness`, `SlugTaken`, `DomainTaken`, `PreconditionFailed` or `Conflict`.
    """
    command, origin = change.command, Origin(actor=f"integration:{change.integration}")

    async def once() -> Business:
        async with ctx.tenant(command.business_id) as tx:
            stream = stream_of(command.business_id)
            version, state = await ctx.events.latest(tx, stream, Business)
            if not _is_meant(change, state):
                raise PreconditionFailed(_STALE)
            events = decide(command, state)
            for event in events:
                await store.add_slug(tx, event.slug)
                await _look_for(tx, event, ctx.clock())
            for file in published_files(command) if events else ():
                await store.add_file(tx, file)
            state = await ctx.events.append(tx, stream, version, events, origin) or state
        if state is None:
            raise UnknownBusiness
        return state

    return await retry_on_conflict(once)


async def _look_for(tx: Transaction, event: Business, now: datetime) -> None:
    """What the worker looks for from now on, as the state says."""
    if event.domain and event.domain_check:
        await store.ask_for_domain(tx, event.domain, event.domain_check.value, now)
    else:
        await store.leave_domain(tx)


def _is_meant(change: ChangePortal, state: Business | None) -> bool:
    present = tag_of(msgspec.json.encode(state)) if state else None
    return change.precondition.allows_change(present) or is_done(change.command, state)
