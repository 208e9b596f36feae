"""What can be done to visits. The demo's visits come about by the same functions."""

from datetime import timedelta
from typing import Annotated

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

from stand_in_servicehub.actions.action import action
from stand_in_servicehub.actions.fields import Ask, End, OfCustomer, OfVisit, StaffIds, Start, Text
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import Unknown

USUAL_LENGTH = timedelta(hours=2)
COMING = ("scheduled", "en_route")


@action("schedule", "Schedule a visit")
def schedule(
    desk: Desk,
    customer: OfCustomer,
    service: Annotated[Text, Ask("What", "What is to be done, such as Window cleaning.")],
    start: Start,
    end: End = None,
    staff_ids: StaffIds = (),
    site: Annotated[Text | None, Ask("", "Label of the place; left out, the customer's first.")] = None,
    instructions: Annotated[Text | None, Ask("Instructions", "What the customer should know.")] = None,
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


@action("reschedule", "Reschedule", when=("scheduled", "missed"))
def reschedule(desk: Desk, visit: OfVisit, start: Start, end: End = None) -> AppointmentRescheduled:
    """Move a visit that has not begun.

    A missed one is agreed anew.
    """
    former = FormerWindow(start=visit.window.start, end=visit.window.end, at=desk.now)
    window = desk.window(start, end, visit.window.end - visit.window.start)
    return as_event(AppointmentRescheduled, visit, status="scheduled", window=window, rescheduled_from=former)


@action("staff", "Assign", when=COMING)
def assign_staff(desk: Desk, visit: OfVisit, staff_ids: StaffIds = ()) -> StaffAssigned:
    """Settle who comes; nobody if none is given."""
    return as_event(StaffAssigned, visit, staff=desk.staff(staff_ids))


@action("en-route", "En route", when=("scheduled",), quick=True)
def set_off(desk: Desk, visit: OfVisit) -> AppointmentEnRoute:
    """The staff set off."""
    return as_event(AppointmentEnRoute, visit, status="en_route")


@action("start", "Started", when=COMING, quick=True)
def begin(desk: Desk, visit: OfVisit) -> AppointmentStarted:
    """The work begins."""
    return as_event(AppointmentStarted, visit, status="started")


@action("complete", "Complete", when=(*COMING, "started"), quick=True)
def complete(
    desk: Desk, visit: OfVisit, summary: Annotated[Text | None, Ask("Summary", "What was done.")] = None
) -> AppointmentCompleted:
    """The work is done now."""
    done = Completion(at=desk.now, summary=summary)
    return as_event(AppointmentCompleted, visit, status="completed", completed=done)


@action("miss", "Missed", when=COMING)
def miss(desk: Desk, visit: OfVisit) -> AppointmentMissed:
    """Nobody came, or nobody was there."""
    return as_event(AppointmentMissed, visit, status="missed")


@action("cancel", "Cancel the visit", when=COMING, grave=True)
def cancel(
    desk: Desk, visit: OfVisit, reason: Annotated[Text | None, Ask("Reason", "Told to the customer.")] = None
) -> AppointmentCancelled:
    """Call a visit off."""
    cancellation = Cancellation(reason=reason, at=desk.now)
    return as_event(AppointmentCancelled, visit, status="cancelled", cancellation=cancellation)
