"""Disputes: chargebacks and inquiries, won and lost, and what each step tells."""

from typing import cast

import pytest
import stripe
from paid_sessions import THEIRS, paid, told
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import Running
from stripe.params import DisputeListParams
from stripe_orders import HIKARI, SPARKLE, yen_order


async def read(running: Running, dispute: str) -> stripe.Dispute:
    found = await running.client().v1.disputes.retrieve_async(dispute, {"expand": ["charge"]}, THEIRS)
    assert cast("stripe.Charge", found.charge).disputed
    return found


def moved(dispute: stripe.Dispute) -> list[int]:
    return [each.amount for each in dispute.balance_transactions]


@pytest.mark.parametrize(
    ("won", "status", "money", "last"),
    [
        (True, "won", [-12_550, 12_550], ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        (False, "lost", [-12_550], ["charge.dispute.closed"]),
    ],
)
async def test_a_chargeback_takes_the_money_until_it_is_won(
    running: Running, won: bool, status: str, money: list[int], last: list[str]
) -> None:
    session = await paid(running)
    dispute = (await running.controls.dispute(session)).id
    opened = await read(running, dispute)
    assert (opened.status, opened.amount, opened.is_charge_refundable) == ("needs_response", 12_550, False)
    assert moved(opened) == [-12_550]
    first = [event.type for event in await told(running)]
    assert first == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]

    await running.controls.close_dispute(session, won=won)
    closed = await read(running, dispute)
    assert (closed.status, moved(closed)) == (status, money)
    assert [event.type for event in (await told(running))[2:]] == last


@pytest.mark.parametrize(
    ("won", "status", "money"), [(True, "warning_closed", []), (False, "lost", [-12_550])]
)
async def test_an_inquiry_takes_nothing_unless_it_becomes_a_chargeback(
    running: Running, won: bool, status: str, money: list[int]
) -> None:
    session = await paid(running)
    dispute = (await running.controls.dispute(session, warning=True)).id
    opened = await read(running, dispute)
    assert (opened.status, moved(opened), opened.is_charge_refundable) == ("warning_needs_response", [], True)
    assert [event.type for event in await told(running)] == ["charge.dispute.created"]
    await running.controls.close_dispute(session, won=won)
    closed = await read(running, dispute)
    assert (closed.status, moved(closed)) == (status, money)
    assert (await told(running))[-1].type == "charge.dispute.closed"


async def test_a_webhook_of_a_dispute_names_the_payment_but_has_no_metadata(running: Running) -> None:
    await running.controls.dispute(await paid(running))
    books = await running.controls.books()
    (created, _) = await told(running)
    dispute = created.data.object.to_dict()
    assert (dispute["object"], dispute["metadata"]) == ("dispute", {})
    assert (dispute["charge"], dispute["payment_intent"]) == (
        books.charges[0].id,
        books.payment_intents[0].id,
    )
    assert (created.account, books.disputes[0].metadata) == (SPARKLE, {})
    assert len(await running.receiver.wait_for(5)) == 5


async def test_disputes_of_a_charge_are_listed_newest_first(running: Running) -> None:
    session = await paid(running)
    first = (await running.controls.dispute(session, warning=True)).id
    with pytest.raises(Refused, match="in dispute already"):
        await running.controls.dispute(session)
    await running.controls.close_dispute(session, won=True)
    second = (await running.controls.dispute(session)).id
    other = (await running.controls.dispute(await paid(running))).id
    charge = (await running.controls.books()).charges[0]
    for wanted, found in (
        (DisputeListParams(charge=charge.id), [second, first]),
        (DisputeListParams(charge=charge.id, limit=1), [second]),
        (DisputeListParams(payment_intent=charge.payment_intent), [second, first]),
        (DisputeListParams(), [other, second, first]),
    ):
        listed = await running.client().v1.disputes.list_async(wanted, THEIRS)
        assert [each.id for each in listed.data] == found
    theirs = stripe.RequestOptions(stripe_account=HIKARI)
    assert (await running.client().v1.disputes.list_async(None, theirs)).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        await running.client().v1.disputes.list_async({"charge": charge.id}, theirs)
    with pytest.raises(stripe.InvalidRequestError, match="No such dispute"):
        await running.client().v1.disputes.retrieve_async(first, None, theirs)


