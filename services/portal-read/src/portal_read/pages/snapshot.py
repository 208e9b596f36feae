"""What a contact last saw of visits and invoices: small, and kept to say what changed since. Pure."""

from collections.abc import Mapping, Sequence

import msgspec
from servicehub_events import Appointment, Invoice, Window


class SeenVisit(msgspec.Struct, frozen=True, array_like=True):
    """When a visit was to be, who was to come, and whether it was called off."""

    window: Window
    staff: tuple[str, ...]
    cancelled: bool


class Snapshot(msgspec.Struct, frozen=True):
    """Visits ahead by id, and the totals of open invoices by id."""

    visits: Mapping[str, SeenVisit]
    invoices: Mapping[str, int]


def snapshot_of(visits: Sequence[Appointment], invoices: Sequence[Invoice]) -> Snapshot:
    """All of it, as seen."""
    return Snapshot(
        {visit.appointment_id: _seen(visit) for visit in visits},
        {invoice.invoice_id: invoice.total for invoice in invoices},
    )


def lacks_visits(snapshot: Snapshot | None, visits: Sequence[Appointment]) -> bool:
    """Whether a visit stands that the contact is not known to have seen: a change of it could not be told."""
    return snapshot is None or any(visit.appointment_id not in snapshot.visits for visit in _standing(visits))


def with_new_visits(
    snapshot: Snapshot | None, visits: Sequence[Appointment], invoices: Sequence[Invoice]
) -> Snapshot:
    """What was seen before, of what is still there, and visits that are new. Changes stay to be told."""
    now = snapshot_of(_standing(visits), invoices)
    if snapshot is None:
        return now
    kept = {key: seen for key, seen in snapshot.visits.items() if key in {v.appointment_id for v in visits}}
    totals = {key: total for key, total in snapshot.invoices.items() if key in now.invoices}
    return Snapshot({**now.visits, **kept}, totals)


def _standing(visits: Sequence[Appointment]) -> list[Appointment]:
    return [visit for visit in visits if visit.status != "cancelled"]


def _seen(visit: Appointment) -> SeenVisit:
    names = tuple(person.name for person in visit.staff)
    return SeenVisit(visit.window, names, visit.status == "cancelled")
