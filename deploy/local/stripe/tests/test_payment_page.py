"""The page of a paid payment: what its buttons do, and what it says when they can't."""

import httpx
import pytest
import stripe
from sandbox_beside import Running
from stripe_orders import HIKARI, SPARKLE, order, yen_order


async def paid(running: Running, *, yen: bool = False) -> str:
    sessions = running.client().v1.checkout.sessions
    wanted, account = (yen_order(), HIKARI) if yen else (order(), SPARKLE)
    session = (await sessions.create_async(wanted, stripe.RequestOptions(stripe_account=account))).id
    await running.controls.pay(session)
    return session


async def post(running: Running, session: str, step: str, **fields: str) -> httpx.Response:
    return await running.http.post(f"/payments/{session}/{step}", data=fields)


async def text(running: Running, path: str) -> str:
    answer = await running.http.get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(("yen", "typed", "shown"), [(False, "25.5", "$25.50"), (True, "1200", "¥1,200")])
async def test_a_part_is_refunded_in_the_currencys_own_units(
    running: Running, yen: bool, typed: str, shown: str
) -> None:
    session = await paid(running, yen=yen)
    assert f'href="/payments/{session}"' in await text(running, "/")
    assert (await post(running, session, "refund", amount=typed)).status_code == 303
    assert f"{shown} refunded," in await text(running, f"/payments/{session}")
    assert f"paid, {shown} refunded" in await text(running, "/")


async def test_a_refund_waits_arrives_and_fails(running: Running) -> None:
    session = await paid(running)
    await post(running, session, "refund", amount="125.50", waits="on")
    (refund,) = (await running.controls.books()).refunds
    assert refund.status == "pending"
    for end, status in (("arrived", "succeeded"), ("failed", "failed")):
        assert f'value="{end}"' in await text(running, f"/payments/{session}")
        assert (await post(running, session, "end-refund", refund=refund.id, end=end)).status_code == 303
        assert (await running.controls.books()).refunds[0].status == status
    assert "$125.50 left" in await text(running, f"/payments/{session}")


@pytest.mark.parametrize(
    ("kind", "end", "status"),
    [("chargeback", "won", "won"), ("chargeback", "lost", "lost"), ("inquiry", "won", "warning_closed")],
)
async def test_a_dispute_is_opened_and_decided(running: Running, kind: str, end: str, status: str) -> None:
    session = await paid(running)
    assert (await post(running, session, "dispute", kind=kind)).status_code == 303
    assert "in dispute" in await text(running, f"/payments/{session}")
    assert "paid, disputed" in await text(running, "/")
    assert (await post(running, session, "close", end=end)).status_code == 303
    assert [each.status for each in (await running.controls.books()).disputes] == [status]


@pytest.mark.parametrize(
    ("step", "fields", "told"),
    [
        ("refund", {"amount": "125.51"}, "greater than unrefunded amount"),
        ("refund", {"amount": "1,5"}, "Type an amount in USD, such as 10.00."),
        ("refund", {"amount": "0.00"}, "Invalid positive integer"),
        ("close", {"end": "won"}, "no open dispute"),
        ("end-refund", {"refund": "re_nobody", "end": "failed"}, "no such refund"),
    ],
)
async def test_what_can_not_be_is_told_and_changes_nothing(
    running: Running, step: str, fields: dict[str, str], told: str
) -> None:
    session = await paid(running)
    answer = await post(running, session, step, **fields)
    assert answer.status_code == 422
    assert told in answer.text
    books = await running.controls.books()
    assert (books.refunds, books.disputes) == ([], [])


async def test_only_a_paid_session_of_this_machine_has_the_page(running: Running) -> None:
    opened = await running.client().v1.checkout.sessions.create_async(order(), {"stripe_account": SPARKLE})
    for session in (opened.id, "cs_test_nobody"):
        assert (await running.http.get(f"/payments/{session}")).status_code == 404
        assert (await post(running, session, "dispute")).status_code == 404
    session = await paid(running)
    foreign = {"Origin": "https://elsewhere.example"}
    assert (await running.http.post(f"/payments/{session}/dispute", headers=foreign)).status_code == 403
    assert (await post(running, session, "colour")).status_code == 404
    assert (await running.controls.books()).disputes == []
