"""A request as the pages show it: what was asked, how it stands, and what the business answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chassis.words.catalogue import N_
from servicehub_events import CustomerRequest, DayWish, RequestAnswer

from portal_read.domain.requests import RequestState
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.tags import REQUEST_TAGS, Tag, spoken

PARTS: Final[Mapping[str, str]] = {
    "": N_("Any time"),
    "morning": N_("Morning"),
    "afternoon": N_("Afternoon"),
    "evening": N_("Evening"),
}
_WISHED: Final[Mapping[str, str]] = {
    "morning": N_("{day}, in the morning"),
    "afternoon": N_("{day}, in the afternoon"),
    "evening": N_("{day}, in the evening"),
}
REASONS: Final[Mapping[str, str]] = {
    "away": N_("I’ll be away"),
    "not_needed": N_("I don’t need it this time"),
    "other": N_("Something else"),
}
DETAIL_NAMES: Final[Mapping[str, str]] = {
    "name": N_("Name"),
    "address": N_("Address"),
    "phone": N_("Phone"),
    "email": N_("Email"),
    "invoice_name": N_("Name on invoices"),
}
_ANSWERED: Final[Mapping[tuple[str, str], str]] = {
    ("move", "done"): N_("Moved as you asked"),
    ("move", "declined"): N_("We can’t move this visit"),
    ("cancel", "done"): N_("Cancelled as you asked"),
    ("cancel", "declined"): N_("We can’t cancel this visit"),
}


@dataclass(frozen=True, slots=True)
class StandingRequest:
    """A request, the answer to it, and how it stands now."""

    request: CustomerRequest
    answer: RequestAnswer | None
    state: RequestState


@dataclass(frozen=True, slots=True)
class RequestItem:
    """`title` names it in a list, `headline` on the page of its visit. `withdraw_url`: while it waits, to who
    asked."""

    title: str
    headline: str
    tag: Tag
    sent: str
    asked_by: str | None
    wishes: Sequence[str]
    details: Sequence[str]
    text: str | None
    answer: str | None
    answered: str | None
    url: str | None
    withdraw_url: str | None


def request_item(ctx: PageContext, language: Language, standing: StandingRequest) -> RequestItem:
    request, answer, say = standing.request, standing.answer, language.words.gettext
    own = ctx.contact is not None and ctx.contact.contact_id == request.contact_id
    waits = standing.state == "waiting"
    return RequestItem(
        title=_title(language, request),
        headline=_headline(ctx, language, standing),
        tag=spoken(_tag(standing), language.words),
        sent=say("Sent {time}.", time=language.format.stamp(request.sent_at)),
        asked_by=None if own else _asker(ctx, language, request.contact_id),
        wishes=[wish_in_words(language, wish) for wish in request.wishes],
        details=_details(language, request),
        text=request.text,
        answer=answer.message if answer else None,
        answered=_answered(ctx, language, answer) if answer else None,
        url=_url(ctx, request),
        withdraw_url=f"{ctx.root}/requests/{quote(request.request_id, safe='')}/withdraw"
        if own and waits
        else None,
    )


def _tag(standing: StandingRequest) -> Tag:
    if standing.answer and standing.answer.outcome == "declined":
        return REQUEST_TAGS["declined"]
    return REQUEST_TAGS[standing.state]


def _title(language: Language, request: CustomerRequest) -> str:
    say = language.words.gettext
    if request.kind in ("move", "cancel") and request.window_start:
        day = language.format.short(_day(language, request.window_start))
        if request.kind == "move":
            return say("Move the visit of {day}", day=day)
        return say("Cancel the visit of {day}", day=day)
    if request.kind == "book" and request.service:
        return say("Book: {service}", service=request.service)
    return say("My details have changed") if request.kind == "details" else say("A message")


def _day(language: Language, moment: datetime) -> date:
    return moment.astimezone(language.format.zone).date()


def _headline(ctx: PageContext, language: Language, standing: StandingRequest) -> str:
    say, request, answer = language.words.gettext, standing.request, standing.answer
    if answer:
        known = _ANSWERED.get((request.kind, answer.outcome))
        return say(known) if known else say("{business} answered", business=ctx.business.name)
    if request.kind == "cancel":
        return say("You asked to cancel this visit")
    return say("You asked to move this visit")


def _asker(ctx: PageContext, language: Language, contact_id: str) -> str | None:
    """Somebody else of the same customer; None for one who is a contact no more."""
    contacts = ctx.customer.contacts if ctx.customer else ()
    name = next((contact.name for contact in contacts if contact.contact_id == contact_id), None)
    return language.words.gettext("Asked by {name}.", name=name) if name else None


def wish_in_words(language: Language, wish: DayWish) -> str:
    """Wed, Nov 25, in the morning."""
    day, wished = language.format.short_with_weekday(wish.day), _WISHED.get(wish.part or "")
    return language.words.gettext(wished, day=day) if wished else day


def _details(language: Language, request: CustomerRequest) -> list[str]:
    """Why, and what has changed; the business's own words as they are."""
    say = language.words.gettext
    reason = [say(REASONS[request.reason]) if request.reason in REASONS else request.reason]
    changed = [say(DETAIL_NAMES[name]) for name in request.changed if name in DETAIL_NAMES]
    return [text for text in (*reason, *changed) if text]


def _answered(ctx: PageContext, language: Language, answer: RequestAnswer) -> str:
    time = language.format.stamp(answer.at, ZoneInfo(ctx.business.time_zone))
    return language.words.gettext("{business} answered {time}.", business=ctx.business.name, time=time)


def _url(ctx: PageContext, request: CustomerRequest) -> str | None:
    if request.appointment_id and ctx.may_see("visits"):
        return ctx.appointment_url(request.appointment_id)
    if request.invoice_id and ctx.may_see("invoices"):
        return ctx.invoice_url(request.invoice_id)
    return None
