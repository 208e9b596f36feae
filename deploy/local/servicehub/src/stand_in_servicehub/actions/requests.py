"""What is answered to requests of customers, and which of them still wait."""

from typing import Annotated, Literal

from servicehub_events import (
    Appointment,
    Customer,
    CustomerRequest,
    CustomerRevised,
    RequestAnswer,
    as_event,
)

from stand_in_servicehub.actions.action import Action
from stand_in_servicehub.actions.fields import Ask, OfRequest, Text
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import BadInput

KEPT_ANSWERS = 20
Answers = tuple[RequestAnswer, ...]


@Action("answer", "Answer", when=("open",))
def answer(
    desk: Desk,
    request: OfRequest,
    outcome: Annotated[Literal["done", "declined", "replied"], Ask("Outcome", "What became of it.")],
    message: Annotated[Text | None, Ask("Message", "What the customer reads.")] = None,
) -> CustomerRevised:
    """Answer a request.

    To move or cancel the visit answers it too, with the visit's own event.
    """
    customer = desk.find(Customer, request.customer_id)
    if request not in waiting(desk):
        raise BadInput(f"{request.request_id} is answered already.")
    answered = RequestAnswer(request_id=request.request_id, outcome=outcome, message=message, at=desk.now)
    return as_event(CustomerRevised, customer, answers=_with(customer.answers, answered))


def answers_with_done(desk: Desk, visit: Appointment, kind: str) -> Answers:
    """The visit's answers, and that it was done what one asked, where somebody did."""
    answers = visit.answers
    for request in waiting(desk):
        if (request.kind, request.appointment_id) == (kind, visit.appointment_id):
            done = RequestAnswer(request_id=request.request_id, outcome="done", at=desk.now)
            answers = _with(answers, done)
    return answers


def _with(answers: Answers, answered: RequestAnswer) -> Answers:
    return (*answers, answered)[-KEPT_ANSWERS:]


def waiting(desk: Desk) -> list[CustomerRequest]:
    """Requests that nobody withdrew or answered, the oldest first."""
    answered = {
        answered.request_id
        for whole in (*desk.living(Customer), *desk.living(Appointment))
        for answered in whole.answers
    }
    waits = [
        request
        for request in desk.living(CustomerRequest)
        if request.status == "open" and request.request_id not in answered
    ]
    return sorted(waits, key=lambda request: request.sent_at)
