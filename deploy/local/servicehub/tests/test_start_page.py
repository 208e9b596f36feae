"""The first page of all: whom to be, what awaits them, and where everything is."""

import html
import re
from collections.abc import Iterator

import httpx
import pytest
from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.core import Core
from stand_in_servicehub.payments import take

from .payment_samples import captured, told


def cards(page: str) -> Iterator[str]:
    """What each person's card says, with single spaces."""
    for card in re.findall(r"<article.*?</article>", page, re.DOTALL):
        yield html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", card))).strip()


async def start_page(client: httpx.AsyncClient) -> str:
    return (await client.get("/start-page")).text


async def test_each_person_has_a_name_what_awaits_them_and_an_address(client: httpx.AsyncClient) -> None:
    hannah, nadia, yumi = cards(await start_page(client))
    assert "Next visit Sunday, Nov 22, 10 AM – 12 PM" in hannah
    assert "$565.87 to pay $95.93 of it is overdue" in hannah
    assert "hannah@mail.example Sign in as Hannah" in hannah
    assert "Nadia Farouk Cedar Row Property Management" in nadia
    assert "Next visit tomorrow, 8:30 AM – 12:30 PM" in nadia
    assert "高橋 由美 様" in yumi
    assert "次回のご予約： 11月23日(月) 10:00〜12:00" in yumi
    assert "うち¥6,850は期限を過ぎています" in yumi


async def test_the_way_in_is_the_sign_in_page_of_the_right_portal(client: httpx.AsyncClient) -> None:
    doors = re.findall(r'class="btn" href="([^"]+)"', await start_page(client))
    portals = ["sparkle-home", "sparkle-home", "hikari-seisou"]
    assert doors == [f"http://localhost:8080/portal/{slug}/sign-in" for slug in portals]


async def test_everything_around_is_one_click_away(
    client: httpx.AsyncClient,
) -> None:
    links = set(re.findall(r'href="([^"]+)"', await start_page(client)))
    assert {"http://localhost:8025", "http://localhost:12111"} <= links
    assert {f"http://localhost:8090/businesses/biz-{name}" for name in ("sparkle", "hikari")} <= links


async def test_what_was_paid_and_moved_is_seen_at_once(client: httpx.AsyncClient, core: Core) -> None:
    await take(core, [told(captured(("inv-1042", 9_593), ("inv-1047", 46_994)))])
    visit = {"appointment_id": "v-2012", "start": "2026-11-20T14:00"}
    await core.act("biz-sparkle", ACTIONS["reschedule"], visit)
    hannah = next(cards(await start_page(client)))
    assert "Next visit today, 2 PM – 4 PM Nothing left to pay" in hannah


@pytest.mark.parametrize(
    ("action", "values"), [("erase", {}), ("access", {"allowed": False})], ids=["erased", "without access"]
)
async def test_who_cannot_sign_in_is_not_offered(
    client: httpx.AsyncClient, core: Core, action: str, values: dict[str, object]
) -> None:
    await core.act("biz-sparkle", ACTIONS[action], {"customer_id": "c-1001", **values})
    assert "hannah@mail.example" not in await start_page(client)
    listed = (await client.get("/api/businesses")).json()["businesses"]
    assert [business["sign_in_as"] for business in listed] == [
        ["nadia@cedarrow.example"],
        ["yumi@mail.example"],
    ]


async def test_it_needs_no_script_and_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/start-page")
    assert "<script" not in answer.text
    assert set(re.findall(r'(?:src=|url\()"?(.{5})', answer.text)) == {"data:"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_it_is_there_before_the_demo_is(fresh: Core, app_client: httpx.AsyncClient) -> None:
    assert not fresh.ready.is_set()
    page = await start_page(app_client)
    assert "The demo is being set up." in page
    assert list(cards(page)) == []
