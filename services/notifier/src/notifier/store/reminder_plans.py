"""What each business's reminders were planned by.

Who plans a visit or an invoice holds the business's plan shared; who plans a whole business anew holds it
alone, so that neither works with settings that the other no longer has.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from chassis.database import Transaction

from notifier.domain.facts import FACTS, Aggregate, Facts

_LOCK_PLAN: Final = (
    "SELECT version, hours_before, time_zone, planned_to FROM reminder_plans"
    " WHERE business_id = :business_id FOR UPDATE"
)
_LOCK_PLANS: Final = (
    "SELECT business_id FROM reminder_plans WHERE business_id = ANY(:ids) ORDER BY business_id FOR SHARE"
)
_ADD_PLANS: Final = (
    "INSERT INTO reminder_plans (business_id, version, hours_before, time_zone)"
    " SELECT id, -1, '{}', '' FROM unnest(CAST(:ids AS text[])) AS id ORDER BY id ON CONFLICT DO NOTHING"
)
_LIST_SETTINGS: Final = (
    "SELECT business_id, state -> 'reminders' -> 'hours_before' AS hours_before,"
    " state ->> 'time_zone' AS time_zone FROM businesses WHERE business_id = ANY(:ids)"
)
_PUT_PLAN: Final = (
    "UPDATE reminder_plans SET version = :version, hours_before = :hours_before, time_zone = :time_zone,"
    " planned_to = :planned_to WHERE business_id = :business_id"
)
_FIND_VERSION: Final = "SELECT version FROM businesses WHERE business_id = :business_id"
_LIST_UNPLANNED: Final = (
    "SELECT b.business_id FROM businesses b LEFT JOIN reminder_plans p USING (business_id)"
    " WHERE p.business_id IS NULL OR p.version < b.version OR p.planned_to IS NOT NULL"
    " ORDER BY random() LIMIT :limit"
)
# An erasure that deletes these rows waits for who plans by them, and then deletes what was planned.
_LIST_AFTER: Final = (
    "SELECT aggregate, subject_id, customer_id, state AS facts FROM notification_sources"
    " WHERE business_id = :business_id AND aggregate IN ('appointment', 'invoice')"
    " AND (aggregate, subject_id) > (:aggregate, :subject_id) AND state IS NOT NULL"
    " ORDER BY aggregate, subject_id LIMIT :limit FOR KEY SHARE"
)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a business's reminders were planned by; `planned_to` is how far a new planning has come."""

    version: int
    hours_before: tuple[int, ...]
    time_zone: str
    planned_to: tuple[str, str] | None = None


class ReminderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a business wants its customers to be reminded."""

    business_id: str
    hours_before: tuple[int, ...]
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        """Where it is."""
        return ZoneInfo(self.time_zone)


class _Planned(msgspec.Struct, frozen=True):
    business_id: str


class PlannedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A visit or an invoice, of which reminders are planned."""

    aggregate: Aggregate
    subject_id: str
    customer_id: str
    facts: dict[str, object]

    def read(self) -> Facts:
        """Its facts."""
        return msgspec.convert(self.facts, FACTS[self.aggregate])


async def lock_plan(tx: Transaction) -> Plan:
    """What the business's reminders are planned by, held alone until this transaction ends."""
    plan = await tx.one(_LOCK_PLAN, Plan)
    while plan is None:
        await tx.run(_ADD_PLANS, ids=[tx.business_id])
        plan = await tx.one(_LOCK_PLAN, Plan)
    return plan


async def lock_plans(tx: Transaction, businesses: Collection[str]) -> None:
    """Hold what the reminders of businesses are planned by, shared, until this transaction ends."""
    ids = sorted(businesses)
    while len(await tx.all(_LOCK_PLANS, _Planned, ids=ids)) < len(ids):
        await tx.run(_ADD_PLANS, ids=ids)


async def list_settings(tx: Transaction, businesses: Collection[str]) -> Mapping[str, ReminderSettings]:
    """How those of the businesses that are known want their customers to be reminded."""
    rows = await tx.all(_LIST_SETTINGS, ReminderSettings, ids=sorted(businesses))
    return {row.business_id: row for row in rows}


async def put_plan(tx: Transaction, plan: Plan) -> None:
    """Store it."""
    await tx.run(_PUT_PLAN, **{**msgspec.structs.asdict(plan), "hours_before": list(plan.hours_before)})


async def list_unplanned(tx: Transaction, limit: int) -> Sequence[str]:
    """Businesses whose settings are newer than what their reminders are planned by."""
    rows = await tx.all(_LIST_UNPLANNED, dict[str, str], limit=limit)
    return [row["business_id"] for row in rows]


async def find_business_version(tx: Transaction) -> int:
    """The version of the business's settings."""
    return await tx.value(_FIND_VERSION, int) or 0


async def list_sources_after(tx: Transaction, after: tuple[str, str], limit: int) -> Sequence[PlannedSource]:
    """The business's next visits and invoices in the order of their ids; nobody erases them meanwhile."""
    aggregate, subject_id = after
    return await tx.all(_LIST_AFTER, PlannedSource, aggregate=aggregate, subject_id=subject_id, limit=limit)
