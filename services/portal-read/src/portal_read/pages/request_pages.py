"""Asking: what stands on a visit's page, and the page of what concerns no visit, with one's own requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis.words.catalogue import N_
from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment, Invoice, RequestRules

from portal_read.domain.request_form import RequestForm
from portal_read.domain.requests import (
    OF_A_VISIT,
    OF_NO_VISIT,
    RequestKind,
    asked_by,
    is_changeable,
    offered,
)
from portal_read.pages.appointment_time import duration, window_in_words
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.request_fields import RequestFields, about_choices, request_fields
from portal_read.pages.request_item import RequestItem, StandingRequest, request_item
from portal_read.pages.shell import page

_OFFERS: Final[Mapping[RequestKind, str]] = {
    "move": N_("Ask to move it"),
    "cancel": N_("Ask to cancel it"),
    "book": N_("Book a visit"),
    "message": N_("Write to us"),
    "details": N_("My details"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to another form."""

    kind: RequestKind
    url: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class AskPanel:
    """What stands where the page says how to change a visit.

    `asked` waits for an answer or has one, and `standing` says since when, and what stays. `rule` says until
    when one can ask, and `late` that it is too late.
    """

    asked: RequestItem | None
    waits: bool
    standing: str
    fields: RequestFields | None
    offers: Sequence[Offer]
    rule: str
    late: str | None


def ask_panel(
    ctx: PageContext,
    language: Language,
    visit: Appointment,
    standing: Sequence[StandingRequest],
    form: RequestForm | None,
) -> AskPanel | None:
    """`standing` are the visit's requests, the newest first. None: nothing was asked, and nothing can be."""
    rules = ctx.business.requests
    newest = next((one for one in standing if one.state in ("waiting", "answered")), None)
    waits = newest is not None and newest.state == "waiting"
    kinds = offered(ctx.business, OF_A_VISIT) if is_changeable(visit, ctx.now) and not waits else []
    late = rules is not None and ctx.now >= asked_by(visit, rules)
    if newest is None and not kinds:
        return None
    form = form if form and form.kind in kinds and not late else None
    url, when = ctx.appointment_url(visit.appointment_id), VisitTime.of(visit.window)
    return AskPanel(
        asked=request_item(ctx, language, newest) if newest and not form else None,
        waits=waits,
        standing=_standing(ctx, language, visit, newest) if newest else "",
        fields=request_fields(ctx, language, form, f"{url}?ask={form.kind}", language.today_in(when.zone))
        if form
        else None,
        offers=[] if late else _offers(language, kinds, f"{url}?ask=", form.kind if form else None),
        rule=_rule(ctx, language, visit, rules) if rules else "",
        late=_late(language, rules) if rules and late and kinds else None,
    )


def _standing(ctx: PageContext, language: Language, visit: Appointment, newest: StandingRequest) -> str:
    """When it was asked or answered, by whom, and that the visit stays; Japanese has no space between."""
    say, item, when = (
        language.words.gettext,
        request_item(ctx, language, newest),
        VisitTime.of(visit.window),
    )
    day, window = language.format.with_weekday(when.first_day), window_in_words(language, when)
    parts = [item.answered] if item.answered else [item.sent, item.asked_by]
    if newest.state == "waiting":
        business = ctx.business.name
        parts.append(
            say(
                "The visit stays on {day}, {window} until {business} answers.",
                day=day,
                window=window,
                business=business,
            )
        )
    elif newest.answer and newest.answer.outcome == "declined" and is_changeable(visit, ctx.now):
        parts.append(say("The visit stays on {day}, {window}.", day=day, window=window))
    return ("" if language.format.japanese else " ").join(part for part in parts if part)


def _offers(
    language: Language, kinds: Sequence[RequestKind], base: str, current: RequestKind | None
) -> list[Offer]:
    say = language.words.gettext
    return [Offer(kind, f"{base}{kind}", say(_OFFERS[kind]), kind == current) for kind in kinds]


def _rule(ctx: PageContext, language: Language, visit: Appointment, rules: RequestRules) -> str:
    say, business = language.words.gettext, ctx.business.name
    if not rules.notice_hours:
        return say("Nothing changes until {business} answers.", business=business)
    return say(
        "You can ask until {time}, {hours} before we come. Nothing changes until {business} answers.",
        time=language.format.stamp(asked_by(visit, rules), ZoneInfo(visit.window.time_zone)),
        hours=duration(language.words, rules.notice_hours * 60),
        business=business,
    )


def _late(language: Language, rules: RequestRules) -> str:
    return language.words.gettext(
        "It’s less than {hours} until we come, so please call. We can tell you at once what is possible.",
        hours=duration(language.words, rules.notice_hours * 60),
    )


def requests(
    ctx: PageContext,
    standing: Sequence[StandingRequest],
    form: RequestForm | None,
    visits: Sequence[Appointment] = (),
    invoices: Sequence[Invoice] = (),
    like: Appointment | None = None,
) -> str:
    """The forms that concern no visit, one at a time, and one's own requests, the newest first.

    `visits` and `invoices` are what a message may be about, `like` is the visit that a new one is like.
    """
    language, kinds = language_of(ctx), _kinds(ctx)
    say, base = language.words.gettext, f"{ctx.root}/requests?ask="
    form = form if form and form.kind in kinds else RequestForm(kind=kinds[0]) if kinds else None
    if form and form.kind == "book" and like:
        form = replace(form, about=f"visit:{like.appointment_id}")
        if not form.service:
            form = replace(form, service=like.service.name, site=(like.site and like.site.site_id) or "")
    about = about_choices(language, form, visits, invoices) if form else ()
    return page(
        ctx,
        "requests.html",
        say("Ask {business}", business=ctx.business.name),
        here="requests",
        offers=_offers(language, kinds, base, form.kind if form else None),
        fields=request_fields(ctx, language, form, f"{base}{form.kind}", language.today, about)
        if form
        else None,
        like_day=language.format.in_year(_day_of(language, like), language.today) if like else None,
        items=[request_item(ctx, language, one) for one in standing],
    )


def write_url(ctx: PageContext, about: str) -> str | None:
    """Where to write about `visit:ID` or `invoice:ID`, if the business takes messages."""
    if not offered(ctx.business, ("message",)):
        return None
    query = urlencode({"ask": "message", "about": about})
    return f"{ctx.root}/requests?{query}"


def book_url(ctx: PageContext, like: Appointment) -> str | None:
    """Where to ask for another visit like this one, if this contact can ask this business for one."""
    if "book" not in _kinds(ctx):
        return None
    query = urlencode({"ask": "book", "about": f"visit:{like.appointment_id}"})
    return f"{ctx.root}/requests?{query}"


def asks(ctx: PageContext) -> bool:
    """Whether this contact can ask for anything that concerns no visit."""
    return bool(_kinds(ctx))


def _kinds(ctx: PageContext) -> list[RequestKind]:
    """What may be asked that concerns no visit; who may not see visits can't book one."""
    kinds = offered(ctx.business, OF_NO_VISIT)
    return [kind for kind in kinds if kind != "book" or ctx.may_see("visits")]


def _day_of(language: Language, visit: Appointment) -> date:
    return visit.window.start.astimezone(language.format.zone).date()
