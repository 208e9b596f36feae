"""Commands about visits."""

from typing import Annotated

import typer

from stand_in_servicehub.send.client import Appointment, Business, Customer, post

Start = Annotated[str, typer.Option(help="ISO 8601, such as 2026-11-24T10:00; local to the business.")]
End = Annotated[str | None, typer.Option(help="As start; left out, the length stays.")]
Staff = Annotated[
    list[str] | None, typer.Option(help="Id of a staff member, such as s-1; repeat for several.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command in {
        "schedule": schedule,
        "reschedule": reschedule,
        "staff": staff,
        "en-route": en_route,
        "start": start,
        "complete": complete,
        "miss": miss,
        "cancel": cancel,
    }.items():
        app.command(name)(command)


def schedule(
    business: Business,
    customer: Customer,
    service: Annotated[str, typer.Option(help="What is to be done.")],
    start: Start,
    end: End = None,
    staff: Staff = None,
) -> None:
    """Agree a new visit; two hours unless end is given."""
    post(
        business,
        "schedule",
        customer_id=customer,
        service=service,
        start=start,
        end=end,
        staff_ids=staff or [],
    )


def reschedule(business: Business, appointment: Appointment, start: Start, end: End = None) -> None:
    """Move a visit."""
    post(business, "reschedule", appointment_id=appointment, start=start, end=end)


def staff(business: Business, appointment: Appointment, staff: Staff = None) -> None:
    """Settle who comes; nobody if none is given."""
    post(business, "staff", appointment_id=appointment, staff_ids=staff or [])


def en_route(business: Business, appointment: Appointment) -> None:
    """The staff set off."""
    post(business, "en-route", appointment_id=appointment)


def start(business: Business, appointment: Appointment) -> None:
    """The work begins."""
    post(business, "start", appointment_id=appointment)


def complete(
    business: Business,
    appointment: Appointment,
    summary: Annotated[str | None, typer.Option(help="What was done.")] = None,
) -> None:
    """The work is done."""
    post(business, "complete", appointment_id=appointment, summary=summary)


def miss(business: Business, appointment: Appointment) -> None:
    """Nobody came, or nobody was there."""
    post(business, "miss", appointment_id=appointment)


def cancel(
    business: Business,
    appointment: Appointment,
    reason: Annotated[str | None, typer.Option(help="Told to the customer.")] = None,
) -> None:
    """Call a visit off."""
    post(business, "cancel", appointment_id=appointment, reason=reason)
