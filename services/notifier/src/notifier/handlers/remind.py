"""Say what is due because time has passed: a reminder of a visit, an invoice that is due soon or overdue.

A reminder becomes deliveries in the transaction that notes it as told, and their ids follow from it, contact
and channel. So whoever is killed in between, it is told once.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from chassis.database import Transaction, is_transient
from chassis.identity import find_business
from chassis.observability import traceparent
from msgspec.structs import replace
from servicehub_events import Business

from notifier import metrics
from notifier.context import Context
from notifier.domain.asking import still_asks
from notifier.domain.delivery import NotificationDelivery, message_id
from notifier.domain.facts import AppointmentFacts, Facts
from notifier.domain.notifications import next_look
from notifier.domain.quiet_hours import morning_after
from notifier.domain.recipients import (
    Addressee,
    ContactPreferences,
    NotifiedCustomer,
    decliners,
    language_of,
    reminded,
)
from notifier.domain.reminders import (
    DAY_BEFORE_HOURS,
    FIRST_AFTER_DAYS,
    SECOND_AFTER_DAYS,
    PlannedReminder,
    reminders_of,
    told_lately,
)
from notifier.handlers.plan_reminders import plan_anew
from notifier.store import deliveries, reminders
from notifier.store.contacts import find_customer, list_preferences
from notifier.store.invoice_standings import list_asked
from notifier.store.reminders import CustomerDue

log = structlog.get_logger(__name__)

_CUSTOMERS, _OF_ONE_BUSINESS = 50, 10
_AGAIN_IN: Final = timedelta(minutes=5)
_KEPT: Final = timedelta(days=30)  # longer than from a first to a second message about one invoice
_LONG_AGO: Final = date(1970, 1, 1)

Verdict = Literal["told", "unwanted", "superseded"]


class _Now(NamedTuple):
    """A customer at the moment of reminding it, and what it has of visits and invoices by their ids."""

    at: datetime
    business: Business
    customer: NotifiedCustomer
    facts: Mapping[str, Facts]
    asked: Mapping[str, int]


async def remind(ctx: Context) -> bool:
    """Settle some of what is due, and plan some of what is to be planned; whether there may be more.

    Any number of replicas may; each customer is one's alone.
    """
    planned = await plan_anew(ctx)
    async with ctx.all_tenants() as tx:
        due = await reminders.list_due_customers(tx, ctx.clock(), _CUSTOMERS, _OF_ONE_BUSINESS)
        forgotten = await reminders.forget_over(tx, ctx.clock() - _KEPT)
    settled = [await _try(ctx, customer) for customer in due]
    return planned or any(settled) or forgotten > 0


async def _try(ctx: Context, customer: CustomerDue) -> bool:
    """Remind one customer. One that trips us does not stop the others: it is tried again later."""
    try:
        async with ctx.all_tenants() as all_tenants:
            return await _remind(ctx, all_tenants.of(customer.business_id), customer.customer_id)
    except Exception as error:  # sorted here: what may pass is waited for by the loop
        if is_transient(error):
            raise
        log.error("reminders.interrupted", business_id=customer.business_id, exc_info=error)
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(customer.business_id)
        for reminder in await reminders.lock_due(tx, customer.customer_id, ctx.clock()):
            await reminders.mark_due(tx, reminder, ctx.clock() + _AGAIN_IN)
    return True


async def _remind(ctx: Context, tx: Transaction, customer_id: str) -> bool:
    if not await reminders.try_hold_customer(tx, customer_id):
        return False
    now = ctx.clock()
    due = [
        one for one in await reminders.lock_due(tx, customer_id, now) if not await _drop_late(tx, one, now)
    ]
    if not due:
        return True
    business = await find_business(tx, tx.business_id)
    customer = await find_customer(tx, customer_id, ctx.cipher)
    if business is None or customer is None:
        for reminder in due:
            await _wait(tx, reminder, now)
        return True
    left = {reminder.id: reminder for reminder in due}
    while left:
        first = left.pop(next(iter(left)))
        for told in await _settle(tx, first, list(left.values()), business, customer, now):
            left.pop(told.id, None)
    return True


async def _drop_late(tx: Transaction, reminder: PlannedReminder, now: datetime) -> bool:
    if now < reminder.expires_at:
        return False
    await _drop(tx, reminder, "old")
    return True


async def _drop(
    tx: Transaction, reminder: PlannedReminder, outcome: Literal["old", "unwanted", "superseded", "unknown"]
) -> None:
    await reminders.mark_dropped(tx, reminder)
    metrics.count_notification(reminder.kind, outcome)


async def _wait(tx: Transaction, reminder: PlannedReminder, now: datetime) -> None:
    """For a customer of whom nothing is known yet."""
    since = reminder.waits_since or now
    if due_at := next_look(since, now):
        await reminders.mark_due(tx, replace(reminder, waits_since=since), due_at)
        return
    await _drop(tx, reminder, "unknown")
    log.warning("reminders.dropped", business_id=tx.business_id, kind=reminder.kind, reason="unknown")


async def _settle(
    tx: Transaction,
    reminder: PlannedReminder,
    others: Sequence[PlannedReminder],
    business: Business,
    customer: NotifiedCustomer,
    now: datetime,
) -> Sequence[PlannedReminder]:
    """Tell one reminder, or let it wait for the morning, or drop it; which others it took along."""
    together = await _together(tx, reminder, business, now)
    known = await _known(tx, [reminder, *together], business, customer, now)
    verdict = await _judge(tx, reminder, others, known)
    if verdict != "told":
        await _drop(tx, reminder, verdict)
        return ()
    if morning := morning_after(now, _zone(reminder, known)):
        if morning < reminder.expires_at:
            await reminders.mark_due(tx, reminder, morning)
        else:
            await _drop(tx, reminder, "old")
        return ()
    more = [one for one in together if one.id != reminder.id]
    told = [reminder, *[one for one in more if await _judge(tx, one, others, known) == "told"]]
    await _tell(tx, reminder, told, known)
    return told


async def _together(
    tx: Transaction, reminder: PlannedReminder, business: Business, now: datetime
) -> Sequence[PlannedReminder]:
    """What one message tells with it: the visits, or due invoices, of one day; all that is overdue."""
    first = last = reminder.day
    if reminder.kind == "invoice_overdue":
        yesterday = now.astimezone(ZoneInfo(business.time_zone)).date() - timedelta(days=1)
        first, last = _LONG_AGO, min(yesterday, reminder.day + timedelta(days=FIRST_AFTER_DAYS))
    return await reminders.lock_together(tx, reminder, first, last)


async def _known(
    tx: Transaction,
    together: Sequence[PlannedReminder],
    business: Business,
    customer: NotifiedCustomer,
    now: datetime,
) -> _Now:
    lead, ids = together[0], [reminder.subject_id for reminder in together]
    facts = await reminders.list_facts(tx, lead.aggregate, ids)
    return _Now(now, business, customer, facts, await list_asked(tx, lead.customer_id, facts))


async def _judge(
    tx: Transaction, reminder: PlannedReminder, others: Sequence[PlannedReminder], known: _Now
) -> Verdict:
    """Whether it is to be said, by what is true now."""
    facts = known.facts.get(reminder.subject_id)
    if not (known.business.enabled and known.customer.portal_access) or not still_asks(
        reminder, facts, known.asked
    ):
        return "unwanted"
    if isinstance(facts, AppointmentFacts) and reminder.step not in known.business.reminders.hours_before:
        return "unwanted"
    if any(_overtakes(other, reminder) for other in others):
        return "superseded"
    if isinstance(facts, AppointmentFacts) and await _was_told_the_day_before(tx, reminder, facts):
        return "superseded"
    if reminder.kind == "invoice_overdue" and reminder.step == SECOND_AFTER_DAYS:
        return await _second(tx, reminder, known)
    return "told"


def _overtakes(other: PlannedReminder, reminder: PlannedReminder) -> bool:
    """Whether a later one of the same thing is due too, as after an outage."""
    same = (other.subject_id, other.kind, other.occasion) == (
        reminder.subject_id,
        reminder.kind,
        reminder.occasion,
    )
    return same and other.due_at > reminder.due_at


async def _was_told_the_day_before(
    tx: Transaction, reminder: PlannedReminder, facts: AppointmentFacts
) -> bool:
    """Whether one for the day that quiet hours moved to the evening before repeats that of the day before."""
    if not reminder.on_the_day:
        return False
    zone = ZoneInfo(facts.time_zone)
    (planned,) = reminders_of(facts, [reminder.step], zone)
    if planned.due_at.astimezone(zone).date() >= reminder.day:
        return False
    return any(one.step >= DAY_BEFORE_HOURS for one in await reminders.list_told_before(tx, reminder))


async def _second(tx: Transaction, reminder: PlannedReminder, known: _Now) -> Verdict:
    """The second follows a first, and only where nothing was paid since."""
    told = [one for one in await reminders.list_told_before(tx, reminder) if one.step == FIRST_AFTER_DAYS]
    before = told[0].asked if told else None
    return "told" if before is not None and known.asked[reminder.subject_id] >= before else "unwanted"


def _zone(reminder: PlannedReminder, known: _Now) -> ZoneInfo:
    """Whose clock says when it is night."""
    facts = known.facts.get(reminder.subject_id)
    return ZoneInfo(facts.time_zone if isinstance(facts, AppointmentFacts) else known.business.time_zone)


async def _tell(
    tx: Transaction, reminder: PlannedReminder, told: Sequence[PlannedReminder], known: _Now
) -> None:
    """One message to each contact who was not just told the same of all of it."""
    contacts = known.customer.contacts
    preferences = await list_preferences(tx, contacts)
    kinds, lately = told_lately(reminder)
    ids = [one.subject_id for one in told]
    informed = await reminders.list_told_lately(tx, reminder, ids, kinds, known.at - lately)
    ways = [
        way
        for way in reminded(reminder.kind, contacts, preferences, on_the_day=reminder.on_the_day)
        if not all(way.contact.contact_id in informed.get(id_, ()) for id_ in ids)
    ]
    expires_at = min(one.expires_at for one in told)
    made = [_delivery(reminder, way, known, preferences, expires_at) for way in ways]
    await deliveries.add_notifications(tx, made)
    declined = [
        _delivery(reminder, way, known, preferences, expires_at)
        for way in decliners(reminder.kind, contacts, preferences, None)
        if way.contact.contact_id not in {one.contact_id for one in made}
    ]
    await deliveries.add_declined(tx, declined, known.at)
    for one in told:
        if made:
            await reminders.mark_told(tx, one, str(reminder.id), known.asked.get(one.subject_id))
            metrics.count_notification(one.kind, "addressed")
        else:
            await _drop(tx, one, "unwanted")


def _delivery(
    reminder: PlannedReminder,
    way: Addressee,
    known: _Now,
    preferences: Mapping[str, ContactPreferences],
    expires_at: datetime,
) -> NotificationDelivery:
    contact, channel = way
    cause = str(reminder.id)
    return NotificationDelivery(
        business_id=reminder.business_id,
        message_id=message_id(
            caused_by=cause, recipient=contact.contact_id, kind=reminder.kind, channel=channel
        ),
        kind=reminder.kind,
        channel=channel,
        locale=language_of(known.business, contact, preferences),
        caused_by=cause,
        customer_id=reminder.customer_id,
        contact_id=contact.contact_id,
        aggregate=reminder.aggregate,
        subject_id=reminder.subject_id,
        subject_version=0,
        expires_at=expires_at,
        requested_at=known.at,
        traceparent=traceparent(),
    )
