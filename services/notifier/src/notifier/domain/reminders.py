"""When customers are reminded of a visit and asked for what is due, and until when. Pure.

A reminder follows from the visit or the invoice alone, so that planning it again gives the same. No moment
lies in quiet hours, by the clock of the visit's site or of the business.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from notifier.domain.facts import Aggregate, AppointmentFacts, Facts, InvoiceFacts, SourceKey
from notifier.domain.kinds import MessageKind, ReminderKind
from notifier.domain.quiet_hours import QUIET_TO, is_quiet

DAY_BEFORE_HOURS: Final = 12
"""From so many hours before the visit on, a reminder is one of the day before; below, one of the day."""
FIRST_AFTER_DAYS, SECOND_AFTER_DAYS = 3, 14
"""When an unpaid invoice is asked for after its due day: twice, and never a third time."""
_DUE_SOON_DAYS: Final = 3
_REMINDERS: Final = UUID("0b0e4a3e-6a3b-4c5e-9d3f-2b6f0f1a7c44")  # the namespace of ids of reminders
_ONE_DAY: Final = timedelta(days=1)
_BEFORE_QUIET: Final = time(20, 59)
_EVENING: Final = time(20)
_DUE_SOON_AT, _OVERDUE_AT = time(9), time(10)
_ASKED_FOR: Final = timedelta(days=3)


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a visit or an invoice at `due_at`, and not after `expires_at`.

    `step` is a visit's hours before, or an invoice's days after its due day, negative before it. `occasion`
    is the start of the visit or the due day, as text: of one that moves there are new reminders. `day` is its
    day in the zone of its site, or the due day.
    """

    kind: ReminderKind
    step: int
    occasion: str
    day: date
    due_at: datetime
    expires_at: datetime

    @property
    def key(self) -> "ReminderKey":
        """Its key among those of its visit or invoice."""
        return self.kind, self.step, self.occasion

    @property
    def on_the_day(self) -> bool:
        """Whether it is one for the day of the visit, which is read away from a desk."""
        return self.kind == "visit_reminder" and self.step < DAY_BEFORE_HOURS


class PlannedReminder(Reminder, frozen=True, kw_only=True):
    """A reminder as its row has it, of a customer's visit or invoice.

    `asked` is what was still to pay when it was told, in minor units. `waits_since` is since when its
    customer is not known. Without an `outcome` it is still to be told.
    """

    business_id: str
    aggregate: Aggregate
    subject_id: str
    customer_id: str
    asked: int | None = None
    waits_since: datetime | None = None
    outcome: str | None = None

    @property
    def source_key(self) -> SourceKey:
        """The visit or invoice."""
        return self.business_id, self.aggregate, self.subject_id

    @property
    def id(self) -> UUID:
        """The same however often it is planned, so that nobody is told twice (RFC 9562, 5.5)."""
        parts = (self.business_id, self.aggregate, self.subject_id, self.kind, str(self.step), self.occasion)
        return uuid5(_REMINDERS, "/".join(parts))


def reminders_of(facts: Facts | None, hours_before: Collection[int], zone: ZoneInfo) -> Sequence[Reminder]:
    """All of a visit or an invoice, as it is now; `zone` is the business's."""
    match facts:
        case AppointmentFacts():
            return list(_of_visit(facts, hours_before))
        case InvoiceFacts():
            return list(_of_invoice(facts, zone))
        case _:
            return []


ReminderKey = tuple[ReminderKind, int, str]
"""Kind, step and occasion: each is there once of a visit or an invoice."""
PlannedReminders = Mapping[ReminderKey, PlannedReminder]
"""Those of one visit or invoice."""


def replanned(
    planned: PlannedReminders,
    plan: Sequence[Reminder],
    key: SourceKey,
    customer_id: str,
    *,
    since: datetime,
    now: datetime,
) -> PlannedReminders:
    """What is planned of a visit or an invoice once `plan` is all that is to be said of it.

    What is not in it goes unless it was told; what is there stays, at its new moment if that lies ahead; what
    was due up to `since` is not made up for.
    """
    wanted = {reminder.key: reminder for reminder in plan}
    kept = {own: known for own, known in planned.items() if known.outcome or own in wanted}
    for own, reminder in wanted.items():
        if reminder.due_at <= since or reminder.expires_at <= now:
            continue
        known = kept.get(own)
        if known is None:
            about = {"business_id": key[0], "aggregate": key[1], "subject_id": key[2]}
            moment = msgspec.structs.asdict(reminder)
            kept[own] = PlannedReminder(**about, **moment, customer_id=customer_id)
        elif not known.outcome and known.due_at != reminder.due_at and reminder.due_at > now:
            kept[own] = msgspec.structs.replace(
                known, day=reminder.day, due_at=reminder.due_at, expires_at=reminder.expires_at
            )
    return kept


