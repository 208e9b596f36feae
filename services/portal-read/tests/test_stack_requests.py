"""A request's whole life on the real database, as the real roles: from the form to its erasure."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from msgspec.structs import replace
from portal_read.domain.requests import DAY_LIMIT
from portal_read.handlers.erase_requests import EraseRequests, erase_requests
from portal_world import CONTACT, CUSTOMER, ROOT, World
from servicehub_events import (
    AppointmentCompleted,
    AppointmentErased,
    AppointmentRescheduled,
    AppointmentScheduled,
    Contact,
    CustomerErased,
    CustomerRegistered,
    CustomerRequest,
    CustomerRevised,
    FormerWindow,
    PortalEnabled,
    RequestAnswer,
    RequestErased,
    RequestMade,
    RequestRules,
    RequestWithdrawn,
    Service,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples
from sqlalchemy.exc import ProgrammingError

pytestmark = pytest.mark.stack

VISIT = f"{ROOT}/appointments/ap-1"
MOVE = {"day": "2026-11-26", "part": "morning", "note": "Canary <b>words</b>"}
RULES = RequestRules(kinds=("move", "cancel", "book", "message", "details"), notice_hours=24)
SECOND = {"contact_id": "co-2", "session_id": "s-of-the-second"}
COLLEAGUE = Contact(contact_id="co-2", name="Second Contact", email="second@example.com")


@pytest.fixture
async def asking(full: World) -> World:
    """The business takes requests, the visit is four days ahead, and a colleague may see it too."""
    full.clock.now = samples.appointment().window.start - timedelta(days=4)
    await full.caught_up(full.clock.now)
    contacts = (*samples.customer().contacts, COLLEAGUE)
    await full.apply(
        as_event(PortalEnabled, samples.business(), requests=RULES, locales=("en", "ja"), domain=None,
                 domain_check=None),
        as_event(CustomerRevised, samples.customer(), contacts=contacts, answers=()),
        as_event(AppointmentScheduled, samples.appointment(), answers=(), rescheduled_from=None),
    )  # fmt: skip
    return full


def english(world: World, **token: object) -> str:
    return f"{world.cookie(**token)}; __Host-lang=en"


async def post(
    world: World, path: str, form: dict[str, str] | None = None, cookie: str = "", **headers: str
) -> httpx.Response:
    sent = {"Cookie": cookie or english(world), "Content-Type": "application/x-www-form-urlencoded"}
    return await world.browser().post(path, content=urlencode(form or {}), headers={**sent, **headers})


async def shown(world: World, path: str = VISIT, **token: object) -> str:
    return (await world.get(path, english(world, **token))).text


async def requests(world: World) -> list[CustomerRequest | RequestErased]:
    events = [envelope.event for envelope in await world.published()]
    return [event for event in events if isinstance(event, CustomerRequest | RequestErased)]


async def test_a_request_is_published_shown_at_once_and_the_visit_stays(asking: World) -> None:
    before = await asking.get(VISIT, english(asking))
    assert "Ask to move it" in before.text
    answer = await post(asking, f"{VISIT}?ask=move", MOVE)
    assert (answer.status_code, answer.headers["location"]) == (303, VISIT)
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    assert (made.kind, made.appointment_id, made.customer_id, made.contact_id) == (
        "move", "ap-1", CUSTOMER, CONTACT,
    )  # fmt: skip
    after = await asking.get(VISIT, english(asking), {"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    for words in ("You asked to move this visit", "Waiting for an answer", "Thu, Nov 26, in the morning"):
        assert words in after.text.replace("\u00a0", " ")
    assert "Canary &lt;b&gt;words&lt;/b&gt;" in after.text
    assert "Wednesday" in after.text


async def test_what_cannot_be_sent_is_shown_again_with_what_was_typed_and_nothing_is_sent(
    asking: World,
) -> None:
    answer = await post(asking, f"{VISIT}?ask=move", {"day": "", "note": "Kept & shown"})
    assert (answer.status_code, answer.headers["cache-control"]) == (422, "no-store")
    assert "Please give at least one day." in answer.text
    assert "Kept &amp; shown</textarea>" in answer.text
    assert "Kept" not in str(answer.headers)
    assert await requests(asking) == []


async def test_the_answer_comes_with_the_visits_own_event(asking: World) -> None:
    await post(asking, f"{VISIT}?ask=move", MOVE)
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    window, at = samples.appointment().window, asking.clock.now
    done = RequestAnswer(request_id=made.request_id, outcome="done", message="See you then.", at=at)
    day = timedelta(days=1)
    await asking.apply(
        as_event(
            AppointmentRescheduled,
            samples.appointment(),
            window=replace(window, start=window.start + day, end=window.end + day),
            rescheduled_from=FormerWindow(start=window.start, end=window.end, at=at),
            answers=(done,),
        )
    )
    page = await shown(asking)
    assert "Moved as you asked" in page
    assert "See you then." in page
    assert "Withdraw the request" not in page
    assert "Ask to move it" in page


async def test_a_refusal_comes_with_the_customer_and_one_can_ask_again(asking: World) -> None:
    await post(asking, f"{VISIT}?ask=cancel", {"reason": "away"})
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    no = RequestAnswer(
        request_id=made.request_id, outcome="declined", message="It is too late.", at=asking.clock.now
    )
    await asking.apply(as_event(CustomerRevised, samples.customer(), answers=(no,)))
    page = await shown(asking)
    assert "We can’t cancel this visit" in page
    assert "It is too late." in page
    assert (
        await post(asking, f"{VISIT}?ask=cancel", {"reason": "away", "note": "Really"})
    ).status_code == 303
    assert len(await requests(asking)) == 2


async def test_who_asked_withdraws_it_once_and_can_ask_again(asking: World) -> None:
    await post(asking, f"{VISIT}?ask=move", MOVE)
    (path,) = re.findall(rf'action="({ROOT}/requests/[^"]+/withdraw)"', await shown(asking))
    for _ in range(2):
        answer = await post(asking, path)
        assert (answer.status_code, answer.headers["location"]) == (303, VISIT)
    assert [type(event) for event in await requests(asking)] == [RequestMade, RequestWithdrawn]
    assert "Ask to move it" in await shown(asking)
    assert "Withdrawn" in await shown(asking, f"{ROOT}/requests")


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("book", {"service": "Windows", "day": "2026-12-01"}),
        ("message", {"note": "Do you bring a ladder?"}),
        ("message", {"note": "About it", "about": "visit:ap-1"}),
        ("message", {"note": "About it", "about": "invoice:in-1"}),
        ("details", {"note": "03-0000-0000", "changed": "phone"}),
    ],
)
async def test_what_concerns_no_visit_stands_in_the_list_of_ones_own(
    asking: World, kind: str, form: dict[str, str]
) -> None:
    answer = await post(asking, f"{ROOT}/requests?ask={kind}", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/requests")
    page = await shown(asking, f"{ROOT}/requests")
    assert "Waiting for an answer" in page
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    assert made.invoice_id == ("in-1" if form.get("about", "").startswith("invoice") else None)
    theirs = await asking.get(f"{ROOT}/requests", english(asking, **SECOND))
    assert (theirs.status_code, "Waiting for an answer" in theirs.text) == (200, False)


async def test_it_is_too_late_where_the_notice_period_has_begun(asking: World) -> None:
    asking.clock.now = samples.appointment().window.start - timedelta(hours=24, seconds=1)
    early = await asking.get(VISIT, english(asking))
    asking.clock.pass_time(seconds=1)
    late = await asking.get(VISIT, english(asking), {"If-None-Match": early.headers["etag"]})
    assert "please call" in late.text
    assert "Ask to move it" not in late.text
    answer = await post(asking, f"{VISIT}?ask=move", MOVE)
    assert answer.status_code == 422
    assert "too late" in answer.text
    assert await requests(asking) == []


async def test_a_form_that_is_sent_many_times_at_once_is_one_request(asking: World) -> None:
    message = {"note": "Once"}
    answers = await asyncio.gather(
        *(post(asking, f"{VISIT}?ask=move", MOVE) for _ in range(8)),
        *(post(asking, f"{ROOT}/requests?ask=message", message) for _ in range(8)),
    )
    assert {answer.status_code for answer in answers} == {303}
    assert sorted(event.kind for event in await requests(asking) if isinstance(event, RequestMade)) == [
        "message",
        "move",
    ]


async def test_a_customer_may_ask_so_often_a_day_however_many_ask_at_once(asking: World) -> None:
    cookies = (english(asking), english(asking, **SECOND))
    answers = await asyncio.gather(
        *(
            post(
                asking,
                f"{ROOT}/requests?ask=message",
                {"note": f"Number {n}"},
                cookies[n % 2],
            )
            for n in range(DAY_LIMIT + 5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303] * DAY_LIMIT + [422] * 5
    asking.clock.pass_time(seconds=24 * 3600)
    assert (await post(asking, f"{ROOT}/requests?ask=message", {"note": "Next day"})).status_code == 303


async def test_another_customers_visit_invoice_and_request_are_as_if_they_were_not_there(
    asking: World,
) -> None:
    other = {"customer_id": "cu-2"}
    await asking.apply(
        as_event(CustomerRegistered, samples.customer(), **other, answers=()),
        as_event(SignedIn, samples.session(), **other, session_id="se-2"),
        as_event(AppointmentScheduled, samples.appointment(), **other, appointment_id="ap-2", answers=()),
    )
    await post(asking, f"{VISIT}?ask=move", MOVE)
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    absent = await post(asking, f"{ROOT}/appointments/ap-none?ask=move", MOVE)
    foreign = await post(asking, f"{ROOT}/appointments/ap-2?ask=move", MOVE)
    stranger = english(asking, customer_id="cu-2", session_id="se-2")
    withdraw = f"{ROOT}/requests/{made.request_id}/withdraw"
    colleague = english(asking, **SECOND)
    about = {"note": "x", "about": "visit:ap-2"}
    answers = (
        absent,
        foreign,
        await post(asking, withdraw, cookie=stranger),
        await post(asking, withdraw, cookie=colleague),
        await post(asking, f"{ROOT}/requests/none/withdraw"),
        await post(asking, f"{ROOT}/requests/%00/withdraw"),
        await post(asking, f"{ROOT}/requests?ask=message", about),
        await post(asking, f"{ROOT}/requests?ask=message", {**about, "about": "visit:ap-none"}),
        await post(asking, f"{ROOT}/requests?ask=book", {"service": "x", "day": "2026-12-01", **about}),
    )
    assert {answer.status_code for answer in answers} == {404}
    assert foreign.content == absent.content
    assert len(await requests(asking)) == 1
    assert "Canary" not in await shown(asking, f"{ROOT}/requests", customer_id="cu-2", session_id="se-2")


async def test_a_visit_is_booked_again_from_the_one_that_is_named_not_from_the_last(asking: World) -> None:
    done = samples.completed_appointment()
    for key, service, days in (("old", "Gutters", 40), ("last", "Windows", 20)):
        start = done.window.start - timedelta(days=days)
        window = replace(done.window, start=start, end=start + timedelta(hours=1))
        changes = {"appointment_id": key, "service": Service(name=service), "window": window, "answers": ()}
        await asking.apply(as_event(AppointmentCompleted, done, **changes))
    form = await shown(asking, f"{ROOT}/requests?ask=book&about=visit:old")
    assert 'name="about" value="visit:old"' in form
    assert 'value="Gutters"' in form
    assert 'value="Windows"' in await shown(asking, f"{ROOT}/requests?ask=book")
    wished = {"about": "visit:old", "service": "Gutters", "day": "2026-12-01"}
    refused = await post(asking, f"{ROOT}/requests?ask=book", {**wished, "day": ""})
    assert 'name="about" value="visit:old"' in refused.text
    assert (await post(asking, f"{ROOT}/requests?ask=book", wished)).status_code == 303
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    assert (made.kind, made.appointment_id, made.service) == ("book", "old", "Gutters")


async def test_equal_ids_at_another_business_never_meet(asking: World) -> None:
    twin = {"business_id": "b-2"}
    business = replace(samples.business(), requests=RULES, domain=None, domain_check=None)
    await asking.apply(
        as_event(PortalEnabled, business, **twin, slug="twin-business", former_slugs=()),
        as_event(CustomerRegistered, samples.customer(), **twin, answers=()),
        as_event(SignedIn, samples.session(), **twin),
        as_event(AppointmentScheduled, samples.appointment(), **twin, answers=()),
    )
    await post(asking, f"{VISIT}?ask=move", MOVE)
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    theirs = f"{asking.cookie(business_id='b-2')}; __Host-lang=en"
    page = await asking.get("/portal/twin-business/appointments/ap-1", theirs)
    assert (page.status_code, "Canary" in page.text) == (200, False)
    path = f"/portal/twin-business/requests/{made.request_id}/withdraw"
    assert (await post(asking, path, cookie=theirs)).status_code == 404


async def test_without_the_role_there_is_nothing_to_ask_about_visits(asking: World) -> None:
    payer = replace(COLLEAGUE, roles=("pay",))
    contacts = (*samples.customer().contacts, payer)
    await asking.apply(as_event(CustomerRevised, samples.customer(), contacts=contacts, answers=()))
    cookie = english(asking, **SECOND)
    booking = {"service": "Windows", "day": "2026-12-01"}
    assert (await post(asking, f"{VISIT}?ask=move", MOVE, cookie)).status_code == 404
    assert (await post(asking, f"{ROOT}/requests?ask=book", booking, cookie)).status_code == 404
    assert "Book a visit" not in await shown(asking, f"{ROOT}/requests", **SECOND)
    assert (await post(asking, f"{ROOT}/requests?ask=message", {"note": "x"}, cookie)).status_code == 303


async def test_a_form_of_another_site_or_of_nobody_asks_for_nothing(asking: World) -> None:
    crossed = await post(asking, f"{VISIT}?ask=move", MOVE, **{"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    nobody = await post(asking, f"{VISIT}?ask=move", MOVE, cookie="__Host-lang=en")
    assert (nobody.status_code, nobody.headers["location"]) == (303, f"{ROOT}/sign-in")
    large = await post(asking, f"{VISIT}?ask=move", {**MOVE, "note": "x" * 40_000})
    assert large.status_code == 413
    assert await requests(asking) == []


async def test_nothing_is_offered_where_the_business_takes_no_requests(full: World) -> None:
    business = replace(samples.business(), requests=None, domain=None, domain_check=None)
    await full.apply(as_event(PortalEnabled, business))
    assert "?ask=" not in await shown(full)
    assert (await full.get(f"{ROOT}/requests")).status_code == 404
    assert (await post(full, f"{ROOT}/requests?ask=message", {"note": "x"})).status_code == 404
    assert (await post(full, f"{VISIT}?ask=move", MOVE)).status_code == 422
    assert await requests(full) == []


@pytest.mark.parametrize("erased", ["customer", "appointment"])
async def test_of_the_erased_ids_alone_are_left(asking: World, erased: str) -> None:
    await post(asking, f"{VISIT}?ask=move", MOVE)
    (made,) = await requests(asking)
    assert isinstance(made, RequestMade)
    await asking.run("DELETE FROM outbox")
    whose = {"business_id": samples.BUSINESS, "customer_id": CUSTOMER}
    event = (
        CustomerErased(**whose) if erased == "customer" else AppointmentErased(**whose, appointment_id="ap-1")
    )
    assert not await erase_requests(asking.worker, EraseRequests())
    await asking.apply(event)
    assert await erase_requests(asking.worker, EraseRequests())
    assert not await erase_requests(asking.worker, EraseRequests())
    gone = RequestErased(**whose, request_id=made.request_id)
    told = [(envelope.event, envelope.sequence) for envelope in await asking.published()]
    assert told == [(gone, 2)]
    assert await asking.rows("SELECT count(*) FROM visitor.requests") == [(0,)]
    assert await asking.rows("SELECT version FROM events") == [(2,)]


async def test_what_was_typed_lies_encrypted_for_its_row(asking: World) -> None:
    await post(asking, f"{VISIT}?ask=move", MOVE)
    await post(asking, f"{ROOT}/requests?ask=message", {"note": "Canary of another"})
    lying = str(await asking.rows("SELECT e::text, encode(e.data, 'escape') FROM events e"))
    lying += str(await asking.rows("SELECT r::text FROM visitor.requests r"))
    assert "Canary" not in lying
    async with asking.as_owner() as tx:
        await tx.run(
            "UPDATE events SET data = (SELECT data FROM events WHERE data <> e.data LIMIT 1) FROM events e"
        )
    page = await asking.get(VISIT, english(asking))
    assert page.status_code == 200
    assert "Canary" not in page.text


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events",
        "UPDATE events SET version = 9",
        "DELETE FROM visitor.requests",
        "INSERT INTO visitor.requests VALUES ('b-1', 'r', 'c', 'k', 'move', NULL, now(), false, 1)",
    ],
)
async def test_the_web_role_may_not(asking: World, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
        async with asking.web.tenant("b-2") as tx:
            await tx.run(statement)
