"""Appointment: one visit to a customer. Published by ServiceHub core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.appointment_parts import (
    AppointmentJob,
    ArrivalWindow,
    AttachedFile,
    Confirmation,
    Minutes,
    WholeDays,
    arrival_violations,
    job_violations,
)
from servicehub_events.catalogue.base import Erased, Event, Value
from servicehub_events.catalogue.request import RequestAnswer
from servicehub_events.catalogue.scalars import AtMost, Id, LongText, ShortText, Time, TimeZone, Url, Word

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
    arrival: ArrivalWindow | None = None
    """Between when the staff arrive, where that is not the whole window: it lies within the window."""
    whole_days: WholeDays | None = None
    """Set when no time of day is promised: the work takes all day (`all_day`), or some time of the day
    (`any_time`). Start and end stay true bounds, such as 8:00 and 18:00 or midnight and midnight; the pages
    then say their days alone."""


class FormerWindow(Value, frozen=True, kw_only=True):
    """The window before the last move, and when (`at`) it was moved."""

    start: Time
    """Its start before the move."""
    end: Time
    """Its end before the move."""
    at: Time
    """When it was moved."""
    arrival: ArrivalWindow | None = None
    """Between when the staff would have arrived."""
    whole_days: WholeDays | None = None
    """Set when no time of day had been promised."""


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
    site_id: Id | None = None
    """The customer's site; when it is one of them, its label stands in for an empty one here."""


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
    by: Word | None = None
    """Who or what called it off: `business`, `customer` or `weather`; the pages leave another word out."""


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
    duration_minutes: Minutes | None = None
    """How long the work takes, about, where the window is longer than that."""
    confirmation: Confirmation | None = None
    """Set while the visit does not stand: it waits for a yes (`pending`), or is put off without a new date
    (`on_hold`). Absent: it is confirmed. Nobody is mailed that a visit is booked before it is."""
    rescheduled_from: FormerWindow | None = None
    """The window before the last move; absent if it never moved."""
    staff: Annotated[tuple[StaffMember, ...], AtMost(50, "who can come to one place")]
    """Who comes; empty until that is settled."""
    estimated_arrival: Time | None = None
    """When the staff will be there, as far as that is known on the way; shown while `en_route`."""
    site: Site | None = None
    """Where it takes place."""
    series: Series | None = None
    """The repeating series that it belongs to."""
    job: AppointmentJob | None = None
    """The job of several visits that it is part of."""
    purchase_order: ShortText | None = None
    """The customer's own number for this order (PO number)."""
    instructions: LongText | None = None
    """What the customer should do or know."""
    cancellation: Cancellation | None = None
    """Only when cancelled."""
    completed: Completion | None = None
    """Only when completed."""
    invoice_ids: Annotated[tuple[Id, ...], AtMost(200, "a page links to each")] = ()
    """The invoices for it."""
    attachments: Annotated[tuple[AttachedFile, ...], AtMost(100, "a page lists each")] = ()
    """Photos and documents that the customer may see, in the order in which they are shown."""
    answers: Annotated[tuple[RequestAnswer, ...], AtMost(20, "of the newest requests")] = ()
    """What was answered to requests about this visit: in the event that moves or cancels it."""

    def _violations(self) -> Iterator[str]:
        window = self.window
        yield from rules.after("window.end", window.end, "window.start", window.start)
        yield from rules.zone("window.time_zone", window.time_zone)
        yield from arrival_violations("window", window.arrival, window.whole_days, window.start, window.end)
        if former := self.rescheduled_from:
            name, former_days = "rescheduled_from", former.whole_days
            yield from rules.after(f"{name}.end", former.end, f"{name}.start", former.start)
            yield from arrival_violations(name, former.arrival, former_days, former.start, former.end)
        yield from job_violations(self.job)
        yield from rules.unique("attachments[].id", (file.id for file in self.attachments))
        yield from rules.unique("staff[].staff_id", (member.staff_id for member in self.staff))
        yield from rules.unique("answers[].request_id", (answer.request_id for answer in self.answers))
        if self.cancellation and self.status != "cancelled":
            yield f"cancellation is given, but status is {self.status}"
        if self.completed and self.status != "completed":
            yield f"completed is given, but status is {self.status}"
        if self.confirmation and self.status not in ("scheduled", "started"):
            yield f"confirmation is {self.confirmation}, but status is {self.status}"


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
