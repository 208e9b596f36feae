"""CustomerRequest: what a customer asks of the business in the portal. Published by portal-read.

Asking changes nothing: the visit moves when ServiceHub moves it. Its answer is a field of the visit's or the
customer's own event, so that what is answered and what is changed come together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Erased, Event, Value
from servicehub_events.catalogue.scalars import (
    AtMost,
    Day,
    HoursAhead,
    Id,
    Locale,
    LongText,
    ShortText,
    Time,
    Word,
)

RequestStatus = Literal["open", "withdrawn"]


class RequestRules(Value, frozen=True, kw_only=True):
    """What customers may ask for in the portal, and until when."""

    kinds: Annotated[tuple[Word, ...], AtMost(10, "there are five")]
    """What may be asked: `move`, `cancel`, `book`, `message` and `details`; the pages leave another word
    out."""
    notice_hours: HoursAhead = 24
    """Until how long before a visit one may ask to move or cancel it; after that the page says to call."""
    cancel_reasons: Annotated[tuple[ShortText, ...], AtMost(10, "one is picked from a list")] = ()
    """Reasons to cancel, in the business's own words; empty: those that the portal has in every language."""


class DayWish(Value, frozen=True, kw_only=True):
    """A day that would suit the customer."""

    day: Day
    """The day, where the visit takes place."""
    part: Word | None = None
    """Which part of it: `morning`, `afternoon` or `evening`; absent: any time."""


class RequestAnswer(Value, frozen=True, kw_only=True):
    """What the business answered to a request of the customer."""

    request_id: Id
    """The request: the second part of the record key in `portal.requests.v1`."""
    outcome: Word
    """What became of it: `done`, `declined`, or `replied` where nothing was to be done; another word is shown
    as an answer without one."""
    message: LongText | None = None
    """What the business says, in words for the customer."""
    at: Time
    """When it was answered."""


class CustomerRequest(Event, frozen=True, kw_only=True):
    """A request's full state. What was typed is text, and neither markup nor an instruction."""

    request_id: Id
    """The request: the second part of the record key."""
    customer_id: Id
    """Whose request it is."""
    contact_id: Id
    """Who asked."""
    kind: Word
    """What is asked: `move` or `cancel` a visit, `book` one, `message`, or `details` that have changed; more
    may come."""
    status: RequestStatus
    """Whether it waits for an answer, as far as the customer goes: an answered one stays `open`."""
    sent_at: Time
    """When it was sent."""
    locale: Locale
    """The language that the customer read the portal in."""
    appointment_id: Id | None = None
    """The visit that is to be moved or cancelled, that the message is about, or that a new one shall be
    like."""
    invoice_id: Id | None = None
    """The invoice that the message is about."""
    window_start: Time | None = None
    """When the visit was to begin, as the customer saw it when asking."""
    window_end: Time | None = None
    """When it was to end."""
    wishes: Annotated[tuple[DayWish, ...], AtMost(3, "the best one first")] = ()
    """Days that would suit, the best one first."""
    reason: ShortText | None = None
    """Why the visit shall be cancelled: `away`, `not_needed`, `other`, or a reason of the business's own."""
    service: ShortText | None = None
    """What shall be booked."""
    site_id: Id | None = None
    """Where; absent: the customer did not say."""
    changed: Annotated[tuple[Word, ...], AtMost(10, "there are five")] = ()
    """Which details have changed: `name`, `address`, `phone`, `email` and `invoice_name`."""
    text: LongText | None = None
    """What the customer wrote."""

    def _violations(self) -> Iterator[str]:
        if self.kind in ("move", "cancel") and not (self.appointment_id and self.window_start):
            yield f"kind is {self.kind}, but appointment_id or window_start is absent"
        if self.window_start and self.window_end:
            yield from rules.not_before("window_end", self.window_end, "window_start", self.window_start)


class RequestMade(CustomerRequest, frozen=True, kw_only=True):
    """A customer asked for something; nothing changes until ServiceHub does it."""

    carries: ClassVar = {"status": ("open",)}


class RequestWithdrawn(CustomerRequest, frozen=True, kw_only=True):
    """The customer asks for it no more."""

    carries: ClassVar = {"status": ("withdrawn",)}


class RequestErased(Erased, frozen=True, kw_only=True):
    """The request was erased together with its customer, or with the visit that it was about."""

    request_id: Id
    """The request that was erased."""
    customer_id: Id
    """Whose request it was."""
