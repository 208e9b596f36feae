"""Ask the business for something, and take it back: an event, which ServiceHub reads and answers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database.locks import lock_named
from chassis.events_out import Origin, retry_on_conflict
from chassis.observability import Counter
from servicehub_events import CustomerRequest, RequestMade, RequestWithdrawn, as_event

from portal_read import visitor
from portal_read.context import Context
from portal_read.domain.requests import RequestProblem, limit_problem, says_the_same, twin_of
from portal_read.projection.change_notices import notify_customer

_made = Counter(__name__, "portal_requests_made_total", "requests that contacts sent to a business", "kind")
_refused = Counter(
    __name__, "portal_requests_refused_total", "requests that were not taken", "kind", "reason"
)
_withdrawn = Counter(
    __name__, "portal_requests_withdrawn_total", "requests that their contacts took back", "kind"
)
_COUNTED = timedelta(days=31)
"""As far back as one may still wait for an answer, and a day."""


@dataclass(frozen=True, slots=True)
class MakeRequest:
    """Send a request. `closed` are those that wait no more; `day_began` is when the business's day did."""

    request: RequestMade
    closed: Collection[str]
    day_began: datetime


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Take back a request of one's own."""

    business_id: str
    customer_id: str
    contact_id: str
    request_id: str


async def make_request(ctx: Context, command: MakeRequest) -> RequestProblem | None:
    """Publish the request, unless the same waits already; a problem when there are too many."""
    made = command.request
    async with ctx.tenant(made.business_id) as tx:
        await lock_named(tx, [f"requests/{made.business_id}/{made.customer_id}"])
        earlier = await visitor.list_requests(tx, made.customer_id, made.sent_at - _COUNTED)
        if twin_of(made, earlier, command.closed):
            return None
        newest = next((row for row in earlier if row.contact_id == made.contact_id), None)
        if newest:
            _, state = await ctx.events.latest(tx, _stream(newest.request_id), CustomerRequest)
            if state and says_the_same(made, state):
                return None
        if problem := limit_problem(earlier, command.closed, command.day_began):
            _refused.add(kind=made.kind, reason=problem.code)
            return problem
        await ctx.events.append(tx, _stream(made.request_id), 0, [made], _origin(made.contact_id))
        await visitor.add_request(tx, made)
        await notify_customer(tx, made.customer_id)
    _made.add(kind=made.kind)
    return None


async def withdraw_request(ctx: Context, command: WithdrawRequest) -> CustomerRequest | None:
    """Take it back; None when this contact has no such request. What is withdrawn already stays so."""

    async def once() -> CustomerRequest | None:
        async with ctx.tenant(command.business_id) as tx:
            key = command.request_id
            if not await visitor.lock_request(tx, key, command.customer_id, command.contact_id):
                return None
            version, state = await ctx.events.latest(tx, _stream(key), CustomerRequest)
            if state is None or state.status == "withdrawn":
                return state
            event = as_event(RequestWithdrawn, state, status="withdrawn")
            await ctx.events.append(tx, _stream(key), version, [event], _origin(command.contact_id))
            await visitor.mark_withdrawn(tx, key, version + 1)
            await notify_customer(tx, command.customer_id)
            _withdrawn.add(kind=event.kind)
            return event

    return await retry_on_conflict(once)


def _stream(request_id: str) -> str:
    return f"request/{request_id}"


def _origin(contact_id: str) -> Origin:
    return Origin(f"contact:{contact_id}")
