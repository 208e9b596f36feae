"""`portal payments`: a payment that is being checked is shown, decided about, and its invoices are free."""

import asyncio
import json

import pytest
from billing import errors
from billing.doctor import look
from billing.handlers.operate import ClearByHand, clear_by_hand, list_checked, read_file
from billing.handlers.start_checkout import ToPay
from servicehub_events import ClearingDecision, Payment, invoice_money

from .billing_world import World, invoice

pytestmark = pytest.mark.stack


@pytest.fixture
async def checked(world: World) -> Payment:
    """¥10,000 taken where ¥17,560 was asked for."""
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.tamper("cs_1", 10_000)
    world.processor.pay("cs_1")
    await world.work(minutes=1)
    return await world.state(payment.payment_id)


def decide(payment: Payment, decision: ClearingDecision) -> ClearByHand:
    return ClearByHand(payment.payment_id, decision, "day shift", "agreed by phone")


async def cleared(world: World, payment: Payment, decision: ClearingDecision) -> Payment:
    return await clear_by_hand(world.worker, decide(payment, decision))


async def test_what_is_checked_is_listed_until_somebody_decides(world: World, checked: Payment) -> None:
    assert [payment.payment_id for payment in await list_checked(world.worker)] == [checked.payment_id]
    file = await read_file(world.worker, checked.payment_id)
    assert file is not None
    assert file.taken is not None
    assert (file.taken.amount, file.payment.amount) == (10_000, 17_560)
    await cleared(world, checked, "accepted")
    assert await list_checked(world.worker) == []


async def test_the_doctor_counts_what_is_checked(world: World, checked: Payment) -> None:
    async with world.worker.all_tenants() as tx:
        findings = [finding async for finding in look(tx)]
    assert any("1 are being checked" in str(finding) for finding in findings)
    await cleared(world, checked, "accepted")
    async with world.worker.all_tenants() as tx:
        assert not any("being checked" in str(finding) for finding in [one async for one in look(tx)])


async def test_accepted_money_is_received_and_the_rest_can_be_paid(world: World, checked: Payment) -> None:
    payment = await cleared(world, checked, "accepted")
    assert (payment.status, payment.amount) == ("captured", 10_000)
    assert await world.held() == []
    (state,) = await world.payments("in-1")
    assert invoice_money(invoice("in-1"), [state]).amount_due == 7_560
    rest = await world.pay("in-1")
    assert isinstance(rest, ToPay)
    assert rest.payment.amount == 7_560
    actors = await world.rows("SELECT actor FROM events WHERE type LIKE '%PaymentCleared%'")
    assert actors == [("operator:day shift",)]


async def test_what_was_given_back_while_it_was_checked_is_seen_when_it_is_accepted(
    world: World, checked: Payment
) -> None:
    world.processor.refund_by_hand("cs_1", 1_000)
    payment = await cleared(world, checked, "accepted")
    assert [refund.amount for refund in payment.refunds] == [1_000]
    assert await world.events() == ["PaymentStarted", "PaymentFlagged", "PaymentCleared", "PaymentRefunded"]


async def test_given_back_is_believed_once_the_processor_says_so(world: World, checked: Payment) -> None:
    world.processor.refund_by_hand("cs_1", 4_000)
    with pytest.raises(errors.ClearingRefused, match="4000 of 10000"):
        await cleared(world, checked, "refunded")
    world.processor.refund_by_hand("cs_1", 6_000)
    payment = await cleared(world, checked, "refunded")
    assert payment.status == "failed"
    paying = await world.pay("in-1")
    assert isinstance(paying, ToPay)
    assert paying.payment.amount == 17_560


async def test_released_invoices_are_payable_and_its_money_is_never_flagged_again(
    world: World, checked: Payment
) -> None:
    await cleared(world, checked, "released")
    assert await world.held() == []
    assert (await world.come_back(checked.payment_id)).status == "failed"
    await world.work(minutes=10)
    assert await world.events() == ["PaymentStarted", "PaymentFlagged", "PaymentCleared"]


async def test_a_decision_is_made_once(world: World, checked: Payment) -> None:
    await cleared(world, checked, "accepted")
    with pytest.raises(errors.ClearingRefused, match="captured"):
        await cleared(world, checked, "released")


async def test_two_operators_at_once_decide_once(world: World, checked: Payment) -> None:
    results = await asyncio.gather(
        cleared(world, checked, "accepted"), cleared(world, checked, "released"), return_exceptions=True
    )
    assert (await world.events()).count("PaymentCleared") == 1
    assert any(isinstance(result, Payment) for result in results)


async def test_what_settles_itself_needs_no_decision(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.begin_slowly("cs_1")
    await world.work(minutes=1)
    world.processor.unconnected.add("acct_1")
    await world.work(days=40)
    assert (await world.state(payment.payment_id)).review is not None
    world.processor.unconnected.clear()
    world.processor.pay_slowly("cs_1")
    with pytest.raises(errors.ClearingRefused, match="captured"):
        await cleared(world, payment, "released")
    assert await world.held() == []


async def test_of_an_account_that_cannot_be_asked_the_operator_knows_best(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.unconnected.add("acct_1")
    await world.work(minutes=66)
    await world.work(minutes=66)
    state = await cleared(world, payment, "accepted")
    assert (state.status, state.amount, state.failure) == ("captured", 17_560, None)


async def test_an_operator_lists_shows_and_releases_by_the_command(world: World, checked: Payment) -> None:
    code, out, err = await world.portal("payments", "list", "--json")
    assert (code, err) == (0, "")
    row = json.loads(out)
    assert (row["payment"], row["asked"], row["taken"]) == (checked.payment_id, "17560 JPY", "10000 JPY")
    code, out, _ = await world.portal("payments", "show", checked.payment_id)
    assert (code, "nothing: the account or the page cannot be asked" in out) == (0, True)
    words = ("--by", "day shift", "--why", "charged twice at the till")
    code, out, _ = await world.portal("payments", "release", checked.payment_id, *words)
    assert (code, out) == (0, "It does not count: its invoices can be paid again.\n")
    code, _, err = await world.portal("payments", "release", checked.payment_id, *words)
    assert (code, "not being checked" in err) == (1, True)
    assert (await world.portal("payments", "list"))[1] == "No payment is being checked.\n"
    state = await world.state(checked.payment_id)
    assert state.clearing is not None
    assert (state.clearing.by, state.clearing.reason) == ("day shift", "charged twice at the till")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "pa-absent"), 1),
        (("clear", "pa-1", "--by", "x", "--why", "y"), 2),
        (("clear", "pa-1", "--accept", "--refunded", "--by", "x", "--why", "y"), 2),
        (("release", "pa-1", "--by", " ", "--why", "y"), 2),
        (("release", "pa-1", "--by", "x"), 2),
        (("release", "pa-absent", "--by", "x", "--why", "y"), 1),
    ],
)
async def test_what_decides_nothing_is_refused(world: World, words: tuple[str, ...], code: int) -> None:
    assert (await world.portal("payments", *words))[0] == code
