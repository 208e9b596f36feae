"""What can be done to visits. The demo's visits come about by the same functions."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace
from servicehub_events import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentJob,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStarted,
    ArrivalWindow,
    AttachedFile,
    Cancellation,
    Completion,
    Confirmation,
    CustomerSite,
    FormerWindow,
    Series,
    Service,
    Site,
    StaffAssigned,
    WholeDays,
    as_event,
)
from servicehub_events.catalogue.appointment_parts import Minutes
from servicehub_events.catalogue.scalars import Id

from stand_in_servicehub.actions import fields
from stand_in_servicehub.actions.action import Action
from stand_in_servicehub.actions.fields import End, OfCustomer, OfVisit, Staff, Start
from stand_in_servicehub.actions.requests import answers_with_done
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import BadInput, Unknown


class VisitDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said of a visit beside time and place, with the fields of the contract."""

    arrival: ArrivalWindow | None = None
    whole_days: WholeDays | None = None
    duration_minutes: Minutes | None = None
    confirmation: Confirmation | None = None
    job: AppointmentJob | None = None
    purchase_order: str | None = None
    attachments: tuple[AttachedFile, ...] = ()


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
    details: VisitDetails | None = None,
) -> AppointmentScheduled:
    """Agree a new visit; two hours unless end is given."""
    details = details or VisitDetails()
    window = desk.window(start, end, USUAL_LENGTH)
    services = {known.name: known for known in desk.profile.services}
    sites = {place.label: _site(place) for place in customer.sites}
    if site and site not in sites:
        raise Unknown(f"{customer.display_name} has no site {site!r}; there are: {', '.join(sites)}.")
    return AppointmentScheduled(
        business_id=customer.business_id,
        appointment_id=appointment_id or desk.next_id(AppointmentScheduled, "v-"),
        customer_id=customer.customer_id,
        status="scheduled",
        service=services.get(service) or Service(name=service),
        window=replace(window, arrival=details.arrival, whole_days=details.whole_days),
        duration_minutes=details.duration_minutes,
        confirmation=details.confirmation,
        staff=desk.staff(staff_ids),
        site=sites[site] if site else next(iter(sites.values()), None),
        series=series,
        job=details.job,
        purchase_order=details.purchase_order,
        instructions=instructions,
        invoice_ids=invoice_ids,
        attachments=details.attachments,
    )


def _site(place: CustomerSite) -> Site:
    return Site(label=place.label, address=place.address, site_id=place.site_id)


@Action("confirm", "Confirm", when=("scheduled",))
def confirm(desk: Desk, visit: OfVisit) -> AppointmentScheduled:
    """The visit stands: it waited for a yes, or was put off."""
    if visit.confirmation is None:
        raise BadInput(f"{visit.appointment_id} is confirmed already.")
    return as_event(AppointmentScheduled, visit, confirmation=None)


@Action("reschedule", "Reschedule", when=("scheduled", "missed"))
def reschedule(desk: Desk, visit: OfVisit, start: Start, end: End = None) -> AppointmentRescheduled:
    """Move a visit that has not begun.

    A missed one is agreed anew.
    """
    old = visit.window
    former = FormerWindow(
        start=old.start, end=old.end, at=desk.now, arrival=old.arrival, whole_days=old.whole_days
    )
    return as_event(
        AppointmentRescheduled,
        visit,
        status="scheduled",
        window=desk.window(start, end, old.end - old.start),
        rescheduled_from=former,
        answers=answers_with_done(desk, visit, "move"),
    )


@Action("staff", "Assign", when=COMING)
def assign_staff(desk: Desk, visit: OfVisit, staff_ids: Staff = ()) -> StaffAssigned:
    """Settle who comes; nobody if none is given."""
    return as_event(StaffAssigned, visit, staff=desk.staff(staff_ids))


@Action("en-route", "En route", when=("scheduled",), quick=True)
def set_off(desk: Desk, visit: OfVisit, minutes: fields.OnTheWay = None) -> AppointmentEnRoute:
    """The staff set off."""
    expected = desk.now + timedelta(minutes=minutes) if minutes is not None else None
    return as_event(
        AppointmentEnRoute, visit, status="en_route", confirmation=None, estimated_arrival=expected
    )


@Action("start", "Started", when=COMING, quick=True)
def begin(desk: Desk, visit: OfVisit) -> AppointmentStarted:
    """The work begins."""
    return as_event(AppointmentStarted, visit, status="started", confirmation=None)


@Action("complete", "Complete", when=(*COMING, "started"), quick=True)
def complete(desk: Desk, visit: OfVisit, summary: fields.Summary = None) -> AppointmentCompleted:
    """The work is done now."""
    done = Completion(at=desk.now, summary=summary)
    return as_event(AppointmentCompleted, visit, status="completed", completed=done, confirmation=None)


@Action("miss", "Missed", when=COMING)
def miss(desk: Desk, visit: OfVisit) -> AppointmentMissed:
    """Nobody came, or nobody was there."""
    return as_event(AppointmentMissed, visit, status="missed", confirmation=None)


@Action("cancel", "Cancel the visit", when=COMING, grave=True)
def cancel(
    desk: Desk, visit: OfVisit, reason: fields.Reason = None, by: fields.CancelledBy = None
) -> AppointmentCancelled:
    """Call a visit off."""
    cancellation = Cancellation(reason=reason, at=desk.now, by=by)
    return as_event(
        AppointmentCancelled,
        visit,
        status="cancelled",
        cancellation=cancellation,
        confirmation=None,
        answers=answers_with_done(desk, visit, "cancel"),
    )
