"""Guessing, flooding, and who is kept out by it (nobody), on real PostgreSQL and Valkey and two processes."""

import asyncio

import httpx
import pytest
from chassis.settings import KeyRing, Secret
from portal_testing.stack import Servers
from servicehub_events import PortalDisabled, PortalEnabled, SignedIn, as_event
from structlog.testing import capture_logs

from .sign_in_world import EMAIL, World, business, contact, customer

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
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


async def failures(world: World, table: str = "failures") -> int:
    return await world.value(f"SELECT coalesce(sum(count), 0)::bigint FROM {table}", int) or 0


async def spend(world: World, browser: httpx.AsyncClient, code: str) -> str:
    """Enter wrong codes until those of this length are good no more; what came last."""
    answer = "code_wrong"
    while answer == "code_wrong":
        answer = await post(browser, "sessions", code=wrong(code))
    return answer


async def test_of_fifty_wrong_codes_at_once_four_are_compared(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    guesses = [post(one, "sessions", code=wrong(code)) for one in copies(world, browser, 50)]
    answers = await asyncio.gather(*guesses)
    assert await failures(world) == world.settings.wrong_codes_per_day
    assert set(answers) <= {"code_wrong", "code_outgrown", "code_dead", "code_malformed"}
    assert answers.count("code_wrong") < world.settings.wrong_codes_per_day
    assert await post(browser, "sessions", code=code) in {"code_dead", "code_expired", "code_malformed"}


async def test_fifty_right_codes_at_once_make_one_session(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    answers = await asyncio.gather(*(post(one, "sessions", code=code) for one in copies(world, browser, 50)))
    assert "" in answers
    assert [type(event) for event in await world.session_events()] == [SignedIn]
    assert await failures(world) <= answers.count("unavailable")  # which may have been counted before
    assert await world.count("sessions") == 1


async def test_whoever_is_guessed_at_types_a_longer_code_and_is_in(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, wrong_longer_codes_per_day=3) as world:
        browser = world.browser()
        code = await world.code_for(browser)
        for digits in (6, 8):
            assert len(code) == digits
            assert await spend(world, browser, code) == "code_outgrown"
            assert await post(browser, "sessions", code=code) == "code_malformed"
            (sent,) = await world.send_codes()
            code = sent.code
        assert len(code) == 16
        for _ in range(4):  # fresh tries, too
            assert await post(browser, "sessions", code=wrong(code)) == "code_wrong"
        assert await post(browser, "sessions", code=f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}") == ""


async def test_neither_a_new_code_nor_a_lost_valkey_resets_the_days_wrong_codes(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY) as world:
        browser = world.browser()
        await spend(world, browser, await world.code_for(browser))
        await world.send_codes()
        emptied = world.context("api", redis_url=Secret(servers.fresh_redis_url()))
        late = world.browser(at=emptied)
        code = await world.code_for(late)
        assert len(code) == 8
        assert await post(late, "sessions", code=code) == ""


async def test_a_success_takes_back_its_own_wrong_codes_and_no_others(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY) as world:
        stranger, browser = world.browser(), world.browser()
        await post(stranger, "sessions", code=wrong(await world.code_for(stranger)))
        code = await world.code_for(browser)
        for _ in range(2):
            await post(browser, "sessions", code=wrong(code))
        assert [await failures(world), await failures(world, "sprays")] == [3, 3]
        for _ in range(2):  # the same form twice
            assert await post(browser, "sessions", code=code) == ""
        assert [await failures(world), await failures(world, "sprays")] == [1, 1]


async def test_a_stranger_makes_the_code_of_a_known_browser_no_longer(servers: Servers) -> None:
    async with World.fresh(servers, send_spacing_seconds=0, spray_wrong_codes=1) as world:
        known = world.browser()
        assert await post(known, "sessions", code=await world.code_for(known)) == ""
        await known.post("/auth/sample-business/sign-out")
        for _ in range(world.settings.sends_per_hour + 1):
            stranger = world.browser()
            assert await post(stranger, "codes", address=EMAIL) == ""
            for sent in await world.send_codes():
                await spend(world, stranger, sent.code)
        await world.send_codes()
        code = await world.code_for(known)
        assert len(code) == 6
        assert await post(known, "sessions", code=code) == ""


async def test_whoever_holds_the_mailbox_is_in_whatever_strangers_do(servers: Servers) -> None:
    async with World.fresh(servers, send_spacing_seconds=0) as world:
        for number in range(40):  # more than the sends of a day, and every code guessed at
            stranger = world.browser(f"198.51.100.{number}")
            assert await post(stranger, "codes", address=EMAIL) == ""
            await post(stranger, "sessions", code="000000")
            await post(stranger, "sessions", code="00000000")
        mailbox = [sent.code for sent in await world.send_codes()]
        victim = world.browser()
        assert await post(victim, "codes", address=EMAIL) == ""
        assert await world.send_codes() == []  # the newest is good here too
        assert await post(victim, "sessions", code=mailbox[-1]) == ""


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


async def test_two_who_ask_after_me_do_not_end_my_code(servers: Servers) -> None:
    async with World.fresh(servers, send_spacing_seconds=0) as world:
        mine = world.browser()
        code = await world.code_for(mine)
        for _ in range(3):
            assert await post(world.browser(), "codes", address=EMAIL) == ""
        assert await post(mine, "sessions", code=code) == ""


async def test_codes_asked_by_mail_and_by_phone_are_both_good_in_one_browser(world: World) -> None:
    await world.apply(customer(contact("co-1", phone="+819012345678")))
    for first in (True, False):
        browser = world.browser()
        browser.cookies.clear()
        codes = [await world.code_for(browser), await world.code_for(browser, "+819012345678")]
        assert await post(browser, "sessions", code=codes[not first]) == ""
        assert await failures(world) == 0
        await world.let_time_pass(world.settings.send_spacing_seconds + 1)


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


async def test_twenty_five_people_behind_one_address_all_get_in(world: World) -> None:
    people = [contact(f"co-{n}", email=f"person{n}@example.com") for n in range(25)]
    await world.apply(customer(*people))
    for one in people:
        colleague = world.browser("203.0.113.7")
        assert await post(colleague, "sessions", code=await world.code_for(colleague, str(one.email))) == ""


async def test_who_signs_in_leaves_the_source_room_for_others(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, source_sends_per_hour=1) as world:
        for _ in range(3):
            colleague = world.browser("203.0.113.7")
            assert await post(colleague, "sessions", code=await world.code_for(colleague)) == ""
        assert await post(world.browser("203.0.113.7"), "codes", address=EMAIL) == ""
        assert await post(world.browser("203.0.113.7"), "codes", address=EMAIL) == "slow_down"


async def test_a_network_asks_four_times_as_much_as_one_address_of_it(servers: Servers) -> None:
    async with World.fresh(servers, **FREELY, source_sends_per_hour=1) as world:
        sources = [f"2001:db8:1:{n:x}00::1" for n in range(5)]  # a /56 each, in one /48
        answers = [await post(world.browser(source), "codes", address=EMAIL) for source in sources]
        assert answers == [""] * 4 + ["slow_down"]


async def spray(world: World, guesses: int, slug: str = "sample-business") -> None:
    """One wrong code at each of so many customers, from another address each."""
    for number in range(guesses):
        stranger = world.browser(f"198.51.100.{number}")
        await post(stranger, "codes", slug, address=f"person{number}@example.com")
        await post(stranger, "sessions", slug, code="000000")
    await world.send_codes()


async def test_a_sprayed_business_has_longer_codes_and_nobody_is_kept_out(servers: Servers) -> None:
    async with World.fresh(servers, spray_wrong_codes=3) as world:
        await world.apply(customer(*(contact(f"co-{n}", email=f"person{n}@example.com") for n in range(9))))
        await world.apply(customer(customer_id="cu-2"), customer(business_id="b-2"))
        await spray(world, 3)
        browser = world.browser()
        code = await world.code_for(browser)
        assert len(code) == 8
        assert await post(browser, "sessions", code=code) == ""


async def test_one_guess_at_everybody_elsewhere_makes_codes_longer_everywhere(servers: Servers) -> None:
    async with World.fresh(servers, spray_wrong_codes=3) as world:
        people = [contact(f"co-{n}", email=f"person{n}@example.com") for n in range(9)]
        await world.apply(customer(*people, business_id="b-2"))
        await spray(world, 3, "other-business")
        assert len(await world.code_for(world.browser())) == 8


async def test_guesses_at_addresses_that_nobody_has_are_no_spray(servers: Servers) -> None:
    async with World.fresh(servers, spray_wrong_codes=3) as world:
        await spray(world, 6)
        assert await failures(world, "sprays") == 0
        assert len(await world.code_for(world.browser())) == 6


async def test_short_codes_that_are_out_when_the_spray_begins_are_outgrown_known_or_not(
    servers: Servers,
) -> None:
    async with World.fresh(servers, spray_wrong_codes=1) as world:
        await world.apply(customer(contact("co-2", email="person0@example.com")))
        await world.apply(customer(customer_id="cu-2"))
        early, nobody = world.browser(), world.browser()
        code = await world.code_for(early)
        await post(nobody, "codes", address="nobody@example.com")
        await spray(world, 1)
        answers = [await post(early, "sessions", code=code), await post(nobody, "sessions", code="000000")]
        assert answers == ["code_outgrown", "code_outgrown"]


PHONES = [f"+8190123456{n:02}" for n in range(4)]


async def ask_by_text(world: World, *browsers: httpx.AsyncClient) -> int:
    """Ask for a text at each of `PHONES` in turn, in these browsers; how many leave."""
    for browser, phone in zip(browsers, PHONES, strict=False):
        await post(browser, "codes", address=phone)
    return len(await world.send_codes())


@pytest.mark.parametrize("limit", ["sms_per_day", "sms_per_calling_code_per_day", "sms_overall_per_day"])
async def test_texts_stop_at_each_limit_of_the_day_but_for_browsers_that_are_known(
    servers: Servers, limit: str
) -> None:
    people = [contact(f"co-{n}", email=None, phone=phone) for n, phone in enumerate(PHONES)]
    async with World.fresh(servers, sms_reserve=0.5, **{limit: 4}) as world:
        await world.apply(customer(*people))
        known = world.browser()
        code = await world.code_for(known, PHONES[0])
        assert await post(known, "sessions", code=code) == ""
        assert await ask_by_text(world, *(world.browser() for _ in PHONES)) == 1  # two of four, one is spent
        await post(known, "codes", address=PHONES[0])
        assert len(await world.send_codes()) == 1


async def test_texts_to_one_calling_code_leave_room_for_another(servers: Servers) -> None:
    people = [
        contact(f"co-{n}", email=None, phone=phone) for n, phone in enumerate((*PHONES, "+12125550101"))
    ]
    async with World.fresh(servers, sms_per_calling_code_per_day=2, sms_countries=("US",)) as world:
        await world.apply(customer(*people))
        await ask_by_text(world, *(world.browser() for _ in PHONES))
        await post(world.browser(), "codes", address="+12125550101")
        assert len(await world.send_codes()) == 1


async def test_a_limit_of_texts_that_is_reached_is_reported(servers: Servers) -> None:
    people = [contact(f"co-{n}", email=None, phone=phone) for n, phone in enumerate(PHONES)]
    async with World.fresh(servers, sms_per_day=1) as world:
        await world.apply(customer(*people))
        with capture_logs() as logged:
            assert await ask_by_text(world, *(world.browser() for _ in PHONES)) == 1
        reports = [line["limit"] for line in logged if line["event"] == "security.text_limit"]
        assert reports == ["business"] * 3


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


async def test_whoever_entered_their_code_may_ask_for_another_at_once(world: World) -> None:
    for _ in range(world.settings.sends_per_hour + 2):
        browser = world.browser()
        code = await world.code_for(browser)
        assert len(code) == 6
        assert await post(browser, "sessions", code=code) == ""


async def test_a_code_comes_at_once_after_a_portal_was_switched_off_and_on_again(world: World) -> None:
    before = world.browser()
    assert await post(before, "sessions", code=await world.code_for(before)) == ""
    await world.apply(as_event(PortalDisabled, business(), enabled=False, generation=2))
    await world.apply(as_event(PortalEnabled, business(), enabled=True, generation=2))
    assert len(await world.code_for(world.browser())) == 6


async def test_a_code_that_nobody_entered_still_spaces_the_next(world: World) -> None:
    await world.code_for(world.browser())
    assert await post(world.browser(), "codes", address=EMAIL) == "resend_too_soon"
