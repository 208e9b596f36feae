"""A voucher outlives its reason: it is called off, and what is paid all the same goes back or is kept."""

import asyncio

import msgspec
import pytest
from billing import errors
from billing.domain.amounts import AmountChoice
from billing.handlers.start_checkout import ToPay
from servicehub_events import (
    Business,
    CustomerErased,
    Deposit,
    Event,
    InvoiceErased,
    InvoiceVoided,
    Payment,
    PortalEnabled,
    RecordedPayment,
    as_event,
)
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CUSTOMER, World, invoice
from .gates import Gate, killed_at

pytestmark = pytest.mark.stack

KEEPS: Business = as_event(PortalEnabled, BUSINESS, surplus_handling="credit")
TOTAL = invoice("in-1").total
DEPOSIT = Deposit(amount=5000, due_on=samples.invoice().due_on)
CASH = RecordedPayment(id="r-1", method="cash", amount=TOTAL, received_on=samples.invoice().issued_on)
GONE: dict[str, Event] = {
    "voided": as_event(InvoiceVoided, invoice("in-1"), status="void"),
    "paid in cash": msgspec.structs.replace(invoice("in-1"), recorded_payments=(CASH,)),
    "in another currency": invoice("in-1", currency="USD"),
    "of another customer": invoice("in-1", customer_id="cu-2"),
    "erased": InvoiceErased(
        business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id, invoice_id="in-1"
    ),
    "of an erased customer": CustomerErased(
        business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id
    ),
}
REASONS = pytest.mark.parametrize("reason", GONE)


@pytest.fixture
async def voucher(world: World) -> Payment:
    """A payment that waits to be paid at a till."""
    return await waiting(world)


async def waiting(world: World, choice: AmountChoice | None = None, **changes: object) -> Payment:
    await world.know(invoice("in-1", **changes))
    begun = await world.pay("in-1", choice=choice)
    world.processor.begin_slowly("cs_1")
    return await world.come_back(begun.payment.payment_id)


async def change(world: World, reason: str) -> None:
    await world.apply(GONE[reason], version=9)
    await world.work(seconds=1)


def code_of(payment: Payment) -> str | None:
    return payment.failure.code if payment.failure else None


@REASONS
async def test_a_voucher_whose_invoice_asks_for_nothing_is_taken_back(
    world: World, voucher: Payment, reason: str
) -> None:
    await change(world, reason)
    state = await world.state(voucher.payment_id)
    assert (state.status, code_of(state)) == ("failed", "canceled")
    assert await world.held() == []
    with pytest.raises(AssertionError, match="nobody can pay"):
        world.processor.pay_slowly("cs_1")


@pytest.mark.parametrize("reason", sorted(GONE.keys() - {"of another customer"}))
async def test_one_that_is_being_paid_is_called_off_and_its_money_goes_back(
    world: World, voucher: Payment, reason: str
) -> None:
    world.processor.at_the_till.add("cs_1")
    await change(world, reason)
    state = await world.state(voucher.payment_id)
    assert (state.status, code_of(state), await world.held()) == ("failed", "called_off", [])
    world.processor.pay_slowly("cs_1")
    await world.work(minutes=10)
    state = await world.state(voucher.payment_id)
    assert (state.status, [refund.amount for refund in state.refunds]) == ("captured", [TOTAL])
    assert state.surplus
    assert (state.surplus.amount, state.surplus.handling) == (TOTAL, "refund")


async def test_money_for_an_invoice_that_went_to_another_customer_counts_on_it(
    world: World, voucher: Payment
) -> None:
    """To give it back would leave an invoice that is paid by nothing: a refund makes nothing owed again."""
    world.processor.at_the_till.add("cs_1")
    await change(world, "of another customer")
    world.processor.pay_slowly("cs_1")
    await world.work(minutes=10)
    state = await world.state(voucher.payment_id)
    assert (state.status, state.surplus, state.refunds) == ("captured", None, ())


async def test_a_lower_total_calls_it_off_and_only_what_is_too_much_goes_back(
    world: World, voucher: Payment
) -> None:
    world.processor.at_the_till.add("cs_1")
    partly = RecordedPayment(id="r-1", method="cash", amount=1000, received_on=samples.invoice().issued_on)
    await world.revise(msgspec.structs.replace(invoice("in-1"), recorded_payments=(partly,)), 9)
    await world.work(seconds=1)
    world.processor.pay_slowly("cs_1")
    await world.work(minutes=10)
    state = await world.state(voucher.payment_id)
    assert [refund.amount for refund in state.refunds] == [1000]
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")


async def test_a_business_that_keeps_it_has_it_as_a_credit(world: World, voucher: Payment) -> None:
    await world.apply(KEEPS, version=9)
    world.processor.at_the_till.add("cs_1")
    await change(world, "voided")
    world.processor.pay_slowly("cs_1")
    await world.work(minutes=10)
    state = await world.state(voucher.payment_id)
    assert state.surplus
    assert (state.surplus.handling, state.refunds) == ("credit", ())


async def test_whoever_stood_at_the_till_and_left_cannot_pay_later(world: World, voucher: Payment) -> None:
    world.processor.at_the_till.add("cs_1")
    await change(world, "voided")
    world.processor.at_the_till.clear()
    await world.work(minutes=10)
    await world.work(minutes=10)
    assert code_of(await world.state(voucher.payment_id)) == "canceled"


async def test_a_click_that_does_not_say_so_leaves_it_alone(world: World, voucher: Payment) -> None:
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")
    assert (await world.state(voucher.payment_id)).status == "processing"


