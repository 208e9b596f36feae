"""What can be done to visits. The demo's visits come about by the same functions."""

from datetime import timedelta

from servicehub_events import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStarted,
    Cancellation,
    Completion,
    FormerWindow,
    Series,
    Service,
    Site,
    StaffAssigned,
    as_event,
)
from servicehub_events.catalogue.scalars import Id

from stand_in_servicehub.actions import fields
from stand_in_servicehub.actions.action import Action
from stand_in_servicehub.actions.fields import End, OfCustomer, OfVisit, Staff, Start
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import Unknown

USUAL_LENGTH = timedelta(hours=2)
COMING = ("scheduled", "en_route")


@Action("schedule", "Schedule a visit")
def schedule(
    desk: Desk,
    customer: OfCustomer,
    service: fields.Service,
    start: Start,
    end: End = None,
    staff_ids: Staff = (),
    site: fields.Place = None,
    instructions: fields.Instructions = None,
    series: Series | None = None,
    invoice_ids: tuple[Id, ...] = (),
    appointment_id: Id | None = None,
) -> AppointmentScheduled:
    """Agree a new visit; two hours unless end is given."""
    services = {known.name: known for known in desk.profile.services}
    sites = {place.label: Site(label=place.label, address=place.address) for place in customer.sites}
    if site and site not in sites:
        raise Unknown(f"{customer.display_name} has no site {site!r}; there are: {', '.join(sites)}.")
    return AppointmentScheduled(
        business_id=customer.business_id,
        appointment_id=appointment_id or desk.next_id(AppointmentScheduled, "v-"),
        customer_id=customer.customer_id,
        status="scheduled",
        service=services.get(service) or Service(name=service),
        window=desk.window(start, end, USUAL_LENGTH),
        staff=desk.staff(staff_ids),
        site=sites[site] if site else next(iter(sites.values()), None),
        series=series,
        instructions=instructions,
        invoice_ids=invoice_ids,
    )


@Action("reschedule", "Reschedule", when=("scheduled", "missed"))
def reschedule(desk: Desk, visit: OfVisit, start: Start, end: End = None) -> AppointmentRescheduled:
    """Move a visit that has not begun.

    A missed one is agreed anew.
    """
    former = FormerWindow(start=visit.window.start, end=visit.window.end, at=desk.now)
    window = desk.window(start, end, visit.window.end - visit.window.start)
    return as_event(AppointmentRescheduled, visit, status="scheduled", window=window, rescheduled_from=former)


@Action("staff", "Assign", when=COMING)
def assign_staff(desk: Desk, visit: OfVisit, staff_ids: Staff = ()) -> StaffAssigned:
    """Settle who comes; nobody if none is given."""
    return as_event(StaffAssigned, visit, staff=desk.staff(staff_ids))


@Action("en-route", "En route", when=("scheduled",), quick=True)
def set_off(desk: Desk, visit: OfVisit) -> AppointmentEnRoute:
    """The staff set off."""
    return as_event(AppointmentEnRoute, visit, status="en_route")


@Action("start", "Started", when=COMING, quick=True)
def begin(desk: Desk, visit: OfVisit) -> AppointmentStarted:
    """The work begins."""
    return as_event(AppointmentStarted, visit, status="started")


@Action("complete", "Complete", when=(*COMING, "started"), quick=True)
def complete(desk: Desk, visit: OfVisit, summary: fields.Summary = None) -> AppointmentCompleted:
    """The work is done now."""
    done = Completion(at=desk.now, summary=summary)
    return as_event(AppointmentCompleted, visit, status="completed", completed=done)


@Action("miss", "Missed", when=COMING)
def miss(desk: Desk, visit: OfVisit) -> AppointmentMissed:
    """Nobody came, or nobody was there."""
    return as_event(AppointmentMissed, visit, status="missed")


@Action("cancel", "Cancel the visit", when=COMING, grave=True)
def cancel(desk: Desk, visit: OfVisit, reason: fields.Reason = None) -> AppointmentCancelled:
    """Call a visit off."""
    cancellation = Cancellation(reason=reason, at=desk.now)
    return as_event(AppointmentCancelled, visit, status="cancelled", cancellation=cancellation)
