"""Guessing, flooding and lockout, on real PostgreSQL and Valkey and two web processes."""

import asyncio

import httpx
import pytest
from chassis.settings import KeyRing, Secret
from portal_testing.stack import Servers
from servicehub_events import SignedIn

from .sign_in_world import EMAIL, World, contact, customer

pytestmark = pytest.mark.stack
FREELY = {
    "send_spacing_seconds": 0,
    "sends_per_hour": 1000,
    "sends_per_day": 1000,
    "challenges_per_address": 1000,
}


async def post(browser: httpx.AsyncClient, path: str, slug: str = "sample-business", **fields: object) -> str:
    """The code of the answer in JSON, or "" when it went well."""
    answer = await browser.post(f"/auth/{slug}/{path}", json=fields)
    return "" if answer.status_code == 200 else answer.json()["code"]


def copies(world: World, browser: httpx.AsyncClient, number: int) -> list[httpx.AsyncClient]:
    """The same cookies from many addresses, at both processes in turn."""
    made = [world.browser(at=(world.web, world.second)[n % 2]) for n in range(number)]
    for one in made:
        one.cookies.update(browser.cookies)
    return made


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def failures(world: World) -> int:
    return await world.value("SELECT coalesce(sum(count), 0)::bigint FROM failures", int) or 0


