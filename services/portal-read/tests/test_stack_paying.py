"""Paying: what this browser paid is processing until the rows know of it, and nobody else sees it."""

import re

import httpx
import pytest
from chassis.web.cookies import PaymentCookies
from portal_world import BUSINESS, ROOT, World
from servicehub_events import (
    BrandingRevised,
    Contact,
    CustomerRegistered,
    CustomerRevised,
    InvoiceIssued,
    PaymentCaptured,
    PaymentFailed,
    PaymentStarted,
    PortalEnabled,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples
from starlette.responses import Response

pytestmark = pytest.mark.stack

OWED = 15180
ALLOCATED = {"amount": OWED, "allocations": [{"invoice_id": "in-1", "invoice_version": 1, "amount": OWED}]}
BEGUN = {"payment_id": "pa-new", "status": "started", "method": None, "refunds": (), **ALLOCATED}
SHOWING = (ROOT, f"{ROOT}/invoices", f"{ROOT}/invoices/in-1", f"{ROOT}/pay", f"{ROOT}/pay?invoice=in-1")
CHECKOUT = 'action="/billing/sample-business/checkouts"'
RESULT = f"{ROOT}/result/pa-new"


@pytest.fixture
async def owing(world: World) -> World:
    """A business, its customer, a session, and an invoice that nothing has been paid of."""
    await world.apply(
        as_event(PortalEnabled, samples.business()),
        as_event(CustomerRegistered, samples.customer()),
        as_event(SignedIn, samples.session()),
        as_event(InvoiceIssued, samples.invoice()),
    )
    return world


def paid_here(world: World, business_id: str = BUSINESS, **payments: list[str]) -> str:
    """The cookies that billing sets when a browser comes back from paying."""
    response, cookies = Response(), PaymentCookies(world.settings.cookie_signing_keys, business_id)
    for key, ids in payments.items():
        cookies.put(response, key.replace("_", "-"), ids)
    return "; ".join(header.partition(";")[0] for header in response.headers.getlist("set-cookie"))


async def asked(
    world: World, path: str, cookie: str = "", headers: dict[str, str] | None = None
) -> httpx.Response:
    return await world.get(path, f"{world.cookie()}; __Host-lang=en; {cookie}", headers)


@pytest.mark.parametrize("path", SHOWING)
async def test_what_is_owed_can_be_paid_until_this_browser_paid_it(owing: World, path: str) -> None:
    before = await asked(owing, path)
    assert CHECKOUT in before.text
    cookie = paid_here(owing, pa_new=["in-1"])
    after = await asked(owing, path, cookie, {"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert CHECKOUT not in after.text
    assert re.search("processed|Processing|on its way", after.text)
    assert (await asked(owing, path)).headers["etag"] == before.headers["etag"]


@pytest.mark.parametrize("path", SHOWING)
async def test_the_row_of_the_payment_ends_the_guessing_once_it_is_more_than_started(
    owing: World, path: str
) -> None:
    cookie = paid_here(owing, pa_new=["in-1"])
    await owing.apply(as_event(PaymentStarted, samples.payment(), **BEGUN))
    assert CHECKOUT not in (await asked(owing, path, cookie)).text
    assert CHECKOUT in (await asked(owing, path)).text
    await owing.apply(as_event(PaymentFailed, samples.payment(), **{**BEGUN, "status": "failed"}))
    assert CHECKOUT in (await asked(owing, path, cookie)).text


async def test_a_captured_payment_is_what_the_result_and_the_invoice_show(owing: World) -> None:
    cookie = paid_here(owing, pa_new=["in-1"])
    unheard = await asked(owing, RESULT, cookie)
    assert "Confirming your payment" in unheard.text
    await owing.apply(as_event(PaymentStarted, samples.payment(), **BEGUN))
    begun = await asked(owing, RESULT, cookie, {"If-None-Match": unheard.headers["etag"]})
    assert "Confirming your payment" in begun.text
    assert "¥15,180" in begun.text
    assert "This payment is not finished" in (await asked(owing, RESULT)).text
    await owing.apply(
        as_event(PaymentCaptured, samples.payment(), payment_id="pa-new", refunds=(), **ALLOCATED)
    )
    paid = await asked(owing, RESULT, cookie, {"If-None-Match": begun.headers["etag"]})
    assert "Paid. Thank you." in paid.text
    assert "Visa ending 4242" in paid.text
    assert [_forgotten(answer) for answer in (unheard, begun, paid)] == [[], [], [cookie.partition("=")[0]]]
    assert "Nothing left to pay." in (await asked(owing, f"{ROOT}/invoices/in-1", cookie)).text


def _forgotten(answer: httpx.Response) -> list[str]:
    """The cookies of payments that an answer takes back."""
    headers = answer.headers.get_list("set-cookie")
    return [header.partition("=")[0] for header in headers if "-p-" in header and "Max-Age=0" in header]


async def test_a_forged_cookie_or_one_of_another_business_changes_nothing(owing: World) -> None:
    name, _, value = paid_here(owing, pa_new=["in-1"]).partition("=")
    elsewhere = paid_here(owing, "b-2", pa_new=["in-1"])
    for cookie in (f"{name}={value[:-3]}xyz", elsewhere, f"{name}={elsewhere.partition('=')[2]}"):
        assert CHECKOUT in (await asked(owing, ROOT, cookie)).text
        assert (await asked(owing, RESULT, cookie)).status_code == 404


@pytest.fixture
async def neighbours(owing: World) -> World:
    """Another customer of the business, and another business, each with an invoice and a payment."""
    other, twin = {"customer_id": "cu-2"}, {"business_id": "b-2"}
    theirs = {"allocations": [{"invoice_id": "in-2", "invoice_version": 1, "amount": 10000}], "refunds": ()}
    twins = {"allocations": [{"invoice_id": "in-twin", "invoice_version": 1, "amount": 10000}], "refunds": ()}
    await owing.apply(
        as_event(CustomerRegistered, samples.customer(), **other),
        as_event(InvoiceIssued, samples.invoice(), **other, invoice_id="in-2"),
        as_event(PaymentCaptured, samples.payment(), **other, payment_id="pa-2", **theirs),
        as_event(PortalEnabled, samples.business(), **twin, slug="twin-business", former_slugs=()),
        as_event(InvoiceIssued, samples.invoice(), **twin, invoice_id="in-twin"),
        as_event(PaymentCaptured, samples.payment(), **twin, payment_id="pa-twin", **twins),
    )
    return owing


@pytest.mark.parametrize("foreign", ["pa-2", "pa-twin", "pa-none", "%00", "x" * 80, "..%2f..", "%E3%81%82"])
async def test_anothers_result_is_the_same_404_as_an_absent_one(neighbours: World, foreign: str) -> None:
    absent = await neighbours.get(f"{ROOT}/result/pa-absent")
    answer = await neighbours.get(f"{ROOT}/result/{foreign}")
    assert (absent.status_code, answer.status_code) == (404, 404)
    assert (answer.content, answer.headers) == (absent.content, absent.headers)


@pytest.mark.parametrize("foreign", ["in-2", "in-twin", "in-none", "%00", "", "in-1&invoice=in-2"])
async def test_another_s_invoice_cannot_be_paid_and_looks_like_none(neighbours: World, foreign: str) -> None:
    absent = await neighbours.get(f"{ROOT}/pay?invoice=in-absent")
    answer = await neighbours.get(f"{ROOT}/pay?invoice={foreign}")
    assert (absent.status_code, answer.status_code) == (404, 404)
    assert (answer.content, answer.headers) == (absent.content, absent.headers)


async def test_a_cookie_of_another_customer_in_this_browser_shows_nothing_of_theirs(
    neighbours: World,
) -> None:
    cookie = paid_here(neighbours, pa_2=["in-2"], pa_new=["in-2"])
    absent = await asked(neighbours, f"{ROOT}/result/pa-absent", cookie)
    for payment in ("pa-2", "pa-new"):
        answer = await asked(neighbours, f"{ROOT}/result/{payment}", cookie)
        assert (answer.status_code, answer.content) == (404, absent.content)


@pytest.mark.parametrize(("roles", "status"), [(("invoices",), 200), (("pay",), 200), (("visits",), 404)])
async def test_results_and_payments_need_a_role(owing: World, roles: tuple[str, ...], status: int) -> None:
    first = samples.customer().contacts[0]
    contact = Contact(contact_id=first.contact_id, name="Somebody", email="some@example.com", roles=roles)  # pyright: ignore[reportArgumentType]
    await owing.apply(
        as_event(CustomerRevised, samples.customer(), contacts=(contact,)),
        as_event(PaymentStarted, samples.payment(), **BEGUN),
    )
    for path in (RESULT, f"{ROOT}/pay"):
        answer = await asked(owing, path)
        assert answer.status_code == status
        assert (CHECKOUT in answer.text) is ("pay" in roles and path.endswith("/pay"))


async def test_no_business_without_an_account_or_with_charges_off_has_a_pay_button(owing: World) -> None:
    payable = await asked(owing, ROOT)
    owing.online_payments.disabled.add(BUSINESS)
    off = await asked(owing, ROOT, headers={"If-None-Match": payable.headers["etag"]})
    assert CHECKOUT not in off.text
    assert "To pay or to ask about it" in off.text
    owing.online_payments.disabled.clear()
    await owing.apply(as_event(BrandingRevised, samples.business(), stripe_account=None))
    assert CHECKOUT not in (await asked(owing, ROOT)).text


async def test_only_pages_on_which_a_pay_form_may_stand_let_forms_lead_to_the_payment_page(
    owing: World,
) -> None:
    house = (await owing.get(f"{ROOT}/sign-in", "")).headers["content-security-policy"]
    checkout = " ".join(owing.settings.checkout_origins)
    wider = house.replace("form-action 'self'", f"form-action 'self' {checkout}")
    assert wider != house
    for path in SHOWING:
        page = await asked(owing, path)
        again = await asked(owing, path, headers={"If-None-Match": page.headers["etag"]})
        assert again.status_code == 304
        assert page.headers["content-security-policy"] == again.headers["content-security-policy"] == wider
    for path in (f"{ROOT}/appointments", f"{ROOT}/nothing-here"):
        assert (await asked(owing, path)).headers["content-security-policy"] == house


async def test_a_refusal_comes_back_to_the_choices_with_what_was_typed(owing: World) -> None:
    part = {"partial_payment": {"allowed": True, "minimum": 1000}}
    await owing.apply(as_event(InvoiceIssued, samples.invoice(), **part))
    response = Response()
    params = {"minimum": "1000", "maximum": str(OWED), "currency": "JPY"}
    owing.web.flash.put(
        response, {"code": "pay_amount_invalid", "params": params, "typed": "amount\n<b>12\n\n"}
    )
    flash = response.headers["set-cookie"].partition(";")[0]
    page = await asked(owing, f"{ROOT}/pay?invoice=in-1", flash)
    assert "Please enter an amount from ¥1,000 to ¥15,180." in page.text
    assert 'value="&lt;b&gt;12"' in page.text
    assert "Max-Age=0" in page.headers["set-cookie"]
    assert 'name="return" value="/portal/sample-business/pay?invoice=in-1"' in page.text


async def test_sign_in_leads_back_to_the_invoices_that_were_to_be_paid(owing: World) -> None:
    turned_away = await owing.get(f"{ROOT}/pay?invoice=in-1", "")
    assert turned_away.headers["location"] == f"{ROOT}/sign-in"
    returning = turned_away.headers["set-cookie"].partition(";")[0]
    back = await asked(owing, ROOT, returning)
    assert back.headers["location"] == f"{ROOT}/pay?invoice=in-1"
