"""What messages tell about a customer's request, its answer, and a contact who can sign in. Pure.

What somebody typed is no fact: of an answer it is kept encrypted beside them, of a request not at all.
"""

from datetime import date, datetime
from typing import Final

import msgspec
from servicehub_events import CustomerRequest, RequestAnswer

_OF_A_VISIT: Final = ("move", "cancel")


class RequestFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact asked for, of which visit, as it was then; `wishes` are the days that would suit."""

    kind: str
    contact_id: str
    sent_at: datetime
    withdrawn: bool
    appointment_id: str | None = None
    window_start: datetime | None = None
    wishes: tuple[date, ...] = ()

    @property
    def is_of_visit(self) -> bool:
        """Whether a visit is to be moved or cancelled."""
        return self.kind in _OF_A_VISIT


class AnswerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the business answered to a request, and when; `worded`: it wrote something too."""

    outcome: str
    at: datetime
    worded: bool


class AccessFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A contact who can sign in."""

    contact_id: str


def request_facts(event: CustomerRequest) -> RequestFacts:
    """What messages tell about it."""
    return RequestFacts(
        kind=event.kind,
        contact_id=event.contact_id,
        sent_at=event.sent_at,
        withdrawn=event.status == "withdrawn",
        appointment_id=event.appointment_id,
        window_start=event.window_start,
        wishes=tuple(wish.day for wish in event.wishes),
    )


def answer_facts(answer: RequestAnswer) -> AnswerFacts:
    """What messages tell about it."""
    return AnswerFacts(outcome=answer.outcome, at=answer.at, worded=bool(answer.message))
