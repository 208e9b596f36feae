"""Operate autopay: what `portal billing autopay` does: list whose is on, show one, and switch it off."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.events_out import Origin, retry_on_conflict
from servicehub_events import Autopay, decode_event

from billing.context import Context
from billing.handlers.switch_autopay import Operator, stop
from billing.store import autopays, histories
from billing.store.histories import AutopayEvent, KnownAutopay


@dataclass(frozen=True, slots=True)
class SwitchOffByHand:
    """An operator switches a customer's autopay off: who, and why."""

    business_id: str
    customer_id: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class AutopayStep:
    """Something that happened to an autopay, and how it stood then."""

    event: AutopayEvent
    state: Autopay


@dataclass(frozen=True, slots=True)
class AutopayFile:
    """A customer's autopay as it is now, on or off, and its history, the oldest first."""

    state: Autopay
    steps: Sequence[AutopayStep]


async def list_autopays(ctx: Context, business: str, *, limit: int) -> Sequence[KnownAutopay]:
    """Those that are on, of one business or of all, those first that are looked at next."""
    async with ctx.all_tenants() as tx:
        return await histories.list_autopays(tx, business, limit=limit)


async def read_autopays(ctx: Context, id_: str, business: str) -> Sequence[AutopayFile]:
    """Those of a customer, of one with this contact, or with this invoice; several may have the id."""
    async with ctx.all_tenants() as tx:
        events = await histories.list_autopay_history(tx, id_, business)
    files: dict[tuple[str, str], list[AutopayStep]] = {}
    for event in events:
        state = decode_event(event.type, event.data.encode())
        if isinstance(state, Autopay):
            files.setdefault((state.business_id, state.customer_id), []).append(AutopayStep(event, state))
    return [AutopayFile(steps[-1].state, steps) for steps in files.values()]


async def switch_off_by_hand(ctx: Context, command: SwitchOffByHand) -> AutopayFile | None:
    """Charge nobody of the customer any more; None where it is not on. What has begun goes on."""

    async def once() -> bool:
        async with ctx.tenant(command.business_id) as tx:
            if await autopays.lock_autopay(tx, command.customer_id) is None:
                return False
            operator = Operator(command.by, command.why)
            origin = Origin(f"operator:{command.by}")
            await stop(ctx, tx, command.customer_id, "operator", origin, operator)
            return True

    if not await retry_on_conflict(once):
        return None
    (file,) = await read_autopays(ctx, command.customer_id, command.business_id)
    return file
