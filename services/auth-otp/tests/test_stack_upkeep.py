"""Keys rotate, and what has run its time goes."""

import pytest
from auth_otp.handlers.upkeep import delete_expired, rewrite_old_keys
from chassis.encryption import BlindIndex, Undecipherable
from chassis.settings import KeyRing
from portal_testing.stack import Servers

from .sign_in_world import EMAIL, World, contact, customer

pytestmark = pytest.mark.stack
FIELD, INDEX = bytes(range(32)), bytes(range(32, 64))


async def rewritten(world: World, field: KeyRing, index: KeyRing) -> int:
    worker = world.context("worker", field_encryption_keys=field, blind_index_keys=index)
    async with worker.all_tenants() as tx:
        return await rewrite_old_keys(worker, tx)


async def test_contacts_are_rewritten_until_the_old_keys_may_go(servers: Servers) -> None:
    async with World.fresh(servers) as world:
        await world.apply(customer(contact(phone="+819012345678"), contact("co-2", email=None)))
        old_field, old_index = world.settings.field_encryption_keys, world.settings.blind_index_keys
        field = KeyRing("n1", {"n1": FIELD, **old_field.keys})
        index = KeyRing("n1", {"n1": INDEX, **old_index.keys})
        assert [await rewritten(world, field, index) for _ in range(2)] == [1, 0]
        alone = (KeyRing("n1", {"n1": FIELD}), KeyRing("n1", {"n1": INDEX}))
        assert await rewritten(world, *alone) == 0
        stored = await world.value("SELECT email_index FROM contacts WHERE contact_id = 'co-1'", str)
        assert stored == BlindIndex(alone[1]).current("b-1", EMAIL)


async def test_sessions_are_rewritten_and_outlive_the_old_keys(servers: Servers) -> None:
    async with World.fresh(servers) as world:
        browser = world.browser()
        await world.enter(browser, await world.code_for(browser))
        old_field, old_index = world.settings.field_encryption_keys, world.settings.blind_index_keys
        field = KeyRing("n1", {"n1": FIELD, **old_field.keys})
        index = KeyRing("n1", {"n1": INDEX, **old_index.keys})
        assert [await rewritten(world, field, index) for _ in range(2)] == [2, 0]
        new_alone = {
            "field_encryption_keys": KeyRing("n1", {"n1": FIELD}),
            "blind_index_keys": KeyRing("n1", {"n1": INDEX}),
        }
        alone = world.context("api", **new_alone)
        late = world.browser(at=alone)
        late.cookies.update(browser.cookies)
        answer = await late.post("/auth/sample-business/switch")
        assert answer.headers["location"] == "/portal/sample-business/choose"
        stored = await world.value("SELECT address_index FROM sessions", str)
        assert stored == BlindIndex(alone.settings.blind_index_keys).current("b-1", EMAIL)


async def test_a_session_whose_key_is_gone_switches_no_more(world: World) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    late = world.browser(at=world.context("api", field_encryption_keys=KeyRing("n1", {"n1": FIELD})))
    late.cookies.update(browser.cookies)
    answer = await late.post("/auth/sample-business/switch", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_a_choice_whose_key_is_gone_has_expired(world: World) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    await browser.post("/auth/sample-business/switch")
    late = world.browser(at=world.context("api", field_encryption_keys=KeyRing("n1", {"n1": FIELD})))
    late.cookies.update(browser.cookies)
    answer = await late.post("/auth/sample-business/choice", json={"choice": 0})
    assert (answer.status_code, answer.json()["code"]) == (410, "choice_expired")


async def test_a_key_retired_too_early_is_an_error_not_a_loss(world: World) -> None:
    with pytest.raises(Undecipherable):
        await rewritten(world, KeyRing("n1", {"n1": FIELD}), KeyRing("n1", {"n1": INDEX}))
    assert await world.count("contacts") == 1


async def test_what_has_run_its_time_is_deleted(world: World) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    await world.run(
        "UPDATE sessions SET expires_at = now() - interval '2 hours'",
        "UPDATE known_browsers SET proved_at = now() - interval '200 days'",
        "UPDATE failures SET day = day - 2",
    )
    async with world.worker.all_tenants() as tx:
        await delete_expired(world.worker, tx)
    assert [await world.count(table) for table in ("sessions", "known_browsers", "failures")] == [0, 0, 0]
