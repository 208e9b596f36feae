"""Erase requests of customers, and about visits, that ServiceHub erased: ids are all that is left."""

from dataclasses import dataclass

from chassis.events_out import Origin
from servicehub_events import CustomerRequest, RequestErased

from portal_read import visitor
from portal_read.context import Context

_ORIGIN = Origin("worker:requests")


@dataclass(frozen=True, slots=True)
class EraseRequests:
    """Look once, at the projection that is shown."""


async def erase_requests(ctx: Context, _command: EraseRequests) -> bool:
    """Delete what was typed, and publish that it is erased; whether there may be more."""
    schema = await ctx.read_model.refresh()
    async with ctx.all_tenants() as everything:
        erased = await visitor.lock_erased_requests(everything, schema)
        for row in erased:
            tx, stream = everything.of(row.business_id), f"request/{row.request_id}"
            version, _ = await ctx.events.latest(tx, stream, CustomerRequest)
            event = RequestErased(
                business_id=row.business_id, request_id=row.request_id, customer_id=row.customer_id
            )
            await ctx.events.append(tx, stream, version, [event], _ORIGIN)
            await visitor.forget_request(tx, row.request_id, version)
    return bool(erased)
