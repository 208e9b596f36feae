"""The way in, end to end on real PostgreSQL and Valkey."""

import httpx
import pytest
from auth_otp.domain.addresses import Address
from chassis.identity import cookie_name
from chassis.web import cookies
from chassis.web.signed_cookie import SignedCookie, short_of
from servicehub_events import SessionRevoked, SignedIn

from .sign_in_world import BUSINESS, EMAIL, World, business, contact, customer, visible

pytestmark = pytest.mark.stack


def location(answer: httpx.Response) -> str:
    return answer.headers["location"]


async def test_a_code_signs_in_and_is_published_as_a_session(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    answer = await world.enter(browser, code)
    assert (answer.status_code, location(answer)) == (303, "/portal/sample-business/")
    (signed_in,) = await world.session_events()
    assert isinstance(signed_in, SignedIn)
    assert (signed_in.customer_id, signed_in.contact_id, signed_in.remembered) == ("cu-1", "co-1", False)
    assert (signed_in.expires_at - signed_in.issued_at).total_seconds() == world.settings.session_life_seconds
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(cookie_name(BUSINESS)))
    assert all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie


async def test_a_code_is_handed_over_with_its_send_number_and_leaves_no_request(world: World) -> None:
    await world.browser().post(
        "/auth/sample-business/codes", data={"address": EMAIL}, headers={"Accept-Language": "en-GB,ja;q=0.5"}
    )
    (sent,) = await world.send_codes()
    assert (sent.address, sent.locale) == (Address("email", EMAIL), "en")
    assert (sent.request.business_id, sent.request.send_number) == (BUSINESS, 1)
    assert await world.count("code_requests") == 0


