"""Plan what is to be said of visits and invoices as time passes, and anew when settings change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.identity import find_business
from msgspec.structs import replace

from notifier.context import Context
from notifier.domain.facts import SourceEvent, SourceKey
from notifier.domain.reminders import (
    PlannedReminder,
    PlannedReminders,
    Reminder,
    is_over,
    reminders_of,
    replanned,
)
from notifier.store import reminder_plans, reminders
from notifier.store.reminder_plans import Plan, ReminderSettings

_BUSINESSES, _SOURCES = 10, 100
_FROM_THE_START: Final = ("", "")


class _Plan(NamedTuple):
    """All that is to be said of a visit or an invoice, and since when."""

    key: SourceKey
    customer_id: str
    reminders: Sequence[Reminder]
    since: datetime


async def plan_reminders(ctx: Context, tx: Transaction, stored: Sequence[SourceEvent]) -> None:
    """Plan those of the visits and invoices whose facts were stored just now, in the order of their events.

    An event makes no reminder for a moment that had passed when it happened, so an import none of the past.
    """
    events = [event for event in stored if event.source.aggregate in ("appointment", "invoice")]
    if not events:
        return
    erased = {event.key for event in events if event.source.facts is None}
    await reminders.forget_reminders_of(tx, erased)
    events = [event for event in events if event.source.facts]
    ids, now = {event.envelope.business_id for event in events}, ctx.clock()
    await reminder_plans.lock_plans(tx, ids)
    businesses = await reminder_plans.list_settings(tx, ids)
    plans = [
        _plan_of(event, business, now)
        for event in events
        # of a business that is not known all is planned once its settings are there
        if event.key not in erased and (business := businesses.get(event.envelope.business_id))
    ]
    await _replace(tx, plans, now)


def _plan_of(event: SourceEvent, business: ReminderSettings, now: datetime) -> _Plan:
    envelope, source = event
    since = max(envelope.time, now) if envelope.quiet else envelope.time
    plan = reminders_of(source.facts, business.hours_before, business.zone)
    return _Plan(event.key, source.customer_id, plan, since)


async def plan_anew(ctx: Context) -> bool:
    """Plan some of what businesses with newer settings have; whether there may be more."""
    async with ctx.all_tenants() as tx:
        unplanned = await reminder_plans.list_unplanned(tx, _BUSINESSES)
    for business_id in unplanned:
        async with ctx.all_tenants() as all_tenants:
            await _plan_business(ctx, all_tenants.of(business_id))
    return bool(unplanned)


async def _plan_business(ctx: Context, tx: Transaction) -> None:
    plan = await reminder_plans.lock_plan(tx)
    version = await reminder_plans.find_business_version(tx)
    business = await find_business(tx, tx.business_id)
    if business is None:
        return
    wanted = (tuple(sorted(business.reminders.hours_before)), business.time_zone)
    planned_to = plan.planned_to if wanted == (plan.hours_before, plan.time_zone) else _FROM_THE_START
    plan = Plan(version=version, hours_before=wanted[0], time_zone=wanted[1], planned_to=planned_to)
    if planned_to is not None:
        plan = replace(plan, planned_to=await _plan_some(ctx, tx, plan, planned_to))
    await reminder_plans.put_plan(tx, plan)


async def _plan_some(
    ctx: Context, tx: Transaction, plan: Plan, after: tuple[str, str]
) -> tuple[str, str] | None:
    """Plan what comes next after these ids; up to where that was, None at the end."""
    sources, now = await reminder_plans.list_sources_after(tx, after, _SOURCES), ctx.clock()
    zone = ZoneInfo(plan.time_zone)
    today = now.astimezone(zone).date()
    plans: list[_Plan] = []
    for source in sources:
        facts = source.read()
        if not is_over(facts, today):
            key = (tx.business_id, source.aggregate, source.subject_id)
            plans.append(
                _Plan(key, source.customer_id, reminders_of(facts, plan.hours_before, zone), since=now)
            )
    await _replace(tx, plans, now)
    return (sources[-1].aggregate, sources[-1].subject_id) if len(sources) == _SOURCES else None


async def _replace(tx: Transaction, plans: Sequence[_Plan], now: datetime) -> None:
    """Let what is planned of each be this, one after the other."""
    if not plans:
        return
    before = await reminders.lock_planned(tx, {plan.key for plan in plans})
    after = dict[SourceKey, PlannedReminders]()
    for key, customer_id, plan, since in plans:
        planned = after.get(key, before.get(key, {}))
        after[key] = replanned(planned, plan, key, customer_id, since=since, now=now)
    gone: list[PlannedReminder] = []
    changed: list[PlannedReminder] = []
    for key, planned in after.items():
        was = before.get(key, {})
        gone += [known for own, known in was.items() if own not in planned]
        changed += [known for own, known in planned.items() if was.get(own) != known]
    await reminders.forget_reminders(tx, gone)
    await reminders.put_reminders(tx, changed)
