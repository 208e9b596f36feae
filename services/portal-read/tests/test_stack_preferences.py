"""What contacts choose, from the pages to the notifier, and the links of mails, over a database."""

from typing import Any

import httpx
import pytest
from portal_read.ports import MessageChoice, MessageChoices, MessageWay
from portal_world import BUSINESS, CONTACT, CUSTOMER, ROOT, World
from servicehub_events import PortalDisabled, PreferencesSet, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
BOOKED, REMINDER = MessageWay("visit_bookings", "email"), MessageWay("voucher_reminders", "sms")
TOKEN = "AmsxTokenOfALink-_9"
LINK = f"{ROOT}/unsubscribe/{TOKEN}"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


ENGLISH = "__Host-lang=en"


@pytest.fixture
async def world(full: World) -> World:
    full.messages.choices = MessageChoices(
        4,
        [
            MessageChoice(BOOKED, wanted=True, choosable=True),
            MessageChoice(REMINDER, wanted=False, choosable=True),
        ],
    )
    full.messages.ended[f"{BUSINESS}/{TOKEN}"] = "visit_bookings"
    return full


def inside(world: World, *cookies: str) -> httpx.AsyncClient:
    browser = world.browser()
    browser.headers["Cookie"] = "; ".join((world.cookie(), *cookies))
    return browser


def outside(world: World) -> httpx.AsyncClient:
    browser = world.browser()
    browser.headers["Cookie"] = ENGLISH
    return browser


def cookies_of(answer: httpx.Response) -> list[str]:
    return [cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie")]


async def test_what_is_unticked_is_off_what_is_ticked_on_and_nothing_else_is_asked(world: World) -> None:
    form = {
        "seen_version": "4",
        "shown": ["visit_bookings/email"],
        "wanted": ["voucher_reminders/sms", "x", "a/b"],
    }
    answer = await inside(world).post(f"{ROOT}/messages", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/settings#messages")
    (chosen,) = world.messages.chosen
    assert (chosen.business_id, chosen.customer_id, chosen.contact_id) == (BUSINESS, CUSTOMER, CONTACT)
    assert (chosen.seen_version, chosen.locale) == (4, None)
    assert (chosen.off, chosen.on) == ({BOOKED}, {REMINDER})


async def test_a_stranger_and_another_site_choose_nothing(world: World) -> None:
    form = {"shown": "visit_bookings/email", "locale": "ja"}
    for path in ("messages", "language"):
        await world.browser().post(f"{ROOT}/{path}", data=form)
        crossing = await inside(world).post(
            f"{ROOT}/{path}", data=form, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert crossing.status_code == 403
    assert world.messages.chosen == []


async def test_a_language_chosen_inside_is_saved_and_spoken_at_once(world: World) -> None:
    form = {"locale": "en", "return": f"{ROOT}/settings"}
    answer = await inside(world).post(f"{ROOT}/language", data=form)
    assert answer.headers["location"] == f"{ROOT}/settings"
    assert [chosen.locale for chosen in world.messages.chosen] == ["en"]
    await world.apply(
        PreferencesSet(business_id=BUSINESS, contact_id=CONTACT, locale="ja", kinds={}), version=4
    )
    page = await inside(world, *cookies_of(answer)).get(f"{ROOT}/settings")
    assert '<html lang="en">' in page.text
    assert "on all your devices" in page.text


async def test_a_language_chosen_outside_is_this_browsers_alone(world: World) -> None:
    answer = await world.browser().post(f"{ROOT}/language", data={"locale": "ja"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-lang=ja;")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert world.messages.chosen == []


async def test_a_saved_language_is_spoken_in_a_browser_that_never_chose(world: World) -> None:
    assert '<html lang="ja">' in (await inside(world).get(f"{ROOT}/settings")).text
    await world.apply(PreferencesSet(business_id=BUSINESS, contact_id=CONTACT, locale="en", kinds={}))
    assert '<html lang="en">' in (await inside(world).get(f"{ROOT}/settings")).text


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("messages", {"shown": "visit_bookings/email"}, "Your messages could not be saved."),
        ("language", {"locale": "en", "return": f"{ROOT}/settings"}, "in this browser alone."),
    ],
)
async def test_while_the_notifier_is_away_nothing_is_said_to_be_saved(
    world: World, path: str, form: dict[str, str], said: str
) -> None:
    world.messages.choices = None
    answer = await inside(world).post(f"{ROOT}/{path}", data=form)
    page = await inside(world, ENGLISH, *cookies_of(answer)).get(f"{ROOT}/settings")
    assert said in page.text
    assert "can’t be shown at the moment" in page.text


async def test_looking_at_a_link_changes_nothing_and_says_nothing_of_it(world: World) -> None:
    pages: set[str] = set()
    for token in (TOKEN, "x" * len(TOKEN)):
        for method in ("GET", "HEAD", "GET"):
            answer = await outside(world).request(method, f"{ROOT}/unsubscribe/{token}")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            pages |= {answer.text.replace(token, "")} if method == "GET" else set()
    assert len(pages) == 1
    assert world.messages.asked == []


@pytest.mark.parametrize(
    "encoded", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}]
)
async def test_one_click_of_a_mail_program_ends_a_kind_without_cookies(
    world: World, encoded: dict[str, Any]
) -> None:
    answer = await world.browser().post(LINK, **encoded)
    assert answer.headers["content-type"].startswith("text/plain")
    assert (answer.status_code, answer.headers.get("location")) == (200, None)
    assert world.messages.asked == [(BUSINESS, TOKEN)]


async def test_one_click_works_while_the_portal_is_off(world: World) -> None:
    await world.apply(as_event(PortalDisabled, samples.business(), enabled=False))
    assert (await outside(world).post(LINK, data=ONE_CLICK)).status_code == 200
    assert world.messages.asked == [(BUSINESS, TOKEN)]


async def test_the_button_ends_a_kind_and_names_it(world: World) -> None:
    answer = await outside(world).post(LINK)
    assert answer.status_code == 200
    assert "These emails are switched off" in answer.text
    assert "Visit confirmed" in answer.text


async def test_a_link_that_ends_nothing_is_refused_alike_for_programs_and_people(world: World) -> None:
    for form in (ONE_CLICK, {}):
        answers = [
            await outside(world).post(f"{ROOT}/unsubscribe/{token}", data=form)
            for token in ("x", f"{TOKEN}A")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert (await outside(world).post("/portal/nobodys/unsubscribe/x", data=ONE_CLICK)).status_code == 404


async def test_a_link_that_cannot_be_asked_about_is_to_be_tried_again(world: World) -> None:
    world.messages.choices = None
    for form in (ONE_CLICK, {}):
        answer = await outside(world).post(LINK, data=form)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