async def test_full_width_digits_and_this_is_my_device(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    wide = code.translate({ord("0") + n: ord("０") + n for n in range(10)})
    answer = await world.enter(browser, f" {wide[:3]} {wide[3:]} ", remember="on")
    assert location(answer) == "/portal/sample-business/"
    (session,) = await world.session_events()
    assert session.remembered
    assert (session.expires_at - session.issued_at).days == 30


async def test_the_address_is_kept_for_who_must_ask_for_another_code(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    await world.let_time_pass(world.settings.code_life_seconds + 1)
    answer = await world.enter(browser, code)
    assert location(answer) == "/portal/sample-business/sign-in"
    flash = cookies.flash(world.settings.cookie_signing_keys).read(dict(answer.cookies))
    assert flash == {"code": "code_expired", "params": {}, "typed": EMAIL}


async def test_who_outgrew_a_code_is_led_to_the_page_of_the_longer_one(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    wrong = "000000" if code != "000000" else "111111"
    answers = [await world.enter(browser, wrong) for _ in range(world.settings.wrong_codes_per_day)]
    assert location(answers[-1]) == "/portal/sample-business/code"
    flash = cookies.flash(world.settings.cookie_signing_keys).read(dict(answers[-1].cookies))
    assert flash == {"code": "code_outgrown", "params": {"digits": "8"}, "typed": ""}


async def test_a_code_in_a_whole_message_signs_in_and_no_single_code_costs_no_try(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    for unread in ("24/7 Fx Cleaning: your code is", f"{code} or 12345678", "1234567"):
        assert location(await world.enter(browser, unread)) == "/portal/sample-business/code"
    answer = await world.enter(browser, f"24/7 Fx Cleaning: your code is {code}\u200b.")
    assert location(answer) == "/portal/sample-business/"


async def test_a_phone_number_typed_the_japanese_way_gets_a_text(world: World) -> None:
    await world.apply(customer(contact(email=None, phone="+819012345678")))
    browser = world.browser()
    await browser.post("/auth/sample-business/codes", data={"address": "０９０ー１２３４ー５６７８"})
    (sent,) = await world.send_codes()
    assert sent.address == Address("sms", "+819012345678")


async def test_texts_go_to_allowed_countries_and_up_to_the_daily_cap(world: World) -> None:
    await world.apply(customer(contact(email=None, phone="+14155550100")))
    await world.browser().post("/auth/sample-business/codes", data={"address": "+1 415 555 0100"})
    assert await world.send_codes() == []


async def test_known_and_unknown_addresses_look_the_same(world: World) -> None:
    answers = [
        await world.browser().post("/auth/sample-business/codes", data={"address": address})
        for address in (EMAIL, "nobody@example.com")
    ]
    assert visible(answers[0]) == visible(answers[1])
    assert [sent.address.value for sent in await world.send_codes()] == [EMAIL]


async def test_wrong_codes_look_the_same_for_known_and_unknown_addresses(world: World) -> None:
    answers: list[httpx.Response] = []
    for address in (EMAIL, "nobody@example.com"):
        browser = world.browser()
        await browser.post("/auth/sample-business/codes", data={"address": address})
        sent = await world.send_codes()
        wrong = "000000" if not sent or sent[0].code != "000000" else "000001"
        answers.append(await world.enter(browser, wrong))
    assert visible(answers[0]) == visible(answers[1])


async def test_the_same_browser_posting_twice_gets_the_same_answer(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    first, second = await world.enter(browser, code), await world.enter(browser, code)
    assert visible(first) == visible(second)
    name = cookie_name(BUSINESS)
    assert first.cookies[name] == second.cookies[name]
    assert len(await world.session_events()) == 1


async def test_a_sign_in_has_a_session_of_its_own_whatever_the_browser_brought(world: World) -> None:
    """Fixation: the cookies of one browser are planted in another before its owner signs in."""
    stranger, owner = world.browser(), world.browser()
    await world.enter(stranger, await world.code_for(stranger))
    owner.cookies.update(stranger.cookies)
    await world.let_time_pass(world.settings.send_spacing_seconds)
    answer = await world.enter(owner, await world.code_for(owner))
    name = cookie_name(BUSINESS)
    assert answer.cookies[name] != stranger.cookies[name]
    planted = SignedCookie(world.settings.cookie_signing_keys, f"k-{short_of(BUSINESS)}", max_age=60)
    known_as = (planted.read(dict(stranger.cookies)) or {})["id"]
    started = {one.session_id for one in await world.session_events()}
    assert len(started - {known_as}) == 2


async def test_switching_offers_the_contacts_of_the_proven_address(
    world: World,
) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    await world.apply(customer(contact("co-9"), customer_id="cu-2"))
    assert location(await browser.post("/auth/sample-business/switch")) == "/portal/sample-business/choose"
    await browser.post("/auth/sample-business/choice", data={"choice": "1"})
    first, second, ended = sorted(
        await world.session_events(), key=lambda e: (e.revoked_at is not None, e.issued_at)
    )
    assert isinstance(ended, SessionRevoked)
    assert (ended.session_id, ended.reason) == (first.session_id, "switched")
    assert (second.customer_id, second.expires_at) == ("cu-2", first.expires_at)


async def test_several_contacts_choose_after_the_proof(world: World) -> None:
    other = customer(contact("co-9"), customer_id="cu-2")
    await world.apply(other)
    browser = world.browser()
    answer = await world.enter(browser, await world.code_for(browser))
    assert location(answer) == "/portal/sample-business/choose"
    assert await world.session_events() == []
    picked = await browser.post("/auth/sample-business/choice", data={"choice": "1"})
    again = await browser.post("/auth/sample-business/choice", data={"choice": "1"})
    another = await browser.post("/auth/sample-business/choice", data={"choice": "0"})
    assert [location(one) for one in (picked, again)] == ["/portal/sample-business/"] * 2
    assert location(another) == "/portal/sample-business/sign-in"
    (session,) = await world.session_events()
    assert (session.customer_id, session.contact_id) == ("cu-2", "co-9")


async def test_a_former_slug_leads_to_the_present_one_also_when_a_form_is_refused(world: World) -> None:
    await world.apply(business(slug="new-name", former_slugs=("sample-business",)))
    browser = world.browser()
    asked = await browser.post("/auth/sample-business/codes", data={"address": EMAIL})
    refused = await browser.post("/auth/sample-business/sessions", data={"code": "12"})
    assert [location(answer) for answer in (asked, refused)] == ["/portal/new-name/code"] * 2


async def test_json_is_answered_in_json(world: World) -> None:
    browser = world.browser()
    answer = await browser.post("/auth/sample-business/codes", json={"address": EMAIL})
    assert (answer.status_code, answer.json()) == (200, {"next": "/portal/sample-business/code"})
    wrong = await browser.post("/auth/sample-business/sessions", json={"code": "12"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code_malformed")
    soon = await browser.post("/auth/sample-business/codes", json={"address": EMAIL})
    assert (soon.status_code, soon.json()["code"]) == (429, "resend_too_soon")
    assert 0 < int(soon.headers["retry-after"]) <= 60
