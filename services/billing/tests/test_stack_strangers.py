"""Who may not pay, what is no request, and what must not be told apart."""

import json
from typing import Any

import pytest
from servicehub_events import (
    BrandingRevised,
    Contact,
    CustomerRevised,
    PortalDisabled,
    SessionRevoked,
    as_event,
)
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack

ENTRY = f"/portal/{SLUG}/sign-in"


async def refused(browser: Browser) -> None:
    """Sent to sign in; nothing began."""
    assert where(await browser.pay("in-1")) == ENTRY
    assert problem(await browser.pay_json("in-1")) == (401, "not_signed_in")
    assert await browser.world.events() == []


async def customer(world: World, **changes: Any) -> None:
    """The customer changes."""
    await world.apply(as_event(CustomerRevised, CUSTOMER, **changes))


async def test_nobody_pays_without_a_session(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    browser.sign_out()
    await refused(browser)


@pytest.mark.parametrize(
    "changes",
    [
        {"business_id": "b-2"},
        {"generation": 0},
        {"customer_id": "cu-absent"},
        {"expires_at": 1},
    ],
)
async def test_a_session_of_another_place_time_or_person_is_none(
    browser: Browser, changes: dict[str, object]
) -> None:
    await browser.world.know(invoice("in-1"))
    browser.sign_in(browser.world.token(**changes), BUSINESS.business_id)
    await refused(browser)


async def test_a_business_that_asks_for_a_second_proof_is_paid_in_sessions_that_gave_one(
    browser: Browser,
) -> None:
    world, now = browser.world, int(browser.world.clock.now.timestamp())
    await world.know(invoice("in-1"))
    await world.apply(as_event(BrandingRevised, BUSINESS, second_proof_to_pay=True))
    for confirmed_until in (0, now):
        browser.sign_in(world.token(confirmed_until=confirmed_until))
        assert where(await browser.pay("in-1")) == f"/portal/{SLUG}/pay?invoice=in-1"
        assert browser.flash() == Flash("pay_second_proof", {})
        assert problem(await browser.pay_json("in-1")) == (403, "pay_second_proof")
    assert await world.events() == []
    browser.sign_in(world.token(confirmed_until=now + 1))
    assert (await browser.pay_json("in-1")).status_code == 201


async def test_a_session_ends_with_its_time(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    browser.world.clock.pass_time(days=1)
    await refused(browser)


async def test_a_revoked_session_pays_nothing(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    now = browser.world.clock.now
    ended = as_event(SessionRevoked, samples.session(), revoked_at=now, reason="signed_out")
    await browser.world.apply(ended)
    await refused(browser)


async def test_a_portal_that_is_off_or_was_off_ends_every_session(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    await browser.world.apply(as_event(PortalDisabled, BUSINESS, enabled=False))
    await refused(browser)
    await browser.world.apply(as_event(PortalDisabled, BUSINESS, generation=2))
    await refused(browser)
    browser.sign_in(browser.world.token(generation=2))
    assert where(await browser.pay("in-1")).startswith("https://pay.example")


async def test_a_customer_without_access_pays_nothing(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    await customer(browser.world, portal_access=False)
    await refused(browser)


async def test_a_contact_who_is_gone_pays_nothing(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    await customer(browser.world, contacts=())
    await refused(browser)


LOOKING = Contact(contact_id="co-1", name="Sample", roles=("visits", "invoices"))


async def test_a_contact_who_may_not_pay_is_told_so(browser: Browser) -> None:
    await browser.world.know(invoice("in-1"))
    await customer(browser.world, contacts=(LOOKING,))
    assert where(await browser.pay("in-1")) == f"/portal/{SLUG}/pay?invoice=in-1"
    assert browser.flash() == Flash("pay_not_allowed", {})
    assert problem(await browser.pay_json("in-1")) == (403, "pay_not_allowed")


async def test_anothers_invoice_and_none_are_the_same_to_the_byte(browser: Browser) -> None:
    await browser.world.know(invoice("in-theirs", customer_id="cu-2"))
    asked: list[dict[str, Any]] = [{}, {"pay": "due"}, {"pay": "amount", "amount": 5000}]
    for fields in asked:
        theirs = await browser.pay_json("in-theirs", **fields)
        absent = await browser.pay_json("in-absent1", **fields)
        assert (theirs.status_code, theirs.content) == (absent.status_code, absent.content)
        assert theirs.headers == absent.headers


async def test_anothers_invoice_looks_like_none_while_its_owner_pays_it(browser: Browser) -> None:
    world = browser.world
    other = as_event(CustomerRevised, CUSTOMER, customer_id="cu-2")
    await world.apply(other)
    await world.know(invoice("in-theirs", customer_id="cu-2"))
    owner = Browser(world, signed_in=False)
    owner.sign_in(world.token(customer_id="cu-2"))
    assert where(await owner.pay("in-theirs")).startswith("https://pay.example")
    theirs, absent = await browser.pay_json("in-theirs"), await browser.pay_json("in-absent1")
    assert (theirs.content, theirs.headers) == (absent.content, absent.headers)
    assert world.processor.payable() == ["cs_1"]


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
async def test_a_post_from_another_site_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    await browser.world.know(invoice("in-1"))
    assert problem(await browser.pay("in-1", headers=headers)) == (403, "cross_site")
    assert await browser.world.events() == []


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    assert problem(await browser.pay("in-1", amount="9" * 20_000)) == (413, "body_too_large")


async def test_a_hundred_invoices_are_paid_at_once_and_no_more(browser: Browser) -> None:
    many = [f"in-{number:03}" for number in range(101)]
    await browser.world.know(*(invoice(one) for one in many))
    assert problem(await browser.pay_json(*many)) == (422, "pay_invalid")
    answer = await browser.pay_json(*many[:100])
    assert (answer.status_code, answer.json()["amount"]) == (201, 1_756_000)


NO_REQUESTS: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"invoice_id": "in-1"}',
    b'{"invoice_id": []}',
    b'{"invoice_id": [1]}',
    b'{"invoice_id": ["in-1"], "pay": "everything"}',
    b'{"invoice_id": ["in-1"], "pay": "amount", "amount": "5000"}',
    b'{"invoice_id": ["in-1"], "pay": "amount", "amount": 50.5}',
    b'{"invoice_id": ["in-1"], "pay": "amount", "amount": true}',
    b'{"invoice_id": ["\xff"]}',
    json.dumps({"invoice_id": ["x" * 65]}).encode(),
    b'{"invoice_id": ["in-1\\u0000"]}',
]


@pytest.mark.parametrize("body", NO_REQUESTS)
async def test_what_is_no_request_is_refused_with_words_that_help(browser: Browser, body: bytes) -> None:
    answer = await browser.http.post(
        f"/billing/{SLUG}/checkouts", content=body, headers={"Content-Type": "application/json"}
    )
    assert problem(answer) in ((422, "pay_invalid"), (404, "pay_invoice_unknown"))


@pytest.mark.parametrize(
    "fields", [{"invoice_id": "a\x00"}, {"pay": "all"}, {"amount": "9" * 65, "pay": "amount"}]
)
async def test_a_form_that_was_tampered_with_is_refused(browser: Browser, fields: dict[str, Any]) -> None:
    await browser.world.know(invoice("in-1"))
    answer = await browser.pay(*([] if "invoice_id" in fields else ["in-1"]), **fields)
    assert answer.status_code in (303, 422)
    assert await browser.world.events() == []


@pytest.mark.parametrize("slug", ["nobodys", "%00", "..", "b-1", "%2F%2Fevil.example"])
async def test_an_unknown_portal_is_not_there(browser: Browser, slug: str) -> None:
    assert problem(await browser.pay_json("in-1", slug=slug))[0] in (404, 422)


async def test_what_others_learn_of_an_answer_is_nothing(browser: Browser) -> None:
    answer = await browser.pay("in-absent")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "HttpOnly" in answer.headers["set-cookie"]
