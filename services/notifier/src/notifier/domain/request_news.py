"""Which messages a customer's request and its answer make, and whether each is still true. Pure."""

from datetime import datetime, timedelta
from typing import Final, Literal

from servicehub_events import Event, RequestMade, RequestWithdrawn

from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import RequestKind
from notifier.domain.request_facts import AnswerFacts, RequestFacts

ANSWERED_WITH_ITS_EVENT: Final = timedelta(hours=1)
"""An answer this much older than an event that carries it is a repeat, which everybody knows."""

AnswerWording = Literal["not_moved", "not_cancelled", "declined", "answered"]


def request_notices(event: Event) -> list[tuple[RequestKind, str]]:
    """The message that an event of a request makes."""
    match event:
        case RequestMade():
            return [("request_received", "")]
        case RequestWithdrawn():
            return [("request_withdrawn", "")]
        case _:
            return []


def request_is_told(
    kind: RequestKind,
    request: RequestFacts,
    answer: AnswerFacts | None,
    visit: AppointmentFacts | None,
) -> bool:
    """Whether it is still so. A visit that was moved or cancelled as asked is told by its own message."""
    match kind:
        case "request_received":
            return not request.withdrawn and answer is None and _stands(request, visit)
        case "request_withdrawn":
            return request.withdrawn and answer is None
        case "request_answered":
            if answer is None:
                return False
            told_elsewhere = request.is_of_visit or request.kind == "book"
            return answer.worded or not (answer.outcome == "done" and told_elsewhere)


def _stands(request: RequestFacts, visit: AppointmentFacts | None) -> bool:
    if not request.is_of_visit or visit is None:
        return True
    return visit.status == "scheduled" and visit.start == request.window_start


def wording_of(
    request: RequestFacts, answer: AnswerFacts, visit: AppointmentFacts | None, now: datetime
) -> AnswerWording:
    """How an answer is worded; that a visit stays is said of one that is ahead."""
    if answer.outcome != "declined":
        return "answered"
    if visit is None or visit.status != "scheduled" or visit.start <= now:
        return "declined"
    if request.kind == "move":
        return "not_moved"
    return "not_cancelled" if request.kind == "cancel" else "declined"
