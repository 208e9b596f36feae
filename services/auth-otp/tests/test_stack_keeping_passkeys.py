"""Passkeys of a contact: added soon after a code, listed, removed; and what their table gives away."""

import asyncio

import httpx
import pytest
from auth_otp.domain.passkeys import relying_party
from chassis.web import service_token
from portal_testing.authenticator import SoftwareAuthenticator
from sqlalchemy.exc import ProgrammingError

from .passkey_world import ROOT, added, asked, decoded, entered, post, signed_in
from .sign_in_world import BUSINESS, EMAIL, OTHER_BUSINESS, World, contact, customer

pytestmark = pytest.mark.stack
_OTHER_EMAIL = "taro@example.com"


async def listed(world: World, *, business_id: str = BUSINESS, caller: str = "portal-read") -> httpx.Response:
    keys, now = world.settings.auth_otp_keys, world.web.clock()
    token = service_token.authorization(keys, caller=caller, audience="auth-otp", now=now)
    body = {"business_id": business_id, "customer_id": "cu-1", "contact_id": "co-1"}
    return await world.browser().post("/internal/passkeys", json=body, headers={"Authorization": token})


async def refusal(browser: httpx.AsyncClient) -> tuple[int, str]:
    answer = await browser.post(f"{ROOT}/passkeys/offers", json={})
    return answer.status_code, answer.json().get("code", "")


async def test_a_browser_is_told_to_make_a_discoverable_passkey_that_verifies_its_holder(
    world: World,
) -> None:
    options = await asked(await signed_in(world), "offers")
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
    assert options["attestation"] == "none"
    assert options["rp"]["id"] == relying_party(world.settings.public_origin).rp_id
    assert options["user"]["name"].endswith(f" · {EMAIL}")
    assert (await asked(world.browser(), "challenges")).get("allowCredentials") is None


async def test_a_kept_passkey_is_listed_with_its_device_and_when_it_was_used(world: World) -> None:
    device = await added(world, await signed_in(world))
    (before,) = (await listed(world)).json()["passkeys"]
    assert (before["name"], before["used_at"]) == ("Unknown device", None)
    assert before["added_at"]
    await entered(world.browser(), device)
    (after,) = (await listed(world)).json()["passkeys"]
    assert after["used_at"] >= before["added_at"]
    assert (await listed(world, business_id=OTHER_BUSINESS)).json() == {"passkeys": []}


@pytest.mark.parametrize("caller", ["billing", "auth-otp"])
async def test_they_are_listed_for_portal_read_alone(world: World, caller: str) -> None:
    assert (await listed(world, caller=caller)).status_code == 401


async def test_nobody_adds_one_who_is_not_signed_in(world: World) -> None:
    assert await refusal(world.browser()) == (401, "not_signed_in")


async def test_nobody_adds_one_whose_code_was_entered_too_long_ago(world: World) -> None:
    browser = await signed_in(world)
    seconds = world.settings.passkey_proof_seconds
    await world.run(f"UPDATE sessions SET proved_at = now() - interval '{seconds} seconds'")
    assert await refusal(browser) == (403, "proof_too_old")
    form = await browser.post(f"{ROOT}/passkeys", data={"credential": ""})
    assert form.headers["location"] == "/portal/sample-business/sign-in?again=1"


async def test_nobody_adds_one_by_a_passkey_or_in_a_session_from_before(world: World) -> None:
    device = await added(world, await signed_in(world))
    by_passkey = world.browser()
    await entered(by_passkey, device)
    assert await refusal(by_passkey) == (403, "proof_too_old")
    await world.let_time_pass(world.settings.send_spacing_seconds)
    from_before = await signed_in(world)
    await world.run("UPDATE sessions SET method = NULL, proved_at = NULL")
    assert await refusal(from_before) == (403, "proof_too_old")


