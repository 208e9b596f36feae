"""Appointment: one visit to a customer. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event, Value
from servicehub_events.catalogue.scalars import Id, Time, TimeZone, Url

AppointmentStatus = Literal["scheduled", "en_route", "started", "completed", "missed", "cancelled"]


class Service(Value, frozen=True, kw_only=True):
    """What is to be done."""

    name: str
    description: str | None = None
    items: tuple[str, ...] = ()


class Window(Value, frozen=True, kw_only=True):
    """When the visit takes place; shown in `time_zone`, the zone of the site."""

    start: Time
    end: Time
    time_zone: TimeZone


class FormerWindow(Value, frozen=True, kw_only=True):
    """The window before the last move, and when (`at`) it was moved."""

    start: Time
    end: Time
    at: Time


class StaffMember(Value, frozen=True, kw_only=True):
    """Who comes. A photo is shown only from an image origin the installation names."""

    staff_id: Id
    name: str
    role: str | None = None
    photo_url: Url | None = None


class Site(Value, frozen=True, kw_only=True):
    """Where the visit takes place."""

    label: str
    address: str


class Series(Value, frozen=True, kw_only=True):
    """The repeating series that the visit belongs to; `rule` is an RFC 5545 RRULE value."""

    id: Id
    rule: str


class Cancellation(Value, frozen=True, kw_only=True):
    """When and why the visit was called off."""

    reason: str | None = None
    at: Time


class Completion(Value, frozen=True, kw_only=True):
    """When the work was finished and what was done."""

    at: Time
    summary: str | None = None


class Appointment(Event, frozen=True, kw_only=True):
    """A visit's full state. `instructions` are for the customer."""

    appointment_id: Id
    customer_id: Id
    status: AppointmentStatus
    service: Service
    window: Window
    rescheduled_from: FormerWindow | None = None
    staff: tuple[StaffMember, ...]
    site: Site | None = None
    series: Series | None = None
    instructions: str | None = None
    cancellation: Cancellation | None = None
    completed: Completion | None = None
    invoice_ids: tuple[Id, ...] = ()

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

    def violations(self) -> tuple[str, ...]:
        return tuple(self._violations())


class AppointmentScheduled(Appointment, frozen=True, kw_only=True):
    """A visit was agreed."""


class AppointmentRescheduled(Appointment, frozen=True, kw_only=True):
    """The visit was moved; `rescheduled_from` says from when."""


class StaffAssigned(Appointment, frozen=True, kw_only=True):
    """It was settled or changed who comes."""


class AppointmentEnRoute(Appointment, frozen=True, kw_only=True):
    """The staff are on their way."""


class AppointmentStarted(Appointment, frozen=True, kw_only=True):
    """The work began."""


class AppointmentCompleted(Appointment, frozen=True, kw_only=True):
    """The work is done."""


class AppointmentMissed(Appointment, frozen=True, kw_only=True):
    """The visit did not take place at the agreed time."""


class AppointmentCancelled(Appointment, frozen=True, kw_only=True):
    """The visit was called off."""


class AppointmentErased(Erased, frozen=True, kw_only=True):
    """The visit was erased together with its customer."""

    appointment_id: Id
    customer_id: Id
