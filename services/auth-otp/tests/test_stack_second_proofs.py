"""A second proof: what makes one, what does not, and what ends it."""

import httpx
import pytest
from chassis.identity import SessionToken
from servicehub_events import BrandingRevised, Contact, Event, SignedIn, as_event
from servicehub_events_tools.testing import samples

from .passkey_world import ROOT, added, asked, decoded, entered, post, signed_in
from .sign_in_world import BUSINESS, EMAIL, World, business, contact, customer

pytestmark = pytest.mark.stack
PHONE = "+819012345678"
BACK = "pay?invoice=in-1"
PAY = "/portal/sample-business/pay?invoice=in-1"


async def known(world: World, *others: Contact) -> None:
    """The contact has both addresses."""
    await world.apply(customer(contact(phone=PHONE), *others))


def token_of(world: World, browser: httpx.AsyncClient) -> SessionToken:
    token = world.web.verifier.verify(dict(browser.cookies), BUSINESS)
    assert token
    return token


def is_confirmed(world: World, browser: httpx.AsyncClient) -> bool:
    return token_of(world, browser).confirmed_until > world.web.clock().timestamp()


def session_cookies(answer: httpx.Response) -> list[str]:
    return [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("__Host-s-")]


async def second_code(
    world: World, browser: httpx.AsyncClient, address: str = PHONE, back: str = BACK
) -> str:
    answer = await browser.post(f"{ROOT}/codes", data={"address": address, "back": back})
    assert answer.headers["location"] == "/portal/sample-business/code", answer.text
    (sent,) = await world.send_codes()
    return sent.code


async def confirmed(world: World) -> httpx.AsyncClient:
    """A browser whose contact proved mail address and phone number."""
    browser = await signed_in(world)
    await world.enter(browser, await second_code(world, browser))
    assert is_confirmed(world, browser)
    return browser


async def test_a_code_to_the_other_address_confirms_and_leads_back(world: World) -> None:
    await known(world)
    browser = await signed_in(world)
    assert not is_confirmed(world, browser)
    before = token_of(world, browser)
    answer = await world.enter(browser, await second_code(world, browser))
    assert answer.headers["location"] == PAY
    after = token_of(world, browser)
    events = await world.session_events()
    newest = next(event for event in events if event.session_id == after.session_id)
    assert isinstance(newest, SignedIn)
    assert newest.confirmed_until
    seconds = newest.confirmed_until - newest.issued_at
    assert seconds.total_seconds() == world.settings.confirmed_seconds
    assert (after.contact_id, after.session_id != before.session_id) == ("co-1", True)
    assert [event.reason for event in events if event.revoked_at] == ["switched"]


async def test_either_address_is_the_first(world: World) -> None:
    await known(world)
    browser = await signed_in(world, PHONE)
    await world.enter(browser, await second_code(world, browser, EMAIL))
    assert is_confirmed(world, browser)


async def test_the_same_form_twice_has_the_same_answer(world: World) -> None:
    await known(world)
    browser = await signed_in(world)
    code = await second_code(world, browser)
    cookies = dict(browser.cookies)
    first = await world.enter(browser, code)
    again = world.browser()
    again.cookies.update(cookies)
    second = await world.enter(again, code)
    assert (first.headers["location"], second.headers["location"]) == (PAY, PAY)
    assert session_cookies(first) == session_cookies(second) != []


async def test_the_same_address_again_is_no_second_proof_and_the_page_says_so(world: World) -> None:
    await known(world)
    browser = await signed_in(world)
    await world.let_time_pass(world.settings.send_spacing_seconds)
    answer = await world.enter(browser, await second_code(world, browser, EMAIL))
    assert answer.headers["location"] == PAY
    assert not is_confirmed(world, browser)
    assert "__Host-flash" in answer.headers["set-cookie"]


async def test_a_sign_in_that_nobody_asked_for_as_a_second_proof_is_none(world: World) -> None:
    await known(world)
    browser = await signed_in(world)
    await world.enter(browser, await world.code_for(browser, PHONE))
    assert not is_confirmed(world, browser)


async def test_a_passkey_that_was_added_by_one_address_is_no_second_proof(world: World) -> None:
    await known(world)
    browser = await signed_in(world)
    device = await added(world, browser)
    options = await asked(browser, "challenges")
    form = {"credential": device.get(decoded(options["challenge"])).decode(), "back": BACK}
    answer = await browser.post(f"{ROOT}/passkeys/sessions", data=form)
    assert answer.headers["location"] == PAY
    assert not is_confirmed(world, browser)
    assert "__Host-flash" in answer.headers["set-cookie"]