async def test_the_payer_goes_over_to_a_card_at_once(world: World, voucher: Payment) -> None:
    outcome = await world.pay("in-1", instead=True)
    assert isinstance(outcome, ToPay)
    assert code_of(await world.state(voucher.payment_id)) == "canceled"
    assert await world.held() == [("in-1", outcome.payment.payment_id)]
    world.processor.pay("cs_2")
    assert (await world.come_back(outcome.payment.payment_id)).status == "captured"


async def test_a_deposit_by_voucher_does_not_keep_anybody_from_paying_it_all(world: World) -> None:
    deposit = await waiting(world, AmountChoice("deposit"), deposit=DEPOSIT)
    assert deposit.amount == 5000
    outcome = await world.pay("in-1", instead=True)
    assert (outcome.payment.amount, outcome.payment.status) == (TOTAL, "started")


@pytest.mark.parametrize("first", ["card", "voucher"])
async def test_of_voucher_and_card_at_the_same_moment_one_is_kept_and_the_other_refunded(
    world: World, voucher: Payment, first: str
) -> None:
    world.processor.at_the_till.add("cs_1")
    card = (await world.pay("in-1", instead=True)).payment
    world.processor.pay("cs_2")
    world.processor.pay_slowly("cs_1")
    order = [card, voucher] if first == "card" else [voucher, card]
    for payment in order:
        await world.come_back(payment.payment_id)
    await world.work(minutes=10)
    kept, refunded = [await world.state(payment.payment_id) for payment in order]
    assert (kept.status, kept.refunds, kept.surplus) == ("captured", (), None)
    assert [refund.amount for refund in refunded.refunds] == [TOTAL]


async def test_a_voucher_paid_at_last_closes_the_page_of_the_card(world: World, voucher: Payment) -> None:
    world.processor.at_the_till.add("cs_1")
    card = (await world.pay("in-1", instead=True)).payment
    world.processor.pay_slowly("cs_1")
    await world.come_back(voucher.payment_id)
    await world.work(seconds=1)
    assert (world.processor.payable(), (await world.state(card.payment_id)).status) == ([], "expired")
    assert (await world.state(voucher.payment_id)).surplus is None


async def test_two_tabs_that_go_over_to_a_card_share_one_page(world: World, voucher: Payment) -> None:
    tabs = await asyncio.gather(*(world.pay("in-1", instead=True) for _ in range(4)))
    assert len({tab.payment.payment_id for tab in tabs}) == 1
    assert world.processor.payable() == ["cs_2"]


async def test_who_pays_at_the_till_while_it_is_taken_back_has_paid(world: World, voucher: Payment) -> None:
    gate = Gate("cancel")
    world.processor.hook = gate
    over = asyncio.create_task(world.pay("in-1", instead=True))
    await gate.come()
    world.processor.pay_slowly("cs_1")
    gate.open()
    assert (await over).payment.status == "captured"
    assert world.processor.payable() == []


@pytest.mark.parametrize("point", ["refund", "refunded"])
async def test_a_worker_killed_over_a_refund_leaves_one_refund(
    world: World, voucher: Payment, point: str
) -> None:
    world.processor.at_the_till.add("cs_1")
    await change(world, "voided")
    world.processor.pay_slowly("cs_1")
    world.processor.hook = killed_at(point)
    with pytest.raises(asyncio.CancelledError):
        await world.work(minutes=10)
    async with world.restarted() as other:
        await other.work(minutes=20)
        state = await other.state(voucher.payment_id)
    assert [refund.amount for refund in state.refunds] == [TOTAL]
    assert len(world.processor.pages["cs_1"].reversals.refunds) == 1


async def test_what_went_back_by_hand_does_not_go_back_twice(world: World, voucher: Payment) -> None:
    world.processor.at_the_till.add("cs_1")
    await change(world, "voided")
    world.processor.pay_slowly("cs_1")
    world.processor.refund_by_hand("cs_1", TOTAL)
    await world.work(minutes=10)
    assert len((await world.state(voucher.payment_id)).refunds) == 1
    assert world.processor.refund_keys == {}


async def test_a_refund_that_the_processor_refuses_is_told(world: World, voucher: Payment) -> None:
    world.processor.at_the_till.add("cs_1")
    world.processor.refuses_refunds = True
    await change(world, "voided")
    world.processor.pay_slowly("cs_1")
    await world.work(minutes=10)
    await world.work(minutes=10)
    assert (await world.events())[-2:] == ["PaymentCaptured", "RefundFailed"]
    (attempt,) = (await world.state(voucher.payment_id)).refund_attempts
    assert (attempt.status, attempt.amount, attempt.failure_reason) == ("failed", TOTAL, "charge_disputed")


async def test_one_of_a_lost_account_is_not_asked_about_for_ever(world: World, voucher: Payment) -> None:
    world.processor.at_the_till.add("cs_1")
    await change(world, "voided")
    world.processor.unconnected.add("acct_1")
    await world.work(days=5)
    assert code_of(await world.state(voucher.payment_id)) == "unconfirmed"
    assert await world.rows("SELECT 1 FROM checkout_sessions WHERE next_check_at IS NOT NULL") == []


async def test_a_page_that_is_open_while_the_currency_changes_takes_nothing(world: World) -> None:
    await world.know(invoice("in-1"))
    begun = await world.started("in-1")
    await change(world, "in another currency")
    assert (world.processor.payable(), (await world.state(begun.payment_id)).status) == ([], "expired")
