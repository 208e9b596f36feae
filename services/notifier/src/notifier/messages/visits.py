"""News of visits, as an email with its calendar file, and a text message. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from chassis.words.visit_entry import Method, VisitEntry, calendar_file, status_of

from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import VisitKind
from notifier.domain.visit_news import has_moved, has_new_place, others_come, window_state
from notifier.messages import sms
from notifier.messages.brand import one_line
from notifier.messages.email import Attachment, EmailText
from notifier.messages.payment_rows import FactRow, label_of
from notifier.messages.payments import email_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render
from notifier.messages.visit_words import (
    TellableVisit,
    bare_window,
    clock,
    full_day,
    full_when,
    in_texts,
    names,
    short_day,
    short_when,
    subject_when,
    text_when,
    time_of,
    told_time,
    weeks_of,
    window,
)

_LONGEST_REASON: Final = 80
_SHOWN: Final = 10
_NEXT: Final = 3
_WITH_CALENDAR: Final = (
    "visit_confirmed",
    "visit_changed",
    "visit_cancelled",
    "visits_changed",
    "staff_changed",
)
_CALLED_OFF: Final = ("visit_cancelled",)

Action = Literal["visit", "visits", "details", "done", "call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsNews:
    """What is told, at the moment `now`, of one visit or of several.

    `ahead` are the next visits of its customer, or of its series. `asks`: another time can be asked for on
    the page. `invoiced`: an invoice for it is known.
    """

    business_id: str
    visits: Sequence[TellableVisit]
    now: datetime
    ahead: Sequence[AppointmentFacts] = ()
    asks: bool = False
    invoiced: bool = False

    @property
    def kind(self) -> VisitKind:
        """That of the one, or that several changed."""
        return self.visits[0].kind if len(self.visits) == 1 else "visits_changed"

    @property
    def first(self) -> TellableVisit:
        """The next of them."""
        return min(self.visits, key=lambda visit: (visit.facts.start, visit.appointment_id))


def visits_email(style: MessageStyle, news: VisitsNews) -> EmailText:
    """The email, laid out as that of a payment: what happened, its facts, and a way on."""
    kind, words = news.kind, _words(style, news)
    action, url = _way_on(style, news, words)
    button = render(
        style.locale, "layout", "visit_button.txt", action=action, phone=style.brand.phone
    ).strip()
    return email_like_a_payment(
        kind,
        style,
        words,
        rows=list(_rows(style, news, words)),
        url=url,
        button=button,
        note=_note(style, news),
    )


def visits_sms(style: MessageStyle, news: VisitsNews) -> str:
    """The text message, in one part where it can be: without the reason, the phone, the person."""
    words = _words(style, news)
    words |= {name: in_texts(str(words[name])) for name in ("window", "was_short", "next_when")}
    words["when"] = words["text_when"]
    if style.formatter.japanese:  # with a link there is no room for more than the day
        words["next_when"] = words["next_day"]
    for dropped in ("", "reason", "phone", "who"):
        words[dropped] = ""
        if sms.is_one_part(text := _text(style, news.kind, words, style.name_in_texts)):
            return text
    return sms.fitted(lambda name, _: _text(style, news.kind, words, name), style.name_in_texts, "")


def visits_calendar(style: MessageStyle, news: VisitsNews, sender: str) -> Attachment | None:
    """The file that puts what is told into a calendar, or takes it out; None where nothing changes there."""
    if news.kind not in _WITH_CALENDAR:
        return None
    entries = [_entry(style, news, visit, sender) for visit in _in_order(news)[:_SHOWN]]
    method: Method = "CANCEL" if news.kind in _CALLED_OFF else "PUBLISH"
    return Attachment("visit.ics", calendar_file(entries, method=method), "calendar", {"method": method})


def _text(style: MessageStyle, kind: VisitKind, words: Mapping[str, object], name: str) -> str:
    sender = render(style.locale, "layout", "sender.txt", business=name) if name else ""
    text = render(style.locale, kind, "sms.txt", **words).strip()
    return sms.folded(sender + (text if sender else text[:1].upper() + text[1:])).strip()


def _in_order(news: VisitsNews) -> Sequence[TellableVisit]:
    return sorted(news.visits, key=lambda visit: (visit.facts.start, visit.appointment_id))


def _words(style: MessageStyle, news: VisitsNews) -> dict[str, object]:
    """All of them, whether the kind needs them or not."""
    visit, now = news.first, news.now
    facts, told, time = visit.facts, visit.told, time_of(visit.facts)
    before = told_time(told, facts) if told and has_moved(told, facts) else None
    same_day = before is not None and before.first_day == time.first_day and before.day_count == 1
    begun = window_state(facts.start, facts.end, now) == "begun" and (
        now.astimezone(time.zone).date() == time.first_day == time.last_day
    )
    stands = [each for each in _in_order(news) if each.kind != "visit_cancelled"]
    return {
        "when": subject_when(style, time, now),
        "full": full_when(style, time, now),
        "text_when": text_when(style, time, now),
        "day": short_day(style, time, now),
        "full_day": full_day(style, time, now),
        "window": window(style, time),
        "moved": before is not None or told is None or not has_new_place(told, facts),
        "was": short_when(style, before, now) if before else "",
        "was_short": (bare_window(style, before) if same_day else short_when(style, before, now))
        if before
        else "",
        "pending": facts.confirmation == "pending",
        "who": names(style, facts.staff),
        "former_who": names(style, told.staff if told else None),
        "several": len(facts.staff) > 1,
        "place": one_line(facts.place, 120),
        "service": one_line(facts.service),
        "reason": one_line(facts.reason, _LONGEST_REASON),
        "begun": begun,
        "asked": facts.cancelled_by == "customer",
        "asks": news.asks,
        "arrives": clock(style, facts.arrives_at, time.zone) if facts.arrives_at else "",
        "finished": style.formatter.time(facts.completed_at, time.zone)
        if facts.completed_at and facts.completed_at.astimezone(time.zone).date() == time.first_day
        else "",
        "done": one_line(facts.summary, 200) or _list(style, facts.items),
        "repeats": visit.kind == "visit_confirmed" and facts.series_id is not None and visit.told is None,
        "weeks": weeks_of(facts.series_rule),
        "next_days": _list(style, [short_day(style, time_of(each), now) for each in news.ahead[:_NEXT]]),
        "count": len(news.visits),
        "counts": _counts(style, news),
        "first_day": short_day(style, time, now),
        "next_day": short_day(style, time_of(stands[0].facts), now) if stands else "",
        "next_when": short_when(style, time_of(stands[0].facts), now) if stands else "",
        "phone": style.brand.phone or "",
        "between": "" if style.formatter.japanese else " ",
        "door": style.root,
    }


def _list(style: MessageStyle, texts: Sequence[str]) -> str:
    return ("、" if style.formatter.japanese else ", ").join(one_line(text) for text in texts)


def _counts(style: MessageStyle, news: VisitsNews) -> str:
    """3 moved, 1 cancelled."""
    count = Counter(visit.kind for visit in news.visits)
    parts = [
        render(style.locale, "layout", "counts.txt", change=kind, count=n).strip()
        for kind, n in sorted(count.items(), key=lambda pair: _ORDER.index(pair[0]))
    ]
    return f"{'、' if style.formatter.japanese else ', '}".join(parts) + (
        "。" if style.formatter.japanese else "."
    )


_ORDER: Final[Sequence[VisitKind]] = (
    "visit_changed",
    "staff_changed",
    "visit_cancelled",
    "visit_confirmed",
    "visit_missed",
    "visit_on_its_way",
    "visit_completed",
    "visits_changed",
)


def _way_on(style: MessageStyle, news: VisitsNews, words: Mapping[str, object]) -> tuple[Action, str]:
    page, brand = style.link("appointments", news.first.appointment_id), style.brand
    match news.kind:
        case "visits_changed":
            return "visits", style.link("appointments")
        case "visit_cancelled" if words["begun"] and brand.phone_link:
            return "call", f"tel:{brand.phone_link}"
        case "visit_cancelled" | "visit_missed":
            return "details", page
        case "visit_completed":
            return "done", page
        case "visit_confirmed" if words["repeats"]:
            return "visits", style.link("appointments")
        case _:
            return "visit", page


def _note(style: MessageStyle, news: VisitsNews) -> str:
    def said(about: str, count: int = 0) -> str:
        values = {"about": about, "asks": news.asks, "phone": style.brand.phone, "count": count}
        return render(style.locale, "layout", "visit_note.txt", **values).strip()

    match news.kind:
        case "visit_changed":
            return said("suits")
        case "visits_changed" if len(news.visits) > _SHOWN:
            return said("more", len(news.visits) - _SHOWN)
        case "visit_completed" if not news.invoiced:
            return said("invoice")
        case _:
            return ""


def _rows(style: MessageStyle, news: VisitsNews, words: Mapping[str, object]) -> Iterator[FactRow]:
    """The facts, most needed first; none without a value."""
    for row in _facts(style, news, words):
        if row.value:
            yield row


def _label(style: MessageStyle, label: str) -> str:
    return label_of(style, label, "visit_label.txt")


def _facts(style: MessageStyle, news: VisitsNews, words: Mapping[str, object]) -> Iterator[FactRow]:
    visit = news.first
    facts, told, kind = visit.facts, visit.told, news.kind
    said = {name: str(value) for name, value in words.items()}

    def fact(label: str, value: str, *, gone: bool = False, former: str = "") -> FactRow:
        return FactRow(_label(style, label), value, gone, former)

    former_who = said["former_who"] if told and others_come(told, facts) else ""
    former_place = one_line(told.place or "", 120) if told and has_new_place(told, facts) else ""
    note = one_line(facts.instructions, 500)
    if kind == "visits_changed":
        yield from (_changed(style, news, each) for each in _in_order(news)[:_SHOWN])
        return
    if kind == "visit_on_its_way":
        yield fact("arrives", said["arrives"])
        yield fact("who", said["who"])
        yield fact("where", said["place"])
        return
    if kind == "visit_completed":
        yield fact("done", said["done"])
        yield fact("when", said["full"])
        yield fact("who_came", said["who"])
        yield fact("where", said["place"])
        yield fact("next", _next(style, news))
        return
    if kind in ("visit_cancelled", "visit_missed"):
        yield fact("when", said["full"], gone=kind == "visit_cancelled")
        yield fact("reason", "" if words["asked"] else said["reason"])
        yield fact("service", said["service"])
        yield fact("where", said["place"])
        yield fact("next", _next(style, news))
        return
    if kind == "staff_changed":
        yield fact("who", said["who"], former=former_who)
    yield fact("when", said["full"], former=said["was"] if kind == "visit_changed" else "")
    if words["repeats"]:
        yield fact("next_visits", said["next_days"])
    if kind != "staff_changed":
        yield fact("who", said["who"], former=former_who)
    yield fact("service", said["service"])
    yield fact("where", said["place"], former=former_place)
    yield fact("note", note)


def _next(style: MessageStyle, news: VisitsNews) -> str:
    return full_when(style, time_of(news.ahead[0]), news.now) if news.ahead else ""


def _changed(style: MessageStyle, news: VisitsNews, visit: TellableVisit) -> FactRow:
    """One of several: was → now, or that it is cancelled, with its reason."""
    facts, told = visit.facts, visit.told
    when = full_when(style, time_of(facts), news.now)
    if visit.kind == "visit_cancelled":
        reason = one_line(facts.reason, _LONGEST_REASON)
        return FactRow(_label(style, "cancelled"), f"{when} · {reason}" if reason else when)
    if visit.kind == "staff_changed":
        return FactRow(
            _label(style, "staff"),
            f"{when} · {names(style, facts.staff)}",
            former=names(style, told.staff if told else None),
        )
    if told and not has_moved(told, facts):
        return FactRow(
            _label(style, "place"),
            f"{when} · {one_line(facts.place, 120)}",
            former=one_line(told.place or "", 120),
        )
    former = full_when(style, told_time(told, facts), news.now) if told else ""
    return FactRow(_label(style, "moved"), when, former=former)


def _entry(style: MessageStyle, news: VisitsNews, visit: TellableVisit, sender: str) -> VisitEntry:
    facts, brand = visit.facts, style.brand
    status, url = (
        status_of(facts.status, facts.confirmation),
        style.link("appointments", visit.appointment_id),
    )
    title = f"{one_line(facts.service)} · {brand.name}"
    if status == "CANCELLED":  # not every calendar shows a status
        title = render(style.locale, "layout", "calendar_title.txt", what=title).strip()
    told = {"who": names(style, facts.staff), "url": url, "phone": brand.phone or ""}
    lines = [full_when(style, time_of(facts), news.now)] + [
        render(style.locale, "layout", "calendar_line.txt", about=about, value=value).strip()
        for about, value in told.items()
        if value
    ]
    return VisitEntry(
        business_id=news.business_id,
        appointment_id=visit.appointment_id,
        version=visit.version,
        status=status,
        time=time_of(facts),
        title=title,
        text="\n".join(lines),
        place=facts.place or None,
        url=url,
        stamp=news.now,
        organizer=(brand.name, sender),
    )