async def test_a_charge_that_was_charged_back_is_not_refunded(running: Running) -> None:
    session = await paid(running)
    charge = (await running.controls.books()).charges[0].id
    await running.controls.dispute(session)
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as refused:
        await running.client().v1.refunds.create_async({"charge": charge}, THEIRS)
    assert refused.value.code == "charge_disputed"
    await running.controls.close_dispute(session, won=False)
    with pytest.raises(Refused, match="has been charged back"):
        await running.controls.refund(session)
    assert (await running.controls.books()).refunds == []


async def test_an_inquired_charge_can_be_refunded_and_only_the_rest_is_disputed(running: Running) -> None:
    session = await paid(running)
    await running.controls.refund(session, 50)
    await running.controls.dispute(session, warning=True)
    books = await running.controls.books()
    assert (books.disputes[0].amount, books.charges[0].disputed) == (12_500, True)
    await running.controls.refund(session)
    assert (await running.controls.books()).charges[0].refunded


async def test_what_can_not_be_disputed_says_why(running: Running) -> None:
    session = await paid(running)
    with pytest.raises(Refused, match="no open dispute"):
        await running.controls.close_dispute(session, won=True)
    await running.controls.refund(session)
    with pytest.raises(Refused, match="nothing left to dispute"):
        await running.controls.dispute(session)
    hikari = stripe.RequestOptions(stripe_account=HIKARI)
    cash = (await running.client().v1.checkout.sessions.create_async(yen_order(), hikari)).id
    with pytest.raises(Refused, match="took no money"):
        await running.controls.dispute(cash)
    await running.controls.pay_by_konbini(cash)
    await running.controls.settle(cash)
    with pytest.raises(Refused, match="Only a payment by card"):
        await running.controls.dispute(cash)


async def test_an_inquiry_that_escalates_is_the_same_dispute_and_takes_the_money(running: Running) -> None:
    session = await paid(running)
    inquiry = (await running.controls.dispute(session, warning=True)).id
    assert (await running.controls.escalate_dispute(session)).id == inquiry
    opened = await read(running, inquiry)
    assert (opened.status, moved(opened), opened.is_charge_refundable) == ("needs_response", [-12_550], False)
    kinds = [event.type for event in (await told(running))[1:]]
    assert kinds == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]
    with pytest.raises(Refused, match="no open inquiry"):
        await running.controls.escalate_dispute(session)
    await running.controls.close_dispute(session, won=True)
    assert moved(await read(running, inquiry)) == [-12_550, 12_550]


async def test_a_dispute_that_is_prevented_leaves_the_money_with_the_payer(running: Running) -> None:
    session = await paid(running)
    dispute = (await running.controls.dispute(session, warning=True)).id
    await running.controls.prevent_dispute(session)
    ended = await read(running, dispute)
    assert (ended.status, moved(ended)) == ("prevented", [-12_550])


async def test_a_bank_may_dispute_a_part_and_then_another_but_no_more_than_is_left(running: Running) -> None:
    session = await paid(running)
    first = (await running.controls.dispute(session, 2_550)).id
    await running.controls.close_dispute(session, won=False)
    with pytest.raises(Refused, match="10000 left"):
        await running.controls.dispute(session, 10_001)
    second = (await running.controls.dispute(session, 10_000)).id
    await running.controls.close_dispute(session, won=False)
    assert [moved(await read(running, one)) for one in (first, second)] == [[-2_550], [-10_000]]
    with pytest.raises(Refused, match="nothing left to dispute"):
        await running.controls.dispute(session)
