"""Appointment: one visit to a customer. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event, Value
from servicehub_events.catalogue.scalars import AtMost, Id, LongText, ShortText, Time, TimeZone, Url

AppointmentStatus = Literal["scheduled", "en_route", "started", "completed", "missed", "cancelled"]


class Service(Value, frozen=True, kw_only=True):
    """What is to be done."""

    name: ShortText
    """What the work is called."""
    description: LongText | None = None
    """What it comprises."""
    items: Annotated[tuple[ShortText, ...], AtMost(100, "the points of a list")] = ()
    """Its parts, each shown as a point of a list."""


class Window(Value, frozen=True, kw_only=True):
    """When the visit takes place; shown in `time_zone`, the zone of the site."""

    start: Time
    """The earliest arrival."""
    end: Time
    """When it is over at the latest."""
    time_zone: TimeZone
    """The zone of the site, in which the times are shown."""


class FormerWindow(Value, frozen=True, kw_only=True):
    """The window before the last move, and when (`at`) it was moved."""

    start: Time
    """Its start before the move."""
    end: Time
    """Its end before the move."""
    at: Time
    """When it was moved."""


class StaffMember(Value, frozen=True, kw_only=True):
    """Who comes. A photo is shown only from an image origin the installation names."""

    staff_id: Id
    """The member of staff."""
    name: ShortText
    """The name that the customer sees."""
    role: ShortText | None = None
    """What they do: `Team lead`."""
    photo_url: Url | None = None
    """A picture; initials are shown without one."""


class Site(Value, frozen=True, kw_only=True):
    """Where the visit takes place."""

    label: ShortText
    """What people call the place."""
    address: LongText
    """Where it is."""


class Series(Value, frozen=True, kw_only=True):
    """The repeating series that the visit belongs to; `rule` is an RFC 5545 RRULE value."""

    id: Id
    """The series."""
    rule: LongText
    """How it repeats: an RRULE value of RFC 5545."""


class Cancellation(Value, frozen=True, kw_only=True):
    """When and why the visit was called off."""

    reason: LongText | None = None
    """Why, in words for the customer."""
    at: Time
    """When it was called off."""


class Completion(Value, frozen=True, kw_only=True):
    """When the work was finished and what was done."""

    at: Time
    """When the work was finished."""
    summary: LongText | None = None
    """What was done, in words for the customer."""


class Appointment(Event, frozen=True, kw_only=True):
    """A visit's full state. `instructions` are for the customer."""

    appointment_id: Id
    """The visit: the second part of the record key."""
    customer_id: Id
    """Whom it is for."""
    status: AppointmentStatus
    """Where the visit stands."""
    service: Service
    """What is to be done."""
    window: Window
    """When it takes place."""
    rescheduled_from: FormerWindow | None = None
    """The window before the last move; absent if it never moved."""
    staff: Annotated[tuple[StaffMember, ...], AtMost(50, "who can come to one place")]
    """Who comes; empty until that is settled."""
    site: Site | None = None
    """Where it takes place."""
    series: Series | None = None
    """The repeating series that it belongs to."""
    instructions: LongText | None = None
    """What the customer should do or know."""
    cancellation: Cancellation | None = None
    """Only when cancelled."""
    completed: Completion | None = None
    """Only when completed."""
    invoice_ids: Annotated[tuple[Id, ...], AtMost(200, "a page links to each")] = ()
    """The invoices for it."""

    def _violations(self) -> Iterator[str]:
        yield from rules.after("window.end", self.window.end, "window.start", self.window.start)
        yield from rules.zone("window.time_zone", self.window.time_zone)
        if former := self.rescheduled_from:
            yield from rules.after("rescheduled_from.end", former.end, "rescheduled_from.start", former.start)
        yield from rules.unique("staff[].staff_id", (member.staff_id for member in self.staff))
        if self.cancellation and self.status != "cancelled":
            yield f"cancellation is given, but status is {self.status}"
        if self.completed and self.status != "completed":
            yield f"completed is given, but status is {self.status}"


class AppointmentScheduled(Appointment, frozen=True, kw_only=True):
    """A visit was agreed."""

    carries: ClassVar = {"status": ("scheduled",)}


class AppointmentRescheduled(Appointment, frozen=True, kw_only=True):
    """The visit was moved; `rescheduled_from` says from when."""

    carries: ClassVar = {"status": ("scheduled",)}
    needs: ClassVar = ("rescheduled_from",)


class StaffAssigned(Appointment, frozen=True, kw_only=True):
    """It was settled or changed who comes."""

    carries: ClassVar = {"status": ("scheduled", "en_route", "started")}


class AppointmentEnRoute(Appointment, frozen=True, kw_only=True):
    """The staff are on their way."""

    carries: ClassVar = {"status": ("en_route",)}


class AppointmentStarted(Appointment, frozen=True, kw_only=True):
    """The work began."""

    carries: ClassVar = {"status": ("started",)}


class AppointmentCompleted(Appointment, frozen=True, kw_only=True):
    """The work is done."""

    carries: ClassVar = {"status": ("completed",)}


class AppointmentMissed(Appointment, frozen=True, kw_only=True):
    """The visit did not take place at the agreed time."""

    carries: ClassVar = {"status": ("missed",)}


class AppointmentCancelled(Appointment, frozen=True, kw_only=True):
    """The visit was called off."""

    carries: ClassVar = {"status": ("cancelled",)}


class AppointmentErased(Erased, frozen=True, kw_only=True):
    """The visit was erased together with its customer."""

    appointment_id: Id
    """The visit that was erased."""
    customer_id: Id
    """Whose visit it was."""
