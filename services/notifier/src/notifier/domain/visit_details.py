"""Who comes to a visit, where it is, and what its customer is told to do. Pure."""

import msgspec
from servicehub_events import Appointment, Event


class VisitDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Texts that name people and places: they lie encrypted, apart from the facts of a visit."""

    staff: tuple[str, ...] = ()
    address: str = ""
    instructions: str = ""

    def __repr__(self) -> str:
        return "VisitDetails(…)"


def details_of(event: Event) -> VisitDetails | None:
    """Those of an event about a visit; None of any other, and of one that erases it."""
    if not isinstance(event, Appointment):
        return None
    return VisitDetails(
        staff=tuple(member.name for member in event.staff),
        address=event.site.address if event.site else "",
        instructions=event.instructions or "",
    )