async def test_a_passkey_that_was_added_after_two_proofs_is_both_of_them(world: World) -> None:
    await known(world)
    device = await added(world, await confirmed(world))
    browser = world.browser()
    assert (await entered(browser, device)).status_code == 200
    assert is_confirmed(world, browser)


async def test_a_passkey_of_the_other_address_is_a_second_proof(world: World) -> None:
    await known(world)
    device = await added(world, await signed_in(world))
    browser = await signed_in(world, PHONE)
    options = await asked(browser, "challenges")
    credential = device.get(decoded(options["challenge"])).decode()
    await browser.post(f"{ROOT}/passkeys/sessions", json={"credential": credential, "back": BACK})
    assert is_confirmed(world, browser)


async def test_two_people_are_not_two_proofs_of_one(world: World) -> None:
    await known(world, contact("co-2", email="taro@example.com", phone="+819087654321"))
    browser = await signed_in(world)
    code = await second_code(world, browser)
    await world.apply(customer(contact(), contact("co-2", email="taro@example.com", phone=PHONE)))
    browser = await signed_in(world, "taro@example.com")
    assert (await world.enter(browser, code)).headers["location"] != PAY
    assert not is_confirmed(world, browser)


async def test_who_shares_the_number_is_not_asked_who_they_are(world: World) -> None:
    await known(world, contact("co-2", email="taro@example.com", phone=PHONE))
    browser = await confirmed(world)
    assert token_of(world, browser).contact_id == "co-1"


@pytest.mark.parametrize("portal", ["signed out", "off and on"])
async def test_a_session_that_has_ended_is_no_first_proof(world: World, portal: str) -> None:
    await known(world)
    browser = await signed_in(world)
    code = await second_code(world, browser)
    if portal == "signed out":
        other = world.browser()
        other.cookies.update(dict(browser.cookies))
        await other.post(f"{ROOT}/sign-out", data={"everywhere": "1"})
    else:
        await world.apply(as_event(BrandingRevised, samples.business(), **_again(2)))
    await world.enter(browser, code)
    assert not is_confirmed(world, browser)


def _again(generation: int) -> dict[str, object]:
    same = business()
    return {"slug": same.slug, "former_slugs": (), "generation": generation}


@pytest.mark.parametrize(
    "change",
    [customer(contact(phone="+819000000000")), customer(contact(email="new@example.com", phone=PHONE))],
    ids=["phone", "mail"],
)
async def test_session_and_passkey_end_with_either_address(world: World, change: Event) -> None:
    await known(world)
    browser = await confirmed(world)
    await added(world, browser)
    await world.apply(change)
    assert [await world.count(table) for table in ("sessions", "passkeys")] == [0, 0]
    assert [event.reason for event in await world.session_events() if event.revoked_at] == [
        "switched",
        "address_changed",
    ]


async def test_switching_to_another_contact_proves_no_second_address(world: World) -> None:
    await known(world, contact("co-2", email="taro@example.com", phone=PHONE))
    browser = await confirmed(world)
    await browser.post(f"{ROOT}/switch")
    await browser.post(f"{ROOT}/choice", data={"choice": "1"})
    assert token_of(world, browser).contact_id == "co-2"
    assert not is_confirmed(world, browser)


async def test_an_address_that_is_nobodys_looks_like_any_and_gets_no_code(world: World) -> None:
    await known(world)
    browser = await signed_in(world)
    form = {"address": "090-0000-0000", "back": BACK}
    answer = await browser.post(f"{ROOT}/codes", data=form)
    assert answer.headers["location"] == "/portal/sample-business/code"
    assert await world.send_codes() == []


async def test_what_is_no_address_leads_back_to_the_payment(world: World) -> None:
    browser = await signed_in(world)
    answer = await browser.post(f"{ROOT}/codes", data={"address": "nobody", "back": BACK})
    assert answer.headers["location"] == PAY


@pytest.mark.parametrize("back", ["//evil.example", "pay/../../x", "pay?a\r\nb", "settings"])
async def test_it_leads_back_to_the_pay_page_alone(world: World, back: str) -> None:
    await known(world)
    browser = await signed_in(world)
    answer = await world.enter(browser, await second_code(world, browser, back=back))
    assert answer.headers["location"] == "/portal/sample-business/pay"


async def test_what_no_device_signed_leads_back_to_the_payment(world: World) -> None:
    browser = await signed_in(world)
    answer = await browser.post(f"{ROOT}/passkeys/sessions", data={"credential": "", "back": BACK})
    assert answer.headers["location"] == PAY
    assert (await post(browser, b"")).status_code == 410
