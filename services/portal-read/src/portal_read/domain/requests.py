"""Requests of customers: what is offered and until when, how each stands, and how many there may be."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec.structs import replace
from servicehub_events import (
    Appointment,
    Business,
    Customer,
    CustomerRequest,
    RequestAnswer,
    RequestMade,
    RequestRules,
    as_event,
)

RequestKind = Literal["move", "cancel", "book", "message", "details"]
RequestState = Literal["waiting", "answered", "withdrawn", "over"]
OF_A_VISIT: Final[tuple[RequestKind, ...]] = ("move", "cancel")
OF_NO_VISIT: Final[tuple[RequestKind, ...]] = ("book", "message", "details")
CANCEL_REASONS: Final = ("away", "not_needed", "other")
OPEN_LIMIT: Final = 20
"""Requests of one customer that wait at a time: more than an office answers in a week."""
DAY_LIMIT: Final = 10
"""Requests of one customer in a day of the business."""
_WAITS_AT_MOST: Final = timedelta(days=30)
_SENT_TWICE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RequestProblem:
    """Why a form can't be sent, as the code of a message."""

    code: str


def offered(business: Business, kinds: Iterable[RequestKind]) -> list[RequestKind]:
    """Those that the business takes requests of, in our order."""
    rules = business.requests
    return [kind for kind in kinds if rules and kind in rules.kinds]


def asked_by(appointment: Appointment, rules: RequestRules) -> datetime:
    """Until when one may ask to move or cancel a visit."""
    return appointment.window.start - timedelta(hours=rules.notice_hours)


def is_changeable(appointment: Appointment, now: datetime) -> bool:
    """Whether a visit could still be moved or cancelled at all; one on hold has no day to be moved from."""
    has_day = appointment.status == "scheduled" and appointment.confirmation != "on_hold"
    return has_day and now < appointment.window.start


def reasons_of(rules: RequestRules) -> Sequence[str]:
    """What one can pick from as the reason to cancel."""
    return rules.cancel_reasons or CANCEL_REASONS


def answer_to(
    request: CustomerRequest, customer: Customer | None, appointment: Appointment | None
) -> RequestAnswer | None:
    """What ServiceHub answered, with the visit or with the customer."""
    answers = (*(appointment.answers if appointment else ()), *(customer.answers if customer else ()))
    return next((answer for answer in answers if answer.request_id == request.request_id), None)


def state_of(
    request: CustomerRequest, answer: RequestAnswer | None, appointment: Appointment | None, now: datetime
) -> RequestState:
    """How a request stands. One to move or cancel is over once the visit is no more as it was asked about."""
    if answer:
        return "answered"
    if request.status == "withdrawn":
        return "withdrawn"
    if request.kind not in OF_A_VISIT:
        return "over" if now - request.sent_at > _WAITS_AT_MOST else "waiting"
    if appointment is None or not is_changeable(appointment, now):
        return "over"
    window = appointment.window
    return "waiting" if (window.start, window.end) == (request.window_start, request.window_end) else "over"


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """A request of the same customer, as its row says."""

    request_id: str
    contact_id: str
    kind: str
    appointment_id: str | None
    sent_at: datetime
    withdrawn: bool


def twin_of(
    made: RequestMade, earlier: Iterable[EarlierRequest], closed: Collection[str]
) -> EarlierRequest | None:
    """The request that waits already, when the same is asked of one visit again."""
    for row in earlier:
        waits = not row.withdrawn and row.request_id not in closed
        if (
            waits
            and made.kind in OF_A_VISIT
            and (row.kind, row.appointment_id)
            == (
                made.kind,
                made.appointment_id,
            )
        ):
            return row
    return None


def limit_problem(
    earlier: Collection[EarlierRequest], closed: Collection[str], day_began: datetime
) -> RequestProblem | None:
    """Whether one more would be too many. What is withdrawn counts for its day: it was read."""
    if sum(row.sent_at >= day_began for row in earlier) >= DAY_LIMIT:
        return RequestProblem("requests_of_day")
    if sum(not row.withdrawn and row.request_id not in closed for row in earlier) >= OPEN_LIMIT:
        return RequestProblem("requests_open")
    return None


def says_the_same(made: RequestMade, earlier: CustomerRequest) -> bool:
    """Whether a form was sent twice: the same words a moment ago."""
    of_one = earlier.contact_id == made.contact_id and earlier.status == "open"
    same = replace(earlier, request_id=made.request_id, sent_at=made.sent_at, locale=made.locale)
    return of_one and same == as_event(CustomerRequest, made) and made.sent_at - earlier.sent_at < _SENT_TWICE
