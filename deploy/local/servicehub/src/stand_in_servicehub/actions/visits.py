"""What happens to visits."""

from collections.abc import Collection
from datetime import datetime, timedelta

from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStarted,
    AppointmentStatus,
    Cancellation,
    Completion,
    FormerWindow,
    Service,
    Site,
    StaffAssigned,
    StaffMember,
    Window,
    as_event,
)

from stand_in_servicehub.actions.commands import (
    AssignStaff,
    Cancel,
    Complete,
    Reschedule,
    Schedule,
    VisitCommand,
)
from stand_in_servicehub.core import Core, Outcome
from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.profile import Profile

USUAL_LENGTH = timedelta(hours=2)
COMING: Collection[AppointmentStatus] = ("scheduled", "en_route")


async def schedule(core: Core, profile: Profile, command: Schedule) -> Outcome:
    """Agree a visit at the customer's first site."""
    customer = core.customer(profile.business_id, command.customer_id)
    site = next((Site(label=place.label, address=place.address) for place in customer.sites), None)
    visit = AppointmentScheduled(
        business_id=profile.business_id,
        appointment_id=core.next_id(profile.business_id, "appointment", "v-"),
        customer_id=customer.customer_id,
        status="scheduled",
        service=Service(name=command.service),
        window=_window(profile, command.start, command.end, USUAL_LENGTH),
        staff=_staff(profile, command.staff_ids),
        site=site,
        instructions=command.instructions,
    )
    return await core.publish(visit)


async def reschedule(core: Core, profile: Profile, command: Reschedule) -> Outcome:
    """Move a visit that has not begun; a missed one is agreed anew."""
    visit = _visit(core, profile, command, ("scheduled", "missed"))
    former = FormerWindow(start=visit.window.start, end=visit.window.end, at=core.clock())
    window = _window(profile, command.start, command.end, visit.window.end - visit.window.start)
    event = as_event(
        AppointmentRescheduled, visit, status="scheduled", window=window, rescheduled_from=former
    )
    return await core.publish(event)


async def assign_staff(core: Core, profile: Profile, command: AssignStaff) -> Outcome:
    """Settle who comes."""
    visit = _visit(core, profile, command, COMING)
    return await core.publish(as_event(StaffAssigned, visit, staff=_staff(profile, command.staff_ids)))


async def en_route(core: Core, profile: Profile, command: VisitCommand) -> Outcome:
    """The staff set off."""
    visit = _visit(core, profile, command, ("scheduled",))
    return await core.publish(as_event(AppointmentEnRoute, visit, status="en_route"))


async def start(core: Core, profile: Profile, command: VisitCommand) -> Outcome:
    """The work begins."""
    visit = _visit(core, profile, command, COMING)
    return await core.publish(as_event(AppointmentStarted, visit, status="started"))


async def complete(core: Core, profile: Profile, command: Complete) -> Outcome:
    """The work is done now."""
    visit = _visit(core, profile, command, (*COMING, "started"))
    done = Completion(at=core.clock(), summary=command.summary)
    return await core.publish(as_event(AppointmentCompleted, visit, status="completed", completed=done))


async def miss(core: Core, profile: Profile, command: VisitCommand) -> Outcome:
    """Nobody came, or nobody was there."""
    visit = _visit(core, profile, command, COMING)
    return await core.publish(as_event(AppointmentMissed, visit, status="missed"))


async def cancel(core: Core, profile: Profile, command: Cancel) -> Outcome:
    """Call the visit off."""
    visit = _visit(core, profile, command, COMING)
    cancellation = Cancellation(reason=command.reason, at=core.clock())
    event = as_event(AppointmentCancelled, visit, status="cancelled", cancellation=cancellation)
    return await core.publish(event)


def _visit(
    core: Core, profile: Profile, command: VisitCommand, allowed: Collection[AppointmentStatus]
) -> Appointment:
    visit = core.appointment(profile.business_id, command.appointment_id)
    if visit.status not in allowed:
        raise BadInput(
            f"{visit.appointment_id} is {visit.status}; this can be done to a visit that is"
            f" {' or '.join(allowed)}."
        )
    return visit


def _staff(profile: Profile, staff_ids: Collection[str]) -> tuple[StaffMember, ...]:
    known = {member.staff_id: member for member in profile.staff}
    if missing := [staff_id for staff_id in staff_ids if staff_id not in known]:
        raise BadInput(f"Nobody here is {', '.join(missing)}; choose from {', '.join(known)}.")
    return tuple(known[staff_id] for staff_id in staff_ids)


def _window(profile: Profile, start: str, end: str | None, length: timedelta) -> Window:
    begins = _moment(profile, "start", start)
    ends = _moment(profile, "end", end) if end else begins + length
    return Window(start=begins, end=ends, time_zone=profile.portal.time_zone)


def _moment(profile: Profile, field: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{field} {text!r} is not a time: write it like 2026-11-24T10:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=profile.zone)
