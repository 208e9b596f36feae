"""What became of a customer's request, as an email and a text message. Pure: same input, same bytes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import RequestKind
from notifier.domain.request_facts import AnswerFacts, RequestFacts
from notifier.domain.request_news import wording_of
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow, labelled
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render
from notifier.messages.visit_words import full_when, time_of

_LONGEST_ANSWER: Final = 2000


@dataclass(frozen=True, slots=True)
class RequestNews:
    """A request as `kind` of message, at the moment `now`: its answer with the `words` that staff wrote, and
    the visit that it is about, as that is now.
    """

    kind: RequestKind
    request: RequestFacts
    answer: AnswerFacts | None
    visit: AppointmentFacts | None
    words: str
    now: datetime


@dataclass(frozen=True, slots=True)
class RequestWords:
    """Finished words; those of a visit are empty where none is ahead. `about` is what was asked."""

    about: str
    wording: str
    sent_day: str
    visit_day: str
    when: str
    short_when: str
    wishes: str
    words: str


def request_email(style: MessageStyle, news: RequestNews) -> EmailText:
    """The email. Its button leads to the visit, or to all requests."""
    words, visit_id = _words(style, news), news.request.appointment_id
    on_visit = visit_id is not None and news.request.is_of_visit
    url = style.link("appointments", visit_id) if visit_id and on_visit else style.link("requests")
    action = "visit" if on_visit else "requests"
    button = render(style.locale, "layout", "request_button.txt", action=action).strip()
    rows = labelled(style, _rows(news, words), "request_label.txt")
    return email_like_a_payment(news.kind, style, asdict(words), rows=rows, url=url, button=button)


def request_sms(style: MessageStyle, news: RequestNews) -> str:
    """The text message."""
    return sms_like_a_payment(news.kind, style, asdict(_words(style, news)))


def _rows(news: RequestNews, words: RequestWords) -> Iterator[FactRow]:
    if news.kind == "request_answered":
        yield FactRow("words", words.words)
    yield FactRow("wishes", words.wishes, gone=news.kind == "request_withdrawn")
    yield FactRow("visit", words.when)


def _words(style: MessageStyle, news: RequestNews) -> RequestWords:
    show, request, visit = style.formatter, news.request, _ahead(news)
    when = full_when(style, time_of(visit), news.now) if visit else ""
    zone = ZoneInfo(visit.time_zone) if visit else show.zone
    day = show.short_with_weekday(visit.start.astimezone(zone).date()) if visit else ""
    return RequestWords(
        about=request.kind if visit or not request.is_of_visit else "other",
        wording=wording_of(request, news.answer, news.visit, news.now) if news.answer else "",
        sent_day=show.month_day(request.sent_at.astimezone(show.zone).date()),
        visit_day=day,
        when=when,
        short_when=_short_when(style, visit, day) if visit else "",
        wishes=("、" if show.japanese else "; ").join(map(show.short_with_weekday, request.wishes)),
        words=one_line(news.words, _LONGEST_ANSWER),
    )


def _ahead(news: RequestNews) -> AppointmentFacts | None:
    """The visit that stands, where the request is about one."""
    visit = news.visit if news.request.is_of_visit else None
    return visit if visit and visit.status == "scheduled" and visit.end > news.now else None


def _short_when(style: MessageStyle, visit: AppointmentFacts, day: str) -> str:
    time = time_of(visit)
    if time.whole_days or time.day_count > 1 or time.arrival:
        return day
    window = style.formatter.window(time.start, time.end, time.zone)
    return render(style.locale, "layout", "short_when.txt", day=day, window=window).strip()