async def test_of_fifty_wrong_codes_at_once_five_are_compared(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    guesses = [post(one, "sessions", code=wrong(code)) for one in copies(world, browser, 50)]
    answers = await asyncio.gather(*guesses)
    assert await failures(world) == world.settings.code_tries
    assert sorted(set(answers)) == ["code_dead", "code_wrong"]
    assert answers.count("code_wrong") == world.settings.code_tries - 1
    assert await post(browser, "sessions", code=code) == "code_dead"


async def test_fifty_right_codes_at_once_make_one_session(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    answers = await asyncio.gather(*(post(one, "sessions", code=code) for one in copies(world, browser, 50)))
    assert "" in answers
    assert [type(event) for event in await world.session_events()] == [SignedIn]
    assert await failures(world) == 0
    assert await world.count("sessions") == 1


async def test_neither_a_new_code_nor_a_lost_valkey_resets_the_days_failures(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY) as world:
        for _ in range(2):
            browser = world.browser()
            code = await world.code_for(browser)
            for _ in range(5):
                await post(browser, "sessions", code=wrong(code))
        emptied = world.context("api", redis_url=Secret(servers.fresh_redis_url()))
        late = world.browser(at=emptied)
        late_code = await world.code_for(late)
        assert await post(late, "sessions", code=late_code) == "too_many_tries"


async def test_a_success_takes_back_only_its_own_failure(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    await post(browser, "sessions", code=wrong(code))
    assert await post(browser, "sessions", code=code) == ""
    assert await failures(world) == 1


async def test_a_stranger_cannot_lock_a_known_browser_out(servers: Servers) -> None:
    async with World.fresh(
        servers, send_spacing_seconds=0, failures_per_day=2, brake_business_failures=3
    ) as world:
        known = world.browser()
        assert await post(known, "sessions", code=await world.code_for(known)) == ""
        await known.post("/auth/sample-business/sign-out")
        for _ in range(world.settings.sends_per_hour - 1):
            stranger = world.browser()
            answer = await stranger.post("/auth/sample-business/codes", json={"address": EMAIL})
            assert answer.status_code == 200
            (sent,) = await world.send_codes()
            for _ in range(3):
                await post(stranger, "sessions", code=wrong(sent.code))
        assert await post(known, "sessions", code=await world.code_for(known)) == ""


async def test_at_most_ten_browsers_are_known(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, known_browsers=2) as world:
        for _ in range(3):
            browser = world.browser()
            await post(browser, "sessions", code=await world.code_for(browser))
        assert await world.count("known_browsers") == 2


async def test_a_right_code_is_useless_without_the_browser_that_asked(world: World) -> None:
    victim, thief, other = world.browser(), world.browser(), world.browser()
    code = await world.code_for(victim)
    assert await post(thief, "sessions", code=code) == "no_challenge"
    await post(other, "codes", address="nobody@example.com")
    assert await post(other, "sessions", code=code) == "code_wrong"
    assert await post(victim, "sessions", code=code) == ""


async def test_a_code_of_one_business_is_refused_at_another_and_not_used_up(world: World) -> None:
    await world.apply(customer(business_id="b-2"))
    browser = world.browser()
    code = await world.code_for(browser)
    assert await post(browser, "sessions", "other-business", code=code) == "no_challenge"
    await post(browser, "codes", "other-business", address=EMAIL)
    assert await post(browser, "sessions", "other-business", code=code) == "code_wrong"
    assert await post(browser, "sessions", code=code) == ""


async def test_a_resend_sends_the_same_code_again(servers: Servers) -> None:
    async with World.fresh(servers, send_spacing_seconds=0) as world:
        browser = world.browser()
        first = await world.code_for(browser)
        await browser.post("/auth/sample-business/codes", data={"address": EMAIL.upper()})
        (sent,) = await world.send_codes()
        assert (sent.code, sent.request.send_number) == (first, 2)


async def test_near_its_end_a_resend_sends_a_new_code_and_both_work(servers: Servers) -> None:
    async with World.fresh(servers, send_spacing_seconds=0, code_renew_within_seconds=601) as world:
        for entered in (0, 1):
            browser = world.browser()
            codes = [await world.code_for(browser), await world.code_for(browser)]
            assert codes[0] != codes[1]
            assert await post(browser, "sessions", code=codes[entered]) == ""


async def test_a_third_challenge_of_an_address_ends_the_oldest(servers: Servers) -> None:
    async with World.fresh(servers, send_spacing_seconds=0) as world:
        browsers = [world.browser() for _ in range(3)]
        codes = [await world.code_for(browser) for browser in browsers]
        assert await post(browsers[0], "sessions", code=codes[0]) == "code_expired"
        assert await post(browsers[1], "sessions", code=codes[1]) == ""


async def test_variants_of_an_address_share_one_limit(world: World) -> None:
    assert await post(world.browser(), "codes", address=EMAIL) == ""
    assert await post(world.browser(), "codes", address=" ＨＡＮＡＫＯ@Example.com ") == "resend_too_soon"


async def test_who_asks_too_soon_may_still_enter_the_code_and_a_stranger_starts_again(world: World) -> None:
    asking, stranger = world.browser(), world.browser()
    await post(asking, "codes", address=EMAIL)
    pages: list[str] = []
    for browser, address in ((asking, EMAIL), (stranger, EMAIL)):
        answer = await browser.post("/auth/sample-business/codes", data={"address": address})
        pages.append(answer.headers["location"])
    assert pages == ["/portal/sample-business/code", "/portal/sample-business/sign-in"]


async def test_a_slug_that_none_can_be_is_refused_like_any_field(world: World) -> None:
    answer = await world.browser().post("/auth/%00/codes", json={"address": EMAIL})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_one_source_is_slowed_down_whatever_it_says_of_itself(world: World) -> None:
    browser = world.browser("203.0.113.7")
    for _ in range(world.settings.source_verifies_per_minute):
        assert await post(browser, "sessions", code="123456") == "no_challenge"
    assert await post(browser, "sessions", code="123456") == "slow_down"
    browser.headers["X-Forwarded-For"] = "10.9.8.7, 203.0.113.7"
    assert await post(browser, "sessions", code="123456") == "slow_down"


async def test_one_guess_at_everybody_meets_a_brake(servers: Servers) -> None:
    async with World.fresh(servers, brake_business_failures=3) as world:
        answers: list[str] = []
        for number in range(5):
            stranger = world.browser()
            await post(stranger, "codes", address=f"person{number}@example.com")
            answers.append(await post(stranger, "sessions", code="000000"))
        assert answers == ["code_wrong"] * 3 + ["slow_down"] * 2


async def test_one_source_sets_off_no_brake_alone(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, brake_per_source=2, brake_business_failures=3) as world:
        answers: list[str] = []
        for number in range(5):
            guesser = world.browser("203.0.113.7")
            await post(guesser, "codes", address=f"person{number}@example.com")
            answers.append(await post(guesser, "sessions", code="000000"))
        assert answers == ["code_wrong"] * 2 + ["slow_down"] * 3
        neighbour = world.browser()
        assert await post(neighbour, "sessions", code=await world.code_for(neighbour)) == ""


async def test_right_codes_from_one_source_are_no_failures(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, brake_per_source=1) as world:
        for _ in range(3):
            colleague = world.browser("203.0.113.7")
            assert await post(colleague, "sessions", code=await world.code_for(colleague)) == ""


async def test_what_a_brake_refuses_counts_against_no_source(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, brake_per_source=1, brake_business_failures=1) as world:
        await world.apply(customer(business_id="b-2"))
        stranger, braked = world.browser(), world.browser("203.0.113.7")
        assert await post(stranger, "sessions", code=wrong(await world.code_for(stranger))) == "code_wrong"
        assert await post(braked, "sessions", code=await world.code_for(braked)) == "slow_down"
        code = await world.code_for(braked, slug="other-business")
        assert await post(braked, "sessions", "other-business", code=code) == ""


async def test_a_known_browser_passes_at_a_source_that_is_slowed_down(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, brake_per_source=1) as world:
        known, guesser = world.browser("203.0.113.7"), world.browser("203.0.113.7")
        assert await post(known, "sessions", code=await world.code_for(known)) == ""
        code = await world.code_for(guesser)
        answers = [await post(guesser, "sessions", code=wrong(code)) for _ in range(2)]
        assert answers == ["code_wrong", "slow_down"]
        assert await post(known, "sessions", code=await world.code_for(known)) == ""


async def test_texts_stop_at_the_businesss_daily_cap(servers: Servers) -> None:
    people = [contact(f"co-{n}", email=None, phone=f"+8190123456{n:02}") for n in range(3)]
    async with World.fresh(servers, sms_per_day=2) as world:
        await world.apply(customer(*people))
        for one in people:
            await post(world.browser(), "codes", address=str(one.phone))
        assert len(await world.send_codes()) == 2


async def test_a_pepper_rotated_after_sending_still_verifies(servers: Servers) -> None:
    async with World.fresh(servers) as world:
        browser = world.browser()
        code = await world.code_for(browser)
        old = world.settings.code_peppers
        rotated = KeyRing("new1", {"new1": bytes(range(32)), **old.keys})
        late = world.browser(at=world.context("api", code_peppers=rotated))
        late.cookies.update(browser.cookies)
        assert await post(late, "sessions", code=code) == ""


async def test_without_valkey_nobody_is_let_through(world: World) -> None:
    lost = world.context("api", redis_url=Secret("redis://127.0.0.1:1/0"))
    browser = world.browser(at=lost)
    form = await browser.post("/auth/sample-business/codes", data={"address": EMAIL})
    json = await browser.post("/auth/sample-business/codes", json={"address": EMAIL})
    assert [one.status_code for one in (form, json)] == [503, 503]
    assert [one.headers["retry-after"] for one in (form, json)] == ["5", "5"]
    assert form.headers["content-type"].startswith("text/html")
    assert json.json()["code"] == "unavailable"
    assert await world.count("code_requests") == 0
