"""What operators do at sign-in: look what happened, forget wrong codes, list and end sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.events_out import Origin
from servicehub_events import Session

from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.sessions import LiveSession, stream_of
from auth_otp.handlers.sign_out import end_session
from auth_otp.store import sessions, sign_in_log, wrong_codes
from auth_otp.store.sign_in_log import SignInEntry

_BY_HAND: Final = Origin("operator")


@dataclass(frozen=True, slots=True)
class ListEntries:
    """What happened at a business within a time, to one address or to all, the newest first."""

    business_id: str
    address: Address | None
    within: timedelta
    limit: int


@dataclass(frozen=True, slots=True)
class Unlock:
    """Forget the wrong codes that were typed for an address."""

    business_id: str
    address: Address


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """The sessions of a customer's contacts."""

    business_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """A live session, and the device as it was called when it began."""

    live: LiveSession
    session: Session | None


async def list_entries(ctx: Context, command: ListEntries) -> list[SignInEntry]:
    """The entries of the sign-in log."""
    business_id, address = command.business_id, command.address
    indexes = ctx.addresses.accepted(business_id, address) if address else None
    async with ctx.all_tenants() as tx:
        since = ctx.clock() - command.within
        return await sign_in_log.list_entries(tx.of(business_id), indexes, since, command.limit)


async def unlock(ctx: Context, command: Unlock) -> int:
    """Forget them, of strangers and of known browsers alike; how many there were."""
    indexes = ctx.addresses.accepted(command.business_id, command.address)
    async with ctx.all_tenants() as tx:
        of = tx.of(command.business_id)
        count = await wrong_codes.forget_wrong_of_address(of, indexes)
        await sign_in_log.add_entry(of, "unlocked", indexes[0], str(count))
    return count


async def list_sessions(ctx: Context, command: OfCustomer) -> Sequence[DeviceSession]:
    """The live ones."""
    async with ctx.all_tenants() as tx:
        of = tx.of(command.business_id)
        live = await sessions.lock_live_sessions_of_customers(of, [command.customer_id])
        states = [await ctx.events.latest(of, stream_of(one.session_id), Session) for one in live]
    return [DeviceSession(one, state) for one, (_, state) in zip(live, states, strict=True)]


async def end_sessions(ctx: Context, command: OfCustomer, only: str = "") -> list[str]:
    """End one of them, or all: everywhere within two seconds. The ids of those that ended."""
    async with ctx.all_tenants() as tx:
        of = tx.of(command.business_id)
        live = await sessions.lock_live_sessions_of_customers(of, [command.customer_id])
        ending = [one for one in live if only in ("", one.session_id)]
        for one in ending:
            await end_session(ctx, of, one, "signed_out", _BY_HAND)
    return [one.session_id for one in ending]