async def test_what_a_browser_made_is_kept_once_and_by_the_session_that_asked(world: World) -> None:
    browser, party = await signed_in(world), relying_party(world.settings.public_origin)
    options = await asked(browser, "offers")
    device = SoftwareAuthenticator(
        origin=party.origin, rp_id=party.rp_id, user_handle=decoded(options["user"]["id"])
    )
    made = device.create(decoded(options["challenge"]))
    await world.let_time_pass(world.settings.send_spacing_seconds)
    other = await signed_in(world)
    for name, value in browser.cookies.items():
        if name.startswith("__Host-a-"):
            other.cookies.set(name, value)
    assert (await post(other, made, "passkeys")).json().get("code") == "passkey_expired"
    answers = await asyncio.gather(*(post(browser, made, "passkeys") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410, 410]
    assert await world.count("passkeys") == 1


async def test_what_is_no_passkey_is_not_kept(world: World) -> None:
    browser, party = await signed_in(world), relying_party(world.settings.public_origin)
    options = await asked(browser, "offers")
    careless = SoftwareAuthenticator(
        origin=party.origin, rp_id=party.rp_id, user_handle=b"handle", verifies=False
    )
    refused = await post(browser, careless.create(decoded(options["challenge"])), "passkeys")
    assert (refused.status_code, refused.json().get("code")) == (422, "passkey_invalid")
    assert await world.count("passkeys") == 0


async def test_a_second_one_is_of_the_same_handle_and_never_on_the_same_device(world: World) -> None:
    browser = await signed_in(world)
    device = await added(world, browser)
    options = await asked(browser, "offers")
    assert decoded(options["user"]["id"]) == device.user_handle
    assert [decoded(one["id"]) for one in options["excludeCredentials"]] == [device.credential_id]


async def test_a_contact_has_so_many_and_no_more_also_when_all_are_added_at_once(world: World) -> None:
    narrow = world.context("api", contact_passkeys=2)
    browser, party = world.browser(at=narrow), relying_party(world.settings.public_origin)
    await world.enter(browser, await world.code_for(browser))
    made: list[bytes] = []
    for number in range(3):
        options = await asked(browser, "offers")
        device = SoftwareAuthenticator(
            origin=party.origin,
            rp_id=party.rp_id,
            user_handle=decoded(options["user"]["id"]),
            credential_id=b"credential-%d" % number,
        )
        made.append(device.create(decoded(options["challenge"])))
    answers = await asyncio.gather(*(post(browser, one, "passkeys") for one in made))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    assert await refusal(browser) == (409, "passkeys_full")


async def test_a_removed_one_signs_nobody_in_and_only_its_contact_removes_it(world: World) -> None:
    await world.apply(customer(contact(), contact("co-2", email=_OTHER_EMAIL)))
    browser, other = await signed_in(world), await signed_in(world, _OTHER_EMAIL)
    device = await added(world, browser)
    path = f"{ROOT}/passkeys/{await world.value('SELECT passkey_id FROM passkeys', str)}/remove"
    assert (await other.post(path)).status_code == 404
    assert (await world.browser().post(path, json={})).status_code == 401
    assert (await browser.post(path, headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert await world.count("passkeys") == 1
    assert (await browser.post(path)).headers["location"] == "/portal/sample-business/settings"
    assert (await entered(world.browser(), device)).json().get("code") == "passkey_refused"
    kinds = await world.rows("SELECT kind, address_index FROM sign_in_log WHERE kind LIKE 'passkey%'")
    index = world.web.addresses.index.current(BUSINESS, EMAIL)
    assert [tuple(row) for row in kinds][:2] == [("passkey_added", index), ("passkey_removed", index)]


async def test_one_is_offered_once_to_a_browser_that_proved_itself_for_the_first_time(world: World) -> None:
    browser = world.browser()
    first = await world.enter(browser, await world.code_for(browser))
    await world.let_time_pass(world.settings.send_spacing_seconds)
    second = await world.enter(browser, await world.code_for(browser))
    said = [[c for c in answer.headers.get_list("set-cookie") if "flash" in c] for answer in (first, second)]
    assert [len(one) for one in said] == [1, 0]


async def test_the_web_role_sees_one_business_and_exchanges_no_key(world: World) -> None:
    await added(world, await signed_in(world))
    async with world.web.tenant(OTHER_BUSINESS) as tx:
        assert await tx.value("SELECT count(*) FROM passkeys", int) == 0
    for column in ("public_key", "credential_id", "user_handle", "contact_id", "address_cipher"):
        async with world.web.tenant(BUSINESS) as tx:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await tx.run(f"UPDATE passkeys SET {column} = NULL")
            await tx.connection.rollback()


async def test_a_dump_holds_no_address(world: World) -> None:
    await added(world, await signed_in(world))
    dump = await world.value("SELECT string_agg(to_jsonb(p)::text, ' ') FROM passkeys p", str) or ""
    assert dump
    assert [secret for secret in (EMAIL, EMAIL.encode().hex()) if secret in dump] == []


async def test_the_address_is_told_of_a_new_passkey_once(world: World) -> None:
    await added(world, await signed_in(world), told=False)
    (notice,) = await world.send_codes()
    assert (notice.address.value, notice.code) == (EMAIL, "")
    assert notice.request.passkey_added_at is not None
    assert await world.send_codes() == []
