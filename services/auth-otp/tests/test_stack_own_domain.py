"""Sign-in at the domain of the business, and at no domain of another."""

import httpx
import pytest
from chassis.identity import cookie_name
from servicehub_events_tools.testing import samples

from .sign_in_world import BUSINESS, EMAIL, OTHER_BUSINESS, World, business

pytestmark = pytest.mark.stack
DOMAIN, OTHER_DOMAIN = "portal.shiny.example", "other.example"


@pytest.fixture
async def moved(world: World) -> World:
    """Both businesses have domains of their own."""
    await world.apply(
        business(**samples.own_domain(DOMAIN)),
        business(OTHER_BUSINESS, **samples.own_domain(OTHER_DOMAIN)),
    )
    return world


async def post(browser: httpx.AsyncClient, path: str, origin: str) -> int:
    answer = await browser.post(path, data={"address": EMAIL, "code": "123456"}, headers={"Origin": origin})
    return answer.status_code


async def test_a_code_signs_in_at_the_domain_and_the_cookie_is_bound_to_it(moved: World) -> None:
    browser = moved.browser(host=DOMAIN)
    answer = await moved.enter(browser, await moved.code_for(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal/sample-business/")
    cookies = [line for line in answer.headers.get_list("set-cookie") if line.startswith("__Host-")]
    assert any(line.startswith(cookie_name(BUSINESS)) for line in cookies)
    assert not any("domain=" in line.lower() for line in cookies)
    assert {cookie.domain for cookie in browser.cookies.jar} == {DOMAIN}


@pytest.mark.parametrize("host", [OTHER_DOMAIN, "evil.example", f"a.{DOMAIN}", "127.0.0.1"])
async def test_at_another_host_nobody_is_asked_in(moved: World, host: str) -> None:
    browser = moved.browser(host=host)
    for page in (
        "codes",
        "sessions",
        "choice",
        "switch",
        "sign-out",
        "guard",
        "devices/s1/sign-out",
        "passkeys/offers",
    ):
        answer = await browser.post(f"/auth/sample-business/{page}", json={})
        assert answer.status_code == 404, page
        assert "set-cookie" not in answer.headers
    assert await moved.send_codes() == []


async def test_a_form_from_another_host_is_refused_whichever_it_is(moved: World) -> None:
    codes = "/auth/sample-business/codes"
    there, platform = moved.browser(host=DOMAIN), moved.browser()
    assert await post(there, codes, f"https://{DOMAIN}") == 303
    assert await post(there, codes, "https://portal.test") == 403
    assert await post(there, codes, f"https://{OTHER_DOMAIN}") == 403
    assert await post(platform, codes, f"https://{DOMAIN}") == 403
    assert await post(platform, codes, "https://portal.test") == 303


async def test_a_code_asked_for_at_one_host_opens_nothing_at_another(moved: World) -> None:
    code = await moved.code_for(moved.browser(host=DOMAIN))
    elsewhere = await moved.enter(moved.browser(), code)
    assert elsewhere.headers["location"] == "/portal/sample-business/sign-in"


async def test_a_link_of_a_message_names_no_portal_at_the_domain_of_another(moved: World) -> None:
    browser = moved.browser(host=DOMAIN)
    code = await moved.code_for(browser)
    await moved.let_time_pass(moved.settings.send_spacing_seconds)
    for _ in range(moved.settings.wrong_codes_per_day):
        await moved.enter(browser, "000000" if code != "000000" else "111111")
    (sent,) = await moved.send_codes()
    link = f"/n/{sent.guard_token}"
    for host in (DOMAIN, "portal.test"):
        answer = await moved.browser(host=host).get(link)
        assert answer.headers["location"] == f"/portal/sample-business/not-me/{sent.guard_token}"
    assert (await moved.browser(host=OTHER_DOMAIN).get(link)).headers["location"] == "/portal/_/"


async def test_a_passkey_is_bound_to_the_domain_of_the_business(moved: World) -> None:
    challenges = "/auth/sample-business/passkeys/challenges"
    asked = await moved.browser(host=DOMAIN).post(challenges, json={})
    assert asked.json()["rpId"] == DOMAIN
    assert (await moved.browser(host=OTHER_DOMAIN).post(challenges, json={})).status_code == 404
