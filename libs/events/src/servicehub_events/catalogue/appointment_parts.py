"""Parts of an appointment beside who does what: when the staff arrive, the job it belongs to, its files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.customer import Role
from servicehub_events.catalogue.scalars import AtMost, Id, ShortText, Time, Url, Word

WholeDays = Literal["all_day", "any_time"]
Confirmation = Literal["pending", "on_hold"]

Minutes = Annotated[int, Meta(ge=1, le=60 * 1000)]
Ordinal = Annotated[int, Meta(ge=1, le=9999)]


class ArrivalWindow(Value, frozen=True, kw_only=True):
    """Between when the staff arrive; start and end are the same when they come at a fixed time."""

    start: Time
    """The earliest arrival."""
    end: Time
    """The latest arrival."""


class AppointmentJob(Value, frozen=True, kw_only=True):
    """The job that this visit and others are part of."""

    id: Id
    """The job: the same in each of its visits."""
    name: ShortText | None = None
    """What the customer calls it: `Kitchen refit`."""
    visit_number: Ordinal | None = None
    """Which of its visits this is, from 1."""
    visit_count: Ordinal | None = None
    """How many visits it takes in all."""


class AttachedFile(Value, frozen=True, kw_only=True):
    """A photo or a document. It stays where it is: the page links to it, or shows a photo from there."""

    id: Id
    """The file."""
    url: Url
    """Where it is. Whoever has the address can open it, so it should be one that nobody guesses."""
    title: ShortText
    """What it shows or holds: `Boiler, before`."""
    kind: Word
    """What it is: `photo`, `document`, `report`, `certificate` or `plan`; another word is shown as a file."""
    roles: Annotated[tuple[Role, ...], AtMost(3, "there are three")] | None = None
    """Contacts with one of these roles see it; absent: everybody who sees the visit."""
    added_at: Time | None = None
    """When it was taken or written."""


def arrival_violations(
    field: str,
    arrival: ArrivalWindow | None,
    whole_days: WholeDays | None,
    start: datetime,
    end: datetime,
) -> Iterator[str]:
    """What contradicts the window from `start` to `end` that an arrival belongs to."""
    if arrival is None:
        return
    if whole_days:
        yield f"{field}.arrival is given, but {field}.whole_days is {whole_days}"
    yield from rules.not_before(f"{field}.arrival.end", arrival.end, f"{field}.arrival.start", arrival.start)
    yield from rules.not_before(f"{field}.arrival.start", arrival.start, f"{field}.start", start)
    yield from rules.not_before(f"{field}.end", end, f"{field}.arrival.end", arrival.end)


def job_violations(job: AppointmentJob | None) -> Iterator[str]:
    """What contradicts itself in a job."""
    if job and job.visit_number and job.visit_count and job.visit_number > job.visit_count:
        yield f"job.visit_number is {job.visit_number}, but job.visit_count is {job.visit_count}"
