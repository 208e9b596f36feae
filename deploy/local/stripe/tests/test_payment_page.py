"""The page of a payment: what its buttons do, and what it says when they can't."""

import pytest
import stripe
from page_forms import PageForms, press
from portal_testing.stack.stripe_sandbox import StripeSandbox
from sandbox_beside import Running
from stand_in_stripe.controls import CONTROLS
from stripe_orders import HIKARI, SPARKLE, order, yen_order


async def opened(running: Running, *, yen: bool = False) -> str:
    sessions = running.client().v1.checkout.sessions
    wanted, account = (yen_order(), HIKARI) if yen else (order(), SPARKLE)
    return (await sessions.create_async(wanted, stripe.RequestOptions(stripe_account=account))).id


async def paid(running: Running, *, yen: bool = False) -> str:
    session = await opened(running, yen=yen)
    await running.controls.pay(session)
    return session


async def text(running: Running, path: str) -> str:
    answer = await running.http.get(path)
    assert answer.status_code == 200
    return answer.text


async def buttons(running: Running, session: str) -> list[str]:
    return list(PageForms(await text(running, f"/payments/{session}")).buttons)


@pytest.mark.parametrize(("yen", "typed", "shown"), [(False, "25.5", "$25.50"), (True, "1200", "¥1,200")])
async def test_a_part_is_refunded_in_the_currencys_own_units(
    running: Running, yen: bool, typed: str, shown: str
) -> None:
    page = f"/payments/{await paid(running, yen=yen)}"
    assert f'href="{page}"' in await text(running, "/")
    answer = await press(running.http, page, "Refund", amount=typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert f"{shown} refunded," in await text(running, page)
    assert f"paid, {shown} refunded" in await text(running, "/")


async def test_a_refund_waits_arrives_and_fails(running: Running) -> None:
    page = f"/payments/{await paid(running)}"
    await press(running.http, page, "Refund", amount="125.50", status="pending")
    (refund,) = (await running.controls.books()).refunds
    assert refund.status == "pending"
    for button, status in (("It arrived", "succeeded"), ("It failed", "failed")):
        answer = await press(running.http, page, button)
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert (await running.controls.books()).refunds[0].status == status
    assert "$125.50 left" in await text(running, page)


@pytest.mark.parametrize(
    ("opening", "closing", "status"),
    [
        ("Dispute it", "The business won", "won"),
        ("Dispute it", "The business lost", "lost"),
        ("Only inquire", "The business won", "warning_closed"),
    ],
)
async def test_a_dispute_is_opened_and_decided(
    running: Running, opening: str, closing: str, status: str
) -> None:
    page = f"/payments/{await paid(running)}"
    assert (await press(running.http, page, opening)).status_code == 303
    assert "in dispute" in await text(running, page)
    assert "paid, disputed" in await text(running, "/")
    assert (await press(running.http, page, closing)).status_code == 303
    assert [each.status for each in (await running.controls.books()).disputes] == [status]


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("125.51", "greater than unrefunded amount"),
        ("1,5", "Type an amount in USD, such as 10.00."),
        ("0.00", "Invalid positive integer"),
    ],
)
async def test_what_can_not_be_is_told_and_changes_nothing(running: Running, amount: str, told: str) -> None:
    answer = await press(running.http, f"/payments/{await paid(running)}", "Refund", amount=amount)
    assert answer.status_code == 422
    assert told in answer.text
    assert (await running.controls.books()).refunds == []


async def test_a_button_that_came_too_late_is_told_why(running: Running) -> None:
    session = await paid(running)
    late = f"/_sandbox/sessions/{session}/close-dispute"
    answer = await running.http.post(late, data={"choice": "won=true"})
    assert answer.status_code == 422
    assert "no open dispute" in answer.text
    other = f"/_sandbox/refunds/{(await running.controls.refund(session)).id}/settle"
    answer = await running.http.post(other, data={"choice": ""})
    assert answer.status_code == 422
    assert "does not wait for anything" in answer.text


async def test_a_page_offers_what_can_be_done_now(running: Running) -> None:
    session = await opened(running, yen=True)
    ways = ["Pay by card", "Get a konbini voucher", "Go to PayPay"]
    assert await buttons(running, session) == [*ways, "The page expires", "The API forgets it"]
    await press(running.http, f"/payments/{session}", "Get a konbini voucher")
    waiting = ["Pay the voucher", "Stand at the till", "The voucher lapses"]
    assert await buttons(running, session) == waiting
    await press(running.http, f"/payments/{session}", "Pay the voucher")
    assert await buttons(running, session) == ["Refund"]
    refund = await running.controls.refund(session, status="pending")
    assert await buttons(running, session) == ["It arrived", "It failed"]
    await running.controls.fail_refund(refund.id)
    assert await buttons(running, session) == ["Refund"]
    wallet = await opened(running, yen=True)
    await press(running.http, f"/payments/{wallet}", "Go to PayPay")
    assert (await buttons(running, wallet))[len(ways) : len(ways) + 2] == ["Approve", "Refuse"]
    await press(running.http, f"/payments/{wallet}", "Approve")
    assert await buttons(running, wallet) == ["Refund"]
    card = await paid(running)
    assert await buttons(running, card) == ["Refund", "Dispute it", "Only inquire"]
    expired = await opened(running)
    await press(running.http, f"/payments/{expired}", "The page expires")
    assert await buttons(running, expired) == []


async def test_every_control_of_an_object_has_a_place_on_a_page(running: Running) -> None:
    offered = {control.when for control in CONTROLS if "{id}" in control.path}
    of_sessions = {"open", "asked", "voucher", "refundable", "disputable", "disputed", "inquired"}
    assert offered == of_sessions | {"waiting", "standing"}
    home = {action for action, _ in PageForms(await text(running, "/")).buttons.values()}
    assert home == {f"/_sandbox/{control.path}" for control in CONTROLS if "{id}" not in control.path}


async def test_an_account_is_opened_and_changed_by_the_page(running: Running) -> None:
    await press(running.http, "/", "Charges on", id="acct_new", country="jp", default_currency="jpy")
    await press(running.http, "/", "Charges off", id=SPARKLE)
    found = await running.client().v1.accounts.retrieve_async("acct_new")
    assert (found.country, found.charges_enabled) == ("JP", True)
    assert not (await running.client().v1.accounts.retrieve_async(SPARKLE)).charges_enabled
    refused = await press(running.http, "/", "Charges on", id="new")
    assert refused.status_code == 422
    assert "at `$.id`" in refused.text


async def test_a_session_of_another_machine_has_no_page_and_another_site_presses_nothing(
    running: Running,
) -> None:
    assert (await running.http.get("/payments/cs_test_nobody")).status_code == 404
    nobody = "/_sandbox/sessions/cs_test_nobody/dispute"
    assert (await running.http.post(nobody, data={"choice": "warning=false"})).status_code == 404
    path = f"/_sandbox/sessions/{await paid(running)}/dispute"
    foreign = {"Origin": "https://elsewhere.example"}
    by_form = await running.http.post(path, headers=foreign, data={"choice": "warning=false"})
    by_json = await running.http.post(path, headers=foreign, content=b"{}")
    assert (by_form.status_code, by_json.status_code) == (403, 403)
    assert (await running.controls.books()).disputes == []


def test_the_client_has_a_method_for_every_control() -> None:
    works = {getattr(method, "work", None) for method in vars(StripeSandbox).values()}
    assert works >= {control.work for control in CONTROLS}
