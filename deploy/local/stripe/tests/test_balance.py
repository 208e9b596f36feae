"""Money at Stripe: each movement with its fee, the payouts, and a balance that is their sum."""

import pytest
import stripe
from paid_sessions import THEIRS, paid
from sandbox_beside import NOW, Running
from stripe_orders import HIKARI, yen_order

DAY = 24 * 3600
MIDNIGHT = NOW - NOW % DAY


async def movements(running: Running, **wanted: str) -> list[stripe.BalanceTransaction]:
    """Oldest first."""
    listed = await running.client().v1.balance_transactions.list_async({"limit": 100, **wanted}, THEIRS)  # type: ignore[typeddict-item]  # fields by name
    return listed.data[::-1]


async def test_a_charge_is_taken_in_less_the_fee_and_available_later(running: Running) -> None:
    await paid(running)
    (movement,) = await movements(running)
    assert (movement.amount, movement.fee, movement.net) == (12_550, 394, 12_156)
    assert [(fee.amount, fee.type) for fee in movement.fee_details] == [(394, "stripe_fee")]
    assert (movement.type, movement.reporting_category, movement.status) == ("charge", "charge", "pending")
    assert movement.available_on == MIDNIGHT + 2 * DAY
    charge = (await running.controls.books()).charges[0].id
    found = await running.client().v1.charges.retrieve_async(
        charge, {"expand": ["balance_transaction"]}, THEIRS
    )
    assert isinstance(found.balance_transaction, stripe.BalanceTransaction)
    assert (found.balance_transaction.id, movement.source) == (movement.id, charge)


async def test_yen_has_no_cents_in_its_fee_and_a_voucher_is_a_payment(running: Running) -> None:
    hikari = stripe.RequestOptions(stripe_account=HIKARI)
    cash = (await running.client().v1.checkout.sessions.create_async(yen_order(5_001), hikari)).id
    await running.controls.pay_by_konbini(cash)
    await running.controls.settle(cash)
    (movement,) = (await running.client().v1.balance_transactions.list_async(None, hikari)).data
    assert (movement.type, movement.amount, movement.fee, movement.net) == ("payment", 5_001, 180, 4_821)


async def test_refunds_and_disputes_move_money_and_the_fee_stays_away(running: Running) -> None:
    session = await paid(running)
    await running.controls.fail_refund((await running.controls.refund(session, 1_000)).id)
    await running.controls.dispute(session)
    await running.controls.close_dispute(session, won=True)
    moved = [(each.reporting_category, each.amount, each.fee) for each in await movements(running)]
    assert moved == [
        ("charge", 12_550, 394),
        ("refund", -1_000, 0),
        ("refund_failure", 1_000, 0),
        ("dispute", -12_550, 1_500),
        ("dispute_reversal", 12_550, 0),
    ]


async def test_what_is_available_is_paid_out_and_arrives_the_day_after(running: Running) -> None:
    for _ in range(2):
        await running.controls.refund(await paid(running), 50)
    await running.controls.advance(2 * DAY)
    (payout,) = (await running.client().v1.payouts.list_async(None, THEIRS)).data
    assert (payout.status, payout.amount, payout.currency) == ("in_transit", 2 * (12_156 - 50), "usd")
    assert (payout.created, payout.arrival_date) == (MIDNIGHT + 2 * DAY, MIDNIGHT + 3 * DAY)
    held = await movements(running, payout=payout.id)
    assert [each.net for each in held] == [12_156, -50, 12_156, -50, -payout.amount]
    assert (held[-1].type, held[-1].id) == ("payout", payout.balance_transaction)
    await running.controls.advance(DAY)
    arrived = await running.client().v1.payouts.retrieve_async(payout.id, None, THEIRS)
    assert (arrived.status, arrived.reconciliation_status) == ("paid", "completed")
    kinds = [event.type for event in (await running.controls.books()).events]
    assert kinds[-2:] == ["payout.created", "payout.paid"]


async def test_the_balance_is_the_sum_of_the_movements(running: Running) -> None:
    async def read() -> list[tuple[str, int, int]]:
        found = await running.client().v1.balance.retrieve_async(None, THEIRS)
        ready = {each.currency: each.amount for each in found.available}
        return [(each.currency, ready[each.currency], each.amount) for each in found.pending]

    assert await read() == [("usd", 0, 0)]
    session = await paid(running)
    await running.controls.refund(session, 100)
    assert await read() == [("usd", -100, 12_156)]
    await running.controls.advance(3 * DAY)
    assert await read() == [("usd", 0, 0)]


async def test_what_is_owed_waits_for_the_next_payout(running: Running) -> None:
    session = await paid(running)
    await running.controls.refund(session)
    await running.controls.advance(3 * DAY)
    assert (await running.client().v1.payouts.list_async(None, THEIRS)).data == []
    await paid(running)
    await running.controls.advance(3 * DAY)
    (payout,) = (await running.client().v1.payouts.list_async(None, THEIRS)).data
    assert payout.amount == 12_156 - 394
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        await movements(running, payout="po_nobody")