def is_over(facts: Facts, today: date) -> bool:
    """Whether nothing can be left to remind of, on a day of the business."""
    match facts:
        case AppointmentFacts():
            return facts.end.date() + _ONE_DAY < today
        case InvoiceFacts():
            return facts.due_on + timedelta(days=SECOND_AFTER_DAYS) + _ASKED_FOR + _ONE_DAY < today
        case _:
            return True


def stands(facts: AppointmentFacts) -> bool:
    """Whether a visit is to come as it was booked: confirmed, and nobody on the way yet."""
    return facts.status == "scheduled" and facts.confirmation is None


def told_lately(reminder: Reminder) -> tuple[Sequence[MessageKind], timedelta]:
    """The messages that say the same, and how long a reminder is not sent after one of them."""
    if reminder.kind != "visit_reminder":
        return ("invoice_issued", "deposit_asked", "invoice_changed"), timedelta(days=4)
    return ("visit_confirmed", "visit_changed"), timedelta(hours=1 if reminder.on_the_day else 6)


def _of_visit(visit: AppointmentFacts, hours_before: Collection[int]) -> Iterator[Reminder]:
    zone = ZoneInfo(visit.time_zone)
    for hours in sorted(set(hours_before), reverse=True) if stands(visit) else ():
        on_the_day = hours < DAY_BEFORE_HOURS
        expires_at = visit.start.astimezone(UTC) - timedelta(minutes=30 if on_the_day else 180)
        due_at = _on_the_day(visit.start, hours, zone) if on_the_day else _earlier(visit.start, hours, zone)
        if due_at >= expires_at:
            due_at = _at(due_at.astimezone(zone).date() - _ONE_DAY, _BEFORE_QUIET, zone)
        if hours:  # at its start nobody needs a reminder
            yield Reminder(
                kind="visit_reminder",
                step=hours,
                occasion=visit.start.astimezone(UTC).isoformat(),
                day=visit.start.astimezone(zone).date(),
                due_at=due_at,
                expires_at=expires_at,
            )


def _before(start: datetime, hours: int, zone: ZoneInfo) -> datetime:
    """Whole days by the calendar, at the same time of day; the rest as time passes."""
    days, rest = divmod(hours, 24)
    local = start.astimezone(zone)
    moment = local if not days else _at(local.date() - days * _ONE_DAY, local.time(), zone)
    return moment.astimezone(UTC) - timedelta(hours=rest)


def _earlier(start: datetime, hours: int, zone: ZoneInfo) -> datetime:
    """On the same day outside of quiet hours: at 8:00, or one minute before 21:00."""
    moment = _before(start, hours, zone)
    local = moment.astimezone(zone)
    if not is_quiet(local.time()):
        return moment
    return _at(local.date(), QUIET_TO if local.time() < QUIET_TO else _BEFORE_QUIET, zone)


def _on_the_day(start: datetime, hours: int, zone: ZoneInfo) -> datetime:
    """Instead of in quiet hours at 20:00 of the evening before them."""
    moment = _before(start, hours, zone)
    local = moment.astimezone(zone)
    if not is_quiet(local.time()):
        return moment
    return _at(local.date() - (_ONE_DAY if local.time() < QUIET_TO else timedelta()), _EVENING, zone)


def _of_invoice(invoice: InvoiceFacts, zone: ZoneInfo) -> Iterator[Reminder]:
    if invoice.status != "open" or not invoice.amount_due:
        return
    due = invoice.due_on
    soon = _at(due - timedelta(days=_DUE_SOON_DAYS), _DUE_SOON_AT, zone)
    occasion, ends = due.isoformat(), _at(due + _ONE_DAY, time(), zone)
    yield Reminder(
        kind="invoice_due_soon",
        step=-_DUE_SOON_DAYS,
        occasion=occasion,
        day=due,
        due_at=soon,
        expires_at=ends,
    )
    for days in (FIRST_AFTER_DAYS, SECOND_AFTER_DAYS):
        due_at = _at(due + timedelta(days=days), _OVERDUE_AT, zone)
        yield Reminder(
            kind="invoice_overdue",
            step=days,
            occasion=occasion,
            day=due,
            due_at=due_at,
            expires_at=due_at + _ASKED_FOR,
        )


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A moment of a zone's clock: an hour later where spring skips it, the first where autumn repeats it."""
    return datetime.combine(day, clock, zone).astimezone(UTC)
