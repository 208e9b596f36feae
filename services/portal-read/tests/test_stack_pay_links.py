"""A pay link over HTTP: inert, bare, the same for whoever guesses, and shown as what it is to its owner."""

import re

import pytest
from chassis.web.cookies import LinkedPayments
from portal_read.ports import LinkedPayment, LinkOffer, OpenedLink
from portal_world import BUSINESS, CONTACT, CUSTOMER, ROOT, World
from servicehub_events import (
    CustomerRegistered,
    PaymentCaptured,
    PortalDisabled,
    PortalEnabled,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples
from starlette.responses import Response

pytestmark = pytest.mark.stack

TOKEN = "WyJpbi0xIl0.c2lnbmF0dXJl"
LINK = f"{ROOT}/pay/{TOKEN}"
PAID = f"{ROOT}/paid/pa-1"
OFFER = LinkOffer("2026-0001", 5000, "JPY", samples.invoice().due_on, deposit=False)
OPENED = OpenedLink("in-1", CUSTOMER, CONTACT, OFFER)
PAYMENT = as_event(PaymentCaptured, samples.payment(), payment_id="pa-1", refunds=())


@pytest.fixture
async def linked(world: World) -> World:
    """A business, its customer with a session, and a link that opens."""
    await world.apply(
        as_event(PortalEnabled, samples.business()),
        as_event(CustomerRegistered, samples.customer()),
        as_event(SignedIn, samples.session()),
    )
    world.pay_links.links[TOKEN] = OPENED
    return world


def led_there(world: World, payment_id: str = "pa-1", business_id: str = BUSINESS) -> str:
    """The cookie that billing sets in the browser that it sends to the payment page."""
    response = Response()
    LinkedPayments(world.settings.cookie_signing_keys, business_id).put(response, payment_id, TOKEN)
    return response.headers["set-cookie"].partition(";")[0]


async def test_whoever_has_the_link_sees_one_invoice_and_nothing_else(linked: World) -> None:
    answer = await linked.get(LINK, "")
    assert answer.status_code == 200
    assert "2026-0001" in answer.text
    customer = samples.customer()
    for word in (customer.display_name, *(contact.name for contact in customer.contacts)):
        assert word not in answer.text


async def test_its_answer_is_kept_by_nobody_found_by_nobody_and_told_to_nobody(linked: World) -> None:
    for path in (LINK, f"{ROOT}/pay/other"):
        headers = (await linked.get(path, "")).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["referrer-policy"] == "strict-origin"
        assert "set-cookie" not in headers
    (checkout,) = linked.settings.checkout_origins
    assert checkout in (await linked.get(LINK, "")).headers["content-security-policy"]


async def test_to_look_at_it_is_a_get_and_a_head_alone(linked: World) -> None:
    head = await linked.browser().head(LINK)
    assert (head.status_code, head.content) == (200, b"")
    assert (await linked.browser().post(LINK)).status_code == 405


async def test_what_opens_nothing_looks_the_same_whatever_the_reason(linked: World) -> None:
    linked.pay_links.links["dead"] = OPENED._replace(offer=None)
    linked.pay_links.links["others"] = OpenedLink("in-9", "cu-other", "co-other", None)
    answers = [await linked.get(f"{ROOT}/pay/{token}", "") for token in ("dead", "others", "guess", "x%00y")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(f'{ROOT}/pay/[^"]*', "", answer.text) for answer in answers}) == 1


async def test_its_owner_who_is_signed_in_gets_their_own_page(linked: World) -> None:
    answer = await linked.get(LINK)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/pay?invoice=in-1")
    linked.pay_links.links[TOKEN] = OPENED._replace(offer=None)
    assert (await linked.get(LINK)).headers["location"] == f"{ROOT}/invoices/in-1"


async def test_somebody_else_who_is_signed_in_sees_what_anybody_does(linked: World) -> None:
    linked.pay_links.links[TOKEN] = OPENED._replace(contact_id="co-other")
    answer = await linked.get(LINK)
    assert answer.status_code == 200
    assert "sign-out" not in answer.text


async def test_a_portal_that_is_off_shows_no_invoice(linked: World) -> None:
    await linked.apply(as_event(PortalDisabled, samples.business(), enabled=False, generation=9))
    answer = await linked.get(LINK, "")
    assert answer.status_code == 403
    assert "2026-0001" not in answer.text


async def test_without_billing_it_says_to_try_again(linked: World) -> None:
    linked.pay_links.away = True
    for path, cookie in ((LINK, ""), (PAID, led_there(linked))):
        answer = await linked.get(path, cookie)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_whoever_opens_too_many_waits_and_billing_is_not_asked(linked: World) -> None:
    browser = linked.browser("203.0.113.9")
    for _ in range(linked.settings.pay_link_requests_per_network_minute):
        await browser.get(f"{ROOT}/pay/guess")
    asked = linked.pay_links.asked
    answer = await browser.get(LINK)
    assert answer.status_code == 429
    assert "2026-0001" not in answer.text
    assert linked.pay_links.asked == asked
    assert (await linked.browser("203.0.113.10").get(LINK)).status_code == 200


async def test_the_browser_that_paid_sees_what_became_of_it_and_no_other(linked: World) -> None:
    linked.pay_links.payments[TOKEN, "pa-1"] = LinkedPayment("2026-0001", opens=False, payment=PAYMENT)
    answer = await linked.get(PAID, led_there(linked))
    assert answer.status_code == 200
    assert "2026-0001" in answer.text
    for cookie in ("", led_there(linked, "pa-2"), led_there(linked, business_id="b-2")):
        elsewhere = await linked.get(PAID, cookie)
        assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, f"{ROOT}/result/pa-1")


async def test_a_payment_that_is_being_confirmed_is_looked_at_again_without_a_script(linked: World) -> None:
    for status, again in (("started", "3"), ("captured", None)):
        payment = as_event(PaymentCaptured, PAYMENT, status=status)
        linked.pay_links.payments[TOKEN, "pa-1"] = LinkedPayment("2026-0001", opens=False, payment=payment)
        assert (await linked.get(PAID, led_there(linked))).headers.get("refresh") == again
