"""Find a request with its answer and its visit, as a message tells of them now."""

from chassis.database import Transaction
from chassis.encryption import Undecipherable

from notifier.context import Context
from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import RequestKind
from notifier.domain.request_facts import AnswerFacts, RequestFacts
from notifier.domain.request_news import request_is_told
from notifier.handlers.store_answers import answer_context
from notifier.messages.requests import RequestNews
from notifier.store import notifications


async def find_request_news(
    ctx: Context, tx: Transaction, kind: RequestKind, request_id: str
) -> RequestNews | None:
    """What is to be said of a request; None where that is not true any more."""
    source = await notifications.find_source(tx, "request", request_id)
    request = source.facts if source else None
    if not isinstance(request, RequestFacts):
        return None
    source = await notifications.find_source(tx, "answer", request_id)
    answer = source.facts if source and isinstance(source.facts, AnswerFacts) else None
    visit: AppointmentFacts | None = None
    if request.appointment_id:
        source = await notifications.find_source(tx, "appointment", request.appointment_id)
        visit = source.facts if source and isinstance(source.facts, AppointmentFacts) else None
    if not request_is_told(kind, request, answer, visit):
        return None
    words = await _words(ctx, tx, request_id) if kind == "request_answered" else ""
    return RequestNews(kind, request, answer, visit, words, ctx.clock())


async def _words(ctx: Context, tx: Transaction, request_id: str) -> str:
    """What staff wrote; nothing once its key was retired too early: the page still has it."""
    sealed = await notifications.find_words(tx, request_id)
    if sealed is None:
        return ""
    try:
        return ctx.cipher.decrypt(sealed, context=answer_context(tx.business_id, request_id)).decode()
    except Undecipherable:
        return ""
