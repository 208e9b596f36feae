"""Refunds that the business makes: parts, waits, later failures, and what each one tells."""

from typing import cast

import pytest
import stripe
from paid_sessions import THEIRS, charge_of, paid, told
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import Running
from stripe_orders import order

ALL_LEVELS = "payment_intent.latest_charge.refunds"


async def expanded(running: Running, session: str) -> stripe.Charge:
    sessions = running.client().v1.checkout.sessions
    found = await sessions.retrieve_async(session, {"expand": [ALL_LEVELS]}, THEIRS)
    return cast("stripe.Charge", cast("stripe.PaymentIntent", found.payment_intent).latest_charge)


async def test_the_business_gives_a_part_back_and_then_the_rest(running: Running) -> None:
    session = await paid(running)
    part = (await running.controls.refund(session, 2_550)).id
    charge = await charge_of(running)
    assert (charge.amount, charge.amount_refunded, charge.refunded) == (12_550, 2_550, False)
    rest = (await running.controls.refund(session)).id
    charge = await charge_of(running)
    assert (charge.amount_refunded, charge.refunded) == (12_550, True)
    found = await expanded(running, session)
    assert found.refunds is not None
    assert [(each.id, each.amount, each.status) for each in found.refunds.data] == [
        (rest, 10_000, "succeeded"),
        (part, 2_550, "succeeded"),
    ]


async def test_refunds_of_a_charge_are_sent_only_when_they_are_asked_for(running: Running) -> None:
    session = await paid(running)
    refund = (await running.controls.refund(session, 1)).id
    client, charge = running.client(), await charge_of(running)
    assert "refunds" not in await client.v1.charges.retrieve_async(charge.id, None, THEIRS)
    sessions = await client.v1.checkout.sessions.list_async({"expand": [f"data.{ALL_LEVELS}"]}, THEIRS)
    intent = cast("stripe.PaymentIntent", sessions.data[0].payment_intent)
    listed = cast("stripe.Charge", intent.latest_charge).refunds
    assert listed is not None
    assert [each.id for each in listed.data] == [refund]
    deeper = {"expand": [f"data.{ALL_LEVELS}.data"]}
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        await client.v1.checkout.sessions.list_async(
            cast("stripe.params.checkout.SessionListParams", deeper), THEIRS
        )


async def test_the_list_within_a_charge_is_of_this_charge_and_goes_on_elsewhere(running: Running) -> None:
    session = await paid(running)
    made = [(await running.controls.refund(session, 100)).id for _ in range(12)]
    await running.controls.refund(await paid(running), 100)
    found = (await expanded(running, session)).refunds
    assert found is not None
    assert (len(found.data), found.has_more) == (10, True)
    assert [each.id async for each in found.auto_paging_iter()] == made[::-1]


async def test_a_refund_tells_of_the_charge_and_of_itself(running: Running) -> None:
    session = await paid(running)
    refund = (await running.controls.refund(session, 550)).id
    of_charge, of_refund = await told(running)
    assert (of_charge.type, of_refund.type) == ("charge.refunded", "refund.created")
    charge = of_charge.data.object.to_dict()
    assert (charge["object"], charge["amount_refunded"], "refunds" in charge) == ("charge", 550, False)
    assert charge["metadata"] == {"payment_id": "pay-1"}
    before = of_charge.data.previous_attributes
    assert before is not None
    assert before.to_dict() == {"amount_refunded": 0}
    told_of = of_refund.data.object.to_dict()
    assert (told_of["id"], told_of["charge"], told_of["payment_intent"]) == (
        refund,
        charge["id"],
        charge["payment_intent"],
    )
    assert told_of["metadata"] == {}
    assert len(await running.receiver.wait_for(5)) == 5


async def test_a_refund_that_succeeded_can_fail_later(running: Running) -> None:
    session = await paid(running)
    await running.controls.refund(session, 50)
    gone = (await running.controls.refund(session)).id
    await running.controls.fail_refund(gone)
    charge = await charge_of(running)
    assert (charge.amount_refunded, charge.refunded) == (50, False)
    found = await running.client().v1.refunds.retrieve_async(gone, None, THEIRS)
    assert (found.status, found.failure_reason) == ("failed", "expired_or_canceled_card")
    assert found.failure_balance_transaction is not None
    after = (await told(running))[4:]
    assert [event.type for event in after] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert after[2].data.object["status"] == "failed"
    with pytest.raises(Refused, match="failed already"):
        await running.controls.fail_refund(gone)
    again = (await running.controls.refund(session)).id
    assert again != gone
    assert (await charge_of(running)).refunded


@pytest.mark.parametrize("status", ["requires_action", "pending"])
async def test_a_refund_may_wait_before_it_arrives(running: Running, status: str) -> None:
    session = await paid(running)
    answer = await running.http.post(f"/_sandbox/sessions/{session}/refund", json={"status": status})
    refund = answer.json()
    assert refund["status"] == status
    assert ("next_action" in refund, "pending_reason" in refund) == (
        status == "requires_action",
        status == "pending",
    )
    assert (await charge_of(running)).amount_refunded == 12_550
    await running.controls.settle_refund(refund["id"])
    found = await running.client().v1.refunds.retrieve_async(refund["id"], None, THEIRS)
    assert found.status == "succeeded"
    assert [event.type for event in (await told(running))[2:]] == ["refund.updated", "charge.refund.updated"]
    with pytest.raises(Refused, match="does not wait"):
        await running.controls.settle_refund(refund["id"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("sessions/cs_test_nobody/refund", {}, 404),
        ("refunds/re_nobody/fail", {}, 404),
        ("sessions/{open}/refund", {}, 400),
        ("sessions/{open}/refund", {"amount": 0}, 400),
        ("sessions/{open}/refund", {"status": "failed"}, 400),
    ],
)
async def test_the_controls_refuse_what_can_not_be(
    running: Running, path: str, body: dict[str, object], status: int
) -> None:
    opened = await running.client().v1.checkout.sessions.create_async(order(), THEIRS)
    answer = await running.http.post(f"/_sandbox/{path.format(open=opened.id)}", json=body)
    assert answer.status_code == status
    assert "error" in answer.json()
