"""Plan what is to be said of visits and invoices as time passes, and anew when settings change."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.identity import find_business
from msgspec.structs import replace
from servicehub_events import Envelope

from notifier.context import Context
from notifier.domain.facts import Aggregate, AppointmentFacts, Facts, InvoiceFacts, NotificationSource
from notifier.domain.reminders import is_over, reminders_of
from notifier.store import reminder_plans, reminders
from notifier.store.reminder_plans import Plan

_BUSINESSES, _SOURCES = 10, 100
_FROM_THE_START: Final = ("", "")


async def plan_reminders(
    ctx: Context, tx: Transaction, envelope: Envelope, source: NotificationSource
) -> None:
    """Plan those of a visit or an invoice whose facts were stored just now.

    An event makes no reminder for a moment that had passed when it happened, so an import none of the past.
    """
    if source.facts is None:
        await reminders.forget_reminders(tx, source.aggregate, source.subject_id)
    if not isinstance(source.facts, AppointmentFacts | InvoiceFacts):
        return
    await reminder_plans.lock_plan(tx, alone=False)
    business, now = await find_business(tx, tx.business_id), ctx.clock()
    if business is None:
        return  # all of it is planned once its settings are there
    hours, zone = business.reminders.hours_before, ZoneInfo(business.time_zone)
    since = max(envelope.time, now) if envelope.quiet else envelope.time
    await _plan(
        tx, (source.aggregate, source.subject_id), source.customer_id, source.facts, hours, zone, since, now
    )


async def plan_anew(ctx: Context) -> bool:
    """Plan some of what businesses with newer settings have; whether there may be more."""
    async with ctx.all_tenants() as tx:
        unplanned = await reminder_plans.list_unplanned(tx, _BUSINESSES)
    for business_id in unplanned:
        async with ctx.all_tenants() as all_tenants:
            await _plan_business(ctx, all_tenants.of(business_id))
    return bool(unplanned)


async def _plan_business(ctx: Context, tx: Transaction) -> None:
    plan = await reminder_plans.lock_plan(tx, alone=True)
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
    sources, now, zone = (
        await reminder_plans.list_sources_after(tx, after, _SOURCES),
        ctx.clock(),
        plan.time_zone,
    )
    today = now.astimezone(ZoneInfo(zone)).date()
    for source in sources:
        facts = source.read()
        if not is_over(facts, today):
            subject: tuple[Aggregate, str] = (source.aggregate, source.subject_id)
            hours = plan.hours_before
            await _plan(tx, subject, source.customer_id, facts, hours, ZoneInfo(zone), since=now, now=now)
    return (sources[-1].aggregate, sources[-1].subject_id) if len(sources) == _SOURCES else None


async def _plan(
    tx: Transaction,
    subject: tuple[Aggregate, str],
    customer_id: str,
    facts: Facts,
    hours_before: Collection[int],
    zone: ZoneInfo,
    since: datetime,
    now: datetime,
) -> None:
    plan = reminders_of(facts, hours_before, zone)
    await reminders.replace_reminders(tx, subject, customer_id, plan, since=since, now=now)
