"""What may be asked, what a form becomes, and how a request stands: tables of cases."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from portal_read.domain.request_form import TEXT_LIMIT, Asker, RequestForm, request_of
from portal_read.domain.requests import (
    DAY_LIMIT,
    OPEN_LIMIT,
    EarlierRequest,
    RequestProblem,
    asked_by,
    limit_problem,
    says_the_same,
    state_of,
    twin_of,
)
from servicehub_events import (
    Appointment,
    CustomerRequest,
    DayWish,
    RequestAnswer,
    RequestMade,
    RequestRules,
    as_event,
)
from servicehub_events_tools.testing import samples

VISIT = samples.appointment()
START = VISIT.window.start
NOW = START - timedelta(days=4)
MOVE = RequestForm(kind="move", days=("2026-11-26",))
CANCEL = RequestForm(kind="cancel", reason="away")
RULES = RequestRules(kinds=("move", "cancel", "book", "message", "details"), notice_hours=24)


def asker(now: datetime = NOW, rules: RequestRules | None = RULES) -> Asker:
    return Asker(
        business=replace(samples.business(), requests=rules),
        customer=samples.customer(),
        contact_id=samples.CONTACT,
        locale="en",
        now=now,
    )


def asked(form: RequestForm, now: datetime = NOW, rules: RequestRules | None = RULES) -> RequestMade:
    made = request_of(form, asker(now, rules), "rq-9", VISIT, None)
    assert isinstance(made, RequestMade), made
    assert made.violations() == ()
    return made


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (RequestForm(kind="move"), "request_day_missing"),
        (RequestForm(kind="move", days=(" ", "")), "request_day_missing"),
        (RequestForm(kind="move", days=("2026-11-20",)), "request_day_invalid"),
        (RequestForm(kind="move", days=("2028-01-01",)), "request_day_invalid"),
        (RequestForm(kind="move", days=("tomorrow",)), "request_day_invalid"),
        (RequestForm(kind="move", days=("2026-11-26", "never")), "request_day_invalid"),
        (RequestForm(kind="move", days=("2026-11-26",), note="x" * 1001), "request_text_too_long"),
        (RequestForm(kind="cancel"), "request_reason_missing"),
        (RequestForm(kind="cancel", reason="because"), "request_reason_missing"),
        (RequestForm(kind="book", days=("2026-11-26",), service=" \n"), "request_service_missing"),
        (RequestForm(kind="message", note="\r\n \x00"), "request_text_missing"),
        (RequestForm(kind="details", note="03-1234"), "request_details_missing"),
        (RequestForm(kind="details", changed=("phone",)), "request_details_missing"),
        (RequestForm(kind="details", changed=("salary",), note="x"), "request_details_missing"),
    ],
)
def test_a_form_that_lacks_what_its_kind_needs_says_what(form: RequestForm, code: str) -> None:
    assert request_of(form, asker(), "rq-9", VISIT, None) == RequestProblem(code)


@pytest.mark.parametrize(
    ("before", "notice", "code"),
    [
        (timedelta(hours=24, seconds=1), 24, None),
        (timedelta(hours=24), 24, "request_too_late"),
        (timedelta(seconds=1), 24, "request_too_late"),
        (timedelta(seconds=1), 0, None),
        (timedelta(0), 0, "request_over"),
        (timedelta(hours=-1), 24, "request_over"),
    ],
)
def test_one_can_ask_until_the_notice_period_begins(before: timedelta, notice: int, code: str | None) -> None:
    rules = replace(RULES, notice_hours=notice)
    made = request_of(CANCEL, asker(START - before, rules), "rq-9", VISIT, None)
    assert (made.code if isinstance(made, RequestProblem) else None) == code
    assert asked_by(VISIT, rules) == START - timedelta(hours=notice)


@pytest.mark.parametrize("rules", [None, RequestRules(kinds=("message",))])
def test_nothing_is_asked_that_the_business_does_not_offer(rules: RequestRules | None) -> None:
    refused = RequestProblem("request_not_offered")
    assert request_of(MOVE, asker(rules=rules), "rq-9", VISIT, None) == refused


@pytest.mark.parametrize("status", ["en_route", "started", "completed", "missed", "cancelled"])
def test_a_visit_that_has_begun_or_does_not_stand_cannot_be_changed(status: str) -> None:
    visit = replace(VISIT, status=status)
    assert request_of(MOVE, asker(), "rq-9", visit, None) == RequestProblem("request_over")


def test_a_request_says_what_was_typed_and_what_the_visit_was() -> None:
    days = ("2026-11-26", "", "2026-11-27", "2026-11-26")
    form = RequestForm(
        kind="move", days=days, parts=("morning", "", "midnight", "morning"), note=" <b>a</b>\r\nb\x07 "
    )
    made = asked(form)
    assert made.wishes == (DayWish(day=date(2026, 11, 26), part="morning"), DayWish(day=date(2026, 11, 27)))
    assert made.text == "<b>a</b>\nb"
    assert (made.window_start, made.window_end) == (VISIT.window.start, VISIT.window.end)
    assert (made.appointment_id, made.contact_id, made.sent_at) == ("ap-1", samples.CONTACT, NOW)


def test_today_is_that_of_the_place_of_the_visit() -> None:
    tokyo_evening = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)  # the 22nd in Tokyo
    yesterday = RequestForm(kind="move", days=("2026-11-21",))
    assert request_of(yesterday, asker(tokyo_evening), "r", VISIT, None) == RequestProblem(
        "request_day_invalid"
    )
    assert asked(RequestForm(kind="move", days=("2026-11-22",)), tokyo_evening).wishes


def test_a_kind_carries_its_own_fields_alone() -> None:
    everything = RequestForm(
        kind="cancel",
        days=("2026-11-26",),
        note="n",
        reason="away",
        service="s",
        site="s-1",
        changed=("phone",),
    )
    made = asked(everything)
    assert (made.reason, made.wishes, made.service, made.site_id, made.changed) == (
        "away",
        (),
        None,
        None,
        (),
    )


def test_the_businesss_own_reasons_take_the_place_of_ours() -> None:
    rules = replace(RULES, cancel_reasons=("Moving out",))
    assert asked(RequestForm(kind="cancel", reason="Moving out"), rules=rules).reason == "Moving out"
    refused = request_of(CANCEL, asker(rules=rules), "rq-9", VISIT, None)
    assert refused == RequestProblem("request_reason_missing")


def test_a_site_is_one_of_the_customers_own() -> None:
    form = RequestForm(kind="book", days=("2026-11-26",), service="Windows", site="s-of-another")
    assert asked(form).site_id is None
    assert asked(RequestForm(kind="book", days=("2026-11-26",), service="W", site="s-1")).site_id == "s-1"


def test_a_note_is_as_long_as_its_characters() -> None:
    assert asked(RequestForm(kind="message", note="清" * TEXT_LIMIT)).text == "清" * TEXT_LIMIT


ASKED = as_event(CustomerRequest, samples.customer_request())
ANSWER = RequestAnswer(request_id="rq-1", outcome="done", at=NOW)
MOVED = replace(VISIT, window=replace(VISIT.window, end=VISIT.window.end + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("request_", "answer", "visit", "now", "state"),
    [
        (ASKED, None, VISIT, NOW, "waiting"),
        (ASKED, ANSWER, VISIT, NOW, "answered"),
        (ASKED, ANSWER, MOVED, START, "answered"),
        (replace(ASKED, status="withdrawn"), None, VISIT, NOW, "withdrawn"),
        (replace(ASKED, status="withdrawn"), ANSWER, MOVED, NOW, "answered"),
        (ASKED, None, MOVED, NOW, "over"),
        (ASKED, None, replace(VISIT, status="cancelled"), NOW, "over"),
        (ASKED, None, VISIT, START, "over"),
        (ASKED, None, None, NOW, "over"),
        (replace(ASKED, kind="message"), None, None, NOW, "waiting"),
        (replace(ASKED, kind="message"), None, VISIT, ASKED.sent_at + timedelta(days=31), "over"),
    ],
)
def test_how_a_request_stands_follows_from_it_the_answer_and_the_visit(
    request_: CustomerRequest,
    answer: RequestAnswer | None,
    visit: Appointment | None,
    now: datetime,
    state: str,
) -> None:
    assert state_of(request_, answer, visit, now) == state


def earlier(number: int, **changes: object) -> EarlierRequest:
    row = EarlierRequest(
        request_id=f"r-{number}",
        contact_id="co-1",
        kind="message",
        appointment_id=None,
        sent_at=NOW,
        withdrawn=False,
    )
    return dataclasses.replace(row, **changes)


@pytest.mark.parametrize(
    ("rows", "closed", "code"),
    [
        ([earlier(n) for n in range(DAY_LIMIT - 1)], (), None),
        ([earlier(n) for n in range(DAY_LIMIT)], (), "requests_of_day"),
        ([earlier(n, withdrawn=True) for n in range(DAY_LIMIT)], (), "requests_of_day"),
        ([earlier(n, sent_at=NOW - timedelta(days=1)) for n in range(OPEN_LIMIT - 1)], (), None),
        ([earlier(n, sent_at=NOW - timedelta(days=1)) for n in range(OPEN_LIMIT)], (), "requests_open"),
        ([earlier(n, sent_at=NOW - timedelta(days=1)) for n in range(OPEN_LIMIT)], ("r-3",), None),
    ],
)
def test_there_may_be_so_many_a_day_and_so_many_that_wait(
    rows: list[EarlierRequest], closed: tuple[str, ...], code: str | None
) -> None:
    problem = limit_problem(rows, closed, NOW - timedelta(hours=1))
    assert (problem.code if problem else None) == code


def test_the_same_of_one_visit_waits_once_and_a_form_sent_twice_is_one() -> None:
    made = asked(MOVE)
    same = earlier(1, kind="move", appointment_id="ap-1")
    assert twin_of(made, [same], ()) == same
    assert twin_of(made, [same], ("r-1",)) is None
    assert twin_of(made, [earlier(1, kind="cancel", appointment_id="ap-1")], ()) is None
    assert twin_of(asked(RequestForm(kind="message", note="x")), [earlier(1)], ()) is None
    again = replace(as_event(CustomerRequest, made), request_id="rq-1", sent_at=NOW - timedelta(minutes=9))
    assert says_the_same(made, again)
    assert not says_the_same(made, replace(again, text="another"))
    assert not says_the_same(made, replace(again, sent_at=NOW - timedelta(minutes=10)))
    assert not says_the_same(made, replace(again, status="withdrawn"))
