"""Who holds the mailbox says "it was not me": nobody else can, and strangers are sent no codes for a day."""

import pytest
from auth_otp.domain.sending import SendCode
from httpx import AsyncClient, Response
from servicehub_events import CustomerErased

from .sign_in_world import BUSINESS, EMAIL, OTHER_BUSINESS, World, business, visible

pytestmark = pytest.mark.stack
ROOT = "/auth/sample-business"
GUARD = f"{ROOT}/guard"
NOT_SENT = "AAAAAAAAAAA"


@pytest.fixture
async def longer(world: World) -> SendCode:
    """The eight-digit code that a stranger's guesses lead to."""
    stranger = world.browser()
    code = await world.code_for(stranger)
    wrong = "000000" if code != "000000" else "111111"
    await world.let_time_pass(world.settings.send_spacing_seconds)
    for _ in range(world.settings.wrong_codes_per_day):
        await world.enter(stranger, wrong)
    (sent,) = await world.send_codes()
    await world.let_time_pass(world.settings.send_spacing_seconds)
    return sent


async def confirm(world: World, token: str, browser: AsyncClient | None = None) -> Response:
    return await (browser or world.browser()).post(GUARD, data={"token": token})


async def ask(world: World, browser: AsyncClient, address: str = EMAIL) -> tuple[Response, list[SendCode]]:
    answer = await browser.post(f"{ROOT}/codes", data={"address": address})
    return answer, await world.send_codes()


async def test_looking_at_the_link_changes_nothing(world: World, longer: SendCode) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = await world.browser().request(method, f"/n/{longer.guard_token}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/portal/sample-business/not-me/{longer.guard_token}"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in answer.headers
    assert await world.value("SELECT count(guarded_until) FROM guard_links", int) == 0


async def test_a_token_that_was_never_sent_leads_to_no_portal_and_guards_nothing(world: World) -> None:
    assert (await world.browser().get(f"/n/{NOT_SENT}")).headers["location"] == "/portal/_/"
    refused = await world.browser().post(GUARD, json={"token": NOT_SENT})
    assert (refused.status_code, refused.json()["code"]) == (410, "guard_link_gone")


async def test_once_confirmed_strangers_are_sent_nothing_and_see_no_difference(
    world: World, longer: SendCode
) -> None:
    unknown, _ = await ask(world, world.browser(), "nobody@example.com")
    await confirm(world, longer.guard_token)
    await world.send_codes()
    answer, codes = await ask(world, world.browser())
    assert codes == []
    assert answer.status_code == unknown.status_code == 303
    assert visible(answer) == visible(unknown)


async def test_a_known_browser_is_sent_codes_still(world: World, longer: SendCode) -> None:
    known = world.browser()
    await known.post(f"{ROOT}/codes", data={"address": EMAIL})
    code = (await world.send_codes())[-1].code
    assert (await world.enter(known, code)).headers["location"] == "/portal/sample-business/"
    await confirm(world, longer.guard_token)
    await world.let_time_pass(world.settings.send_spacing_seconds)
    await world.send_codes()
    _, codes = await ask(world, known)
    assert [len(one.code) for one in codes] == [6]


async def test_the_address_is_told_once_however_often_it_is_confirmed(world: World, longer: SendCode) -> None:
    for _ in range(3):
        assert (await confirm(world, longer.guard_token)).status_code == 303
    (notice,) = await world.send_codes()
    assert (notice.address.value, notice.code) == (EMAIL, "")
    assert notice.request.guarded_until is not None


async def test_a_post_of_another_site_and_another_business_guard_nothing(
    world: World, longer: SendCode
) -> None:
    await world.apply(business(OTHER_BUSINESS, slug="other-business"))
    forged = await world.browser().post(
        GUARD, data={"token": longer.guard_token}, headers={"sec-fetch-site": "cross-site"}
    )
    foreign = await world.browser().post("/auth/other-business/guard", json={"token": longer.guard_token})
    assert forged.status_code == 403
    assert foreign.status_code == 410
    assert await world.value("SELECT count(guarded_until) FROM guard_links", int) == 0


async def test_a_link_that_has_run_out_guards_nothing_and_the_guard_ends(
    world: World, longer: SendCode
) -> None:
    await confirm(world, longer.guard_token)
    await world.send_codes()
    await world.run(
        "UPDATE guard_links SET guarded_until = guarded_until - interval '1 day',"
        " expires_at = expires_at - interval '1 day'"
    )
    answer = await world.browser().post(GUARD, json={"token": longer.guard_token})
    assert answer.status_code == 410
    await world.let_time_pass(world.settings.shared_mail_every_seconds)
    _, codes = await ask(world, world.browser())
    assert len(codes) == 1


async def test_the_token_is_nowhere_in_the_database_and_links_go_with_the_contact(
    world: World, longer: SendCode
) -> None:
    text = await world.value("SELECT string_agg(g::text, '') FROM guard_links g", str) or ""
    assert text
    assert longer.guard_token not in text
    assert EMAIL not in text
    await world.apply(CustomerErased(business_id=BUSINESS, customer_id="cu-1"))
    assert await world.count("guard_links") == 0
