"""Signing in with a passkey: whose it is, what it answers, and when it is worth nothing any more."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from portal_testing.authenticator import SoftwareAuthenticator
from redis.asyncio import Redis
from servicehub_events import CustomerErased, Event, PortalDisabled, as_event

from .passkey_world import ROOT, added, asked, decoded, entered, post, signed_in
from .sign_in_world import BUSINESS, EMAIL, OTHER_BUSINESS, World, business, contact, customer

pytestmark = pytest.mark.stack
OTHER_ROOT = "/auth/other-business"


@pytest.fixture
async def device(world: World) -> SoftwareAuthenticator:
    """The device of the contact, with a passkey of the first business that counts."""
    return await added(world, await signed_in(world), count=7)


async def log_of(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT kind, detail FROM sign_in_log WHERE kind LIKE 'passkey%' ORDER BY number")
    return [(str(kind), str(detail)) for kind, detail in rows]


async def test_a_passkey_signs_its_contact_in_without_an_address_or_a_code(
    world: World, device: SoftwareAuthenticator
) -> None:
    browser = world.browser()
    answer = await entered(browser, device)
    assert answer.json() == {"next": "/portal/sample-business/"}
    first, second = await world.session_events()
    assert (first.method, second.method) == ("code", "passkey")
    assert (second.customer_id, second.contact_id, second.remembered) == ("cu-1", "co-1", False)
    assert await world.value("SELECT count(used_at) FROM passkeys", int) == 1
    assert await world.send_codes() == []
    assert (await browser.post(f"{ROOT}/devices/sign-out")).status_code == 303


async def test_a_form_is_answered_with_303_and_a_refused_one_leads_back_to_its_page(
    world: World, device: SoftwareAuthenticator
) -> None:
    browser = world.browser()
    challenge = decoded((await asked(browser, "challenges"))["challenge"])
    form = {"credential": device.get(challenge).decode()}
    right = await browser.post(f"{ROOT}/passkeys/sessions", data=form)
    again = await browser.post(f"{ROOT}/passkeys/sessions", data=form)
    assert (right.status_code, right.headers["location"]) == (303, "/portal/sample-business/")
    assert (again.status_code, again.headers["location"]) == (303, "/portal/sample-business/sign-in")


async def test_an_answer_is_good_once_however_often_it_is_posted_at_the_same_time(
    world: World, device: SoftwareAuthenticator
) -> None:
    browser = world.browser()
    credential = device.get(decoded((await asked(browser, "challenges"))["challenge"]))
    answers = await asyncio.gather(*(post(browser, credential) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200, *[410] * 19]
    assert await world.count("sessions") == 2


async def test_an_answer_is_good_in_the_browser_that_was_asked_alone(
    world: World, device: SoftwareAuthenticator
) -> None:
    challenge = decoded((await asked(world.browser(), "challenges"))["challenge"])
    thief = world.browser()
    await asked(thief, "challenges")
    refused = await post(thief, device.get(challenge))
    assert (refused.status_code, refused.json().get("code")) == (410, "passkey_expired")


async def test_an_answer_comes_too_late_after_the_life_of_its_challenge(
    world: World, device: SoftwareAuthenticator
) -> None:
    late = world.browser(at=world.context("api", passkey_challenge_seconds=0))
    refused = await entered(late, device)
    assert (refused.status_code, refused.json().get("code")) == (410, "passkey_expired")


async def test_each_tab_of_a_browser_may_be_answered(world: World, device: SoftwareAuthenticator) -> None:
    browser = world.browser()
    first = decoded((await asked(browser, "challenges"))["challenge"])
    await asked(browser, "challenges")
    assert (await post(browser, device.get(first))).status_code == 200


async def test_a_challenge_to_make_a_passkey_signs_nobody_in(
    world: World, device: SoftwareAuthenticator
) -> None:
    await world.let_time_pass(world.settings.send_spacing_seconds)
    browser = await signed_in(world)
    challenge = decoded((await asked(browser, "offers"))["challenge"])
    refused = await post(browser, device.get(challenge))
    assert (refused.status_code, refused.json().get("code")) == (410, "passkey_expired")


async def test_a_passkey_opens_no_other_business_though_ids_and_host_are_equal(
    world: World, device: SoftwareAuthenticator
) -> None:
    await world.apply(customer(business_id=OTHER_BUSINESS))
    browser = world.browser()
    refused = await entered(browser, device, OTHER_ROOT)
    assert (refused.status_code, refused.json().get("code")) == (403, "passkey_refused")
    challenge = decoded((await asked(browser, "challenges", OTHER_ROOT))["challenge"])
    assert (await post(browser, device.get(challenge))).json().get("code") == "passkey_expired"
    assert (await entered(browser, replace(device, count=9))).status_code == 200


CHANGED = customer(contact(email="other@example.com"))
LOSSES: dict[str, Sequence[Event]] = {
    "the contact is removed": [customer(contact("co-2"))],
    "the customer is erased": [CustomerErased(business_id=BUSINESS, customer_id="cu-1")],
    "access is withdrawn": [customer(portal_access=False)],
    "the address is another": [CHANGED],
    "access came back at once": [customer(portal_access=False), customer()],
    "the address came back at once": [CHANGED, customer()],
}


@pytest.mark.parametrize("events", LOSSES.values(), ids=LOSSES)
async def test_a_passkey_is_deleted_when(
    world: World, device: SoftwareAuthenticator, events: Sequence[Event]
) -> None:
    await world.apply(*events)
    assert await world.count("passkeys") == 0
    assert (await entered(world.browser(), device)).json().get("code") == "passkey_refused"


async def test_a_passkey_outlives_what_does_not_concern_it(
    world: World, device: SoftwareAuthenticator
) -> None:
    await world.apply(customer(contact(phone="+819012345678"), contact("co-2", email="b@example.com")))
    await world.apply(customer(contact("co-1", email="c@example.com"), customer_id="cu-2"))
    assert (await entered(world.browser(), device)).status_code == 200


async def test_a_passkey_opens_nothing_even_before_it_is_deleted(
    world: World, device: SoftwareAuthenticator
) -> None:
    await world.run("UPDATE customers SET portal_access = false")
    assert (await entered(world.browser(), device)).json().get("code") == "passkey_refused"
    assert (await log_of(world))[-1] == ("passkey_refused", "no_access")


async def test_a_copied_key_is_refused_and_noted_and_the_original_goes_on(
    world: World, device: SoftwareAuthenticator
) -> None:
    assert (await entered(world.browser(), replace(device, count=9))).status_code == 200
    for count in (8, 9):
        refused = await entered(world.browser(), replace(device, count=count))
        assert (refused.status_code, refused.json().get("code")) == (403, "passkey_refused")
    assert (await log_of(world))[1:] == [("passkey_refused", "copied")] * 2
    assert (await entered(world.browser(), replace(device, count=10))).status_code == 200


async def test_who_signs_with_another_key_is_refused_and_noted(
    world: World, device: SoftwareAuthenticator
) -> None:
    stranger = SoftwareAuthenticator(
        origin=device.origin, rp_id=device.rp_id, user_handle=device.user_handle, count=99
    )
    assert (await entered(world.browser(), stranger)).json().get("code") == "passkey_refused"
    unknown = replace(device, credential_id=b"never seen")
    assert (await entered(world.browser(), unknown)).json().get("code") == "passkey_refused"
    assert (await log_of(world))[1:] == [("passkey_refused", "unproven"), ("passkey_refused", "unknown")]
    who = await world.rows("SELECT address_index FROM sign_in_log WHERE kind = 'passkey_refused'")
    index = world.web.addresses.index.current(BUSINESS, EMAIL)
    assert [row[0] for row in who] == [index, ""]


async def test_a_source_is_slowed_down_as_for_codes(world: World, device: SoftwareAuthenticator) -> None:
    browser = world.browser("203.0.113.9")
    for _ in range(world.settings.source_verifies_per_minute):
        await post(browser, b"{}")
    refused = await entered(browser, device)
    assert (refused.status_code, refused.json().get("code")) == (429, "slow_down")
    assert (await entered(world.browser("203.0.113.10"), device)).status_code == 200


async def test_nothing_is_kept_of_a_challenge_until_it_is_answered(world: World) -> None:
    before = await keys_of(world)
    for _ in range(5):
        await asked(world.browser(), "challenges")
    assert await keys_of(world) == before


async def keys_of(world: World) -> int:
    """How many keys lie in Valkey."""
    client = Redis.from_url(world.settings.redis_url.reveal())  # pyright: ignore[reportUnknownMemberType]  # redis is loosely typed
    size = await client.dbsize()  # pyright: ignore[reportUnknownMemberType]  # redis is loosely typed
    await client.aclose()
    return msgspec.convert(size, int)


async def test_a_session_by_passkey_replaces_the_one_that_the_browser_held(
    world: World, device: SoftwareAuthenticator
) -> None:
    browser = world.browser()
    await entered(browser, device)
    await entered(browser, replace(device, count=9))
    reasons = [event.reason for event in await world.session_events() if event.reason]
    assert reasons == ["switched"]


async def test_a_switch_takes_along_how_and_when_its_contact_was_proved(
    world: World, device: SoftwareAuthenticator
) -> None:
    await world.apply(customer(contact("co-9"), customer_id="cu-2"))
    browser = world.browser()
    await entered(browser, device)
    await browser.post(f"{ROOT}/switch")
    assert (await browser.post(f"{ROOT}/choice", data={"choice": "1"})).status_code == 303
    last = [event for event in await world.session_events() if not event.reason][-1]
    assert (last.customer_id, last.method) == ("cu-2", "passkey")
    proofs = await world.rows("SELECT proved_at = used_at FROM sessions, passkeys WHERE method = 'passkey'")
    assert [tuple(row) for row in proofs] == [(True,)]


async def test_a_challenge_is_refused_of_a_portal_that_is_off_or_not_there(world: World) -> None:
    await world.apply(as_event(PortalDisabled, business(), enabled=False, generation=2))
    off = await world.browser().post(f"{ROOT}/passkeys/challenges", json={})
    absent = await world.browser().post("/auth/nobody/passkeys/challenges", json={})
    assert (off.status_code, absent.status_code) == (403, 404)
