"""Writes the demo's visits."""

from servicehub_events import (
    Appointment,
    AppointmentStatus,
    Cancellation,
    Completion,
    FormerWindow,
    Series,
    Service,
    Site,
    StaffMember,
    Window,
)


def visit_of(
    business_id: str,
    number: int,
    customer_id: str,
    service: Service,
    window: Window,
    staff: tuple[StaffMember, ...],
    site: Site,
    *,
    status: AppointmentStatus = "scheduled",
    rescheduled_from: FormerWindow | None = None,
    series: Series | None = None,
    instructions: str | None = None,
    cancellation: Cancellation | None = None,
    completed: Completion | None = None,
    invoice: int | None = None,
) -> Appointment:
    """The visit `v-{number}`; its status follows from a completion or cancellation."""
    return Appointment(
        business_id=business_id,
        appointment_id=f"v-{number}",
        customer_id=customer_id,
        status="completed" if completed else "cancelled" if cancellation else status,
        service=service,
        window=window,
        rescheduled_from=rescheduled_from,
        staff=staff,
        site=site,
        series=series,
        instructions=instructions,
        cancellation=cancellation,
        completed=completed,
        invoice_ids=(f"inv-{invoice}",) if invoice else (),
    )
