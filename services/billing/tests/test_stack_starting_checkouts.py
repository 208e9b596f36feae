"""One charge, however many tabs, sets and amounts."""

import asyncio
from random import Random

import msgspec
import pytest
from billing import errors
from billing.domain.amounts import AmountChoice
from billing.handlers.settle import settle
from billing.handlers.start_checkout import ToPay, ToSee
from chassis.events_out import Origin
from servicehub_events import PartialPayment, Tip

from .billing_world import BUSINESS, CONTACT, World, invoice
from .gates import jumbled

pytestmark = pytest.mark.stack

PART = PartialPayment(allowed=True, minimum=100)


async def test_a_payment_starts_with_a_claim_and_a_page(world: World) -> None:
    await world.know(invoice("in-1"))
    started = await world.pay("in-1")
    assert isinstance(started, ToPay)
    assert started.url == "https://pay.example/cs_1"
    assert await world.held() == [("in-1", started.payment.payment_id)]
    assert await world.events() == ["PaymentStarted"]
    assert (started.payment.amount, started.payment.contact_id) == (17560, CONTACT)


async def test_fifty_tabs_join_one_payment(world: World) -> None:
    await world.know(invoice("in-1"))
    tabs = await asyncio.gather(*(world.pay("in-1") for _ in range(50)))
    assert {tab.payment.payment_id for tab in tabs} == {tabs[0].payment.payment_id}
    assert len(world.processor.pages) == 1
    assert await world.events() == ["PaymentStarted"]


async def test_fifty_tabs_of_which_one_has_paid_all_see_that_it_is_paid(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    tabs = await asyncio.gather(*(world.pay("in-1") for _ in range(50)), return_exceptions=True)
    for tab in tabs:
        assert isinstance(tab, errors.NothingDue) or (
            isinstance(tab, ToSee) and tab.payment.payment_id == payment.payment_id
        )
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]
    assert world.processor.charges == [(payment.payment_id, 17560)]


@pytest.mark.parametrize("seed", range(20))
async def test_two_sets_that_share_an_invoice_never_take_it_twice(world: World, seed: int) -> None:
    await world.know(invoice("in-1"), invoice("in-2"), invoice("in-3"))
    world.processor.hook = jumbled(seed)
    sets = [("in-1", "in-2"), ("in-2", "in-3")] * 2
    Random(seed).shuffle(sets)
    await asyncio.gather(*(world.pay(*these) for these in sets), return_exceptions=True)
    assert len(world.processor.payable()) <= 1
    for reference in list(world.processor.pages):
        world.processor.pay(reference)
    await world.work(minutes=1)
    taken = [
        part.invoice_id
        for payment in await world.payments("in-1", "in-2", "in-3")
        if payment.status == "captured"
        for part in payment.allocations
    ]
    assert len(taken) == len(set(taken))
    assert len(world.processor.charges) <= 1


async def test_of_two_sets_one_is_paid_and_the_other_then_sees_it(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"), invoice("in-3"))
    first = await world.started("in-1", "in-2")
    world.processor.pay("cs_1")
    seen = await world.pay("in-2", "in-3")
    assert isinstance(seen, ToSee)
    assert (seen.payment.payment_id, seen.payment.status) == (first.payment_id, "captured")
    assert (await world.started("in-3")).amount == 17560


async def test_what_is_paid_is_shown_instead_of_paid_again(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    world.processor.pay("cs_1")
    again = await world.pay("in-1")
    assert isinstance(again, ToSee)
    assert again.payment.status == "captured"
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")


async def test_another_amount_calls_the_first_session_off(world: World) -> None:
    await world.know(invoice("in-1", partial_payment=PART))
    first = await world.started("in-1")
    second = await world.pay("in-1", choice=AmountChoice("amount", 100))
    assert isinstance(second, ToPay)
    assert second.payment.amount == 100
    assert world.processor.payable() == ["cs_2"]
    session = await world.session(first.payment_id)
    assert (await settle(world.web, session, Origin("test"))).status == "expired"
    assert await world.held() == [("in-1", second.payment.payment_id)]


async def test_a_larger_set_calls_all_smaller_ones_off(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    await world.started("in-1")
    await world.started("in-2")
    both = await world.started("in-1", "in-2")
    assert both.amount == 35120
    assert world.processor.payable() == ["cs_3"]
    assert await world.held() == [("in-1", both.payment_id), ("in-2", both.payment_id)]


async def test_a_newer_version_of_the_invoice_is_another_payment(world: World) -> None:
    await world.know(invoice("in-1"))
    first = await world.started("in-1")
    await world.revise(invoice("in-1", memo="newer"))
    second = await world.started("in-1")
    assert first.payment_id != second.payment_id
    assert world.processor.payable() == ["cs_2"]


async def test_a_part_then_the_rest_are_two_payments(world: World) -> None:
    await world.know(invoice("in-1", partial_payment=PART))
    await world.pay("in-1", choice=AmountChoice("amount", 7560))
    world.processor.pay("cs_1")
    assert isinstance(await world.pay("in-1"), ToSee)
    rest = await world.started("in-1")
    assert rest.amount == 10000
    world.processor.pay("cs_2")
    await world.work(minutes=1)
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")
    assert [amount for _, amount in world.processor.charges] == [7560, 10000]


REFUSED = [
    (("in-9",), AmountChoice("balance"), errors.InvoiceUnknown),
    (("in-1", "in-9"), AmountChoice("balance"), errors.InvoiceUnknown),
    (("in-1", "in-usd"), AmountChoice("balance"), errors.OneCurrency),
    (("in-1", "in-2"), AmountChoice("amount", 100), errors.OneInvoice),
    (("in-1",), AmountChoice("amount", 99), errors.AmountInvalid),
    (("in-2",), AmountChoice("deposit"), errors.NoDeposit),
    (("in-1", "in-void"), AmountChoice("balance"), errors.NothingDue),
]


@pytest.mark.parametrize(("these", "choice", "refusal"), REFUSED)
async def test_a_refusal_leaves_nothing_behind(
    world: World, these: tuple[str, ...], choice: AmountChoice, refusal: type[errors.PaymentRefused]
) -> None:
    await world.know(
        invoice("in-1", partial_payment=PART),
        invoice("in-2", deposit=None),
        invoice("in-usd", currency="USD"),
        invoice("in-void", status="void"),
    )
    with pytest.raises(refusal):
        await world.pay(*these, choice=choice)
    assert (await world.held(), await world.events(), world.processor.pages) == ([], [], {})


async def test_another_tip_is_another_payment_and_only_one_of_them_can_be_paid(world: World) -> None:
    await world.know(invoice("in-1"))
    without, tipped = await world.pay("in-1"), await world.pay("in-1", tip=700)
    again = await world.pay("in-1", tip=700)
    assert isinstance(again, ToPay)
    assert again.payment.payment_id == tipped.payment.payment_id != without.payment.payment_id
    assert world.processor.payable() == ["cs_2"]
    world.processor.pay("cs_2")
    await world.work(minutes=1)
    assert world.processor.charges == [(tipped.payment.payment_id, 18260)]
    state = await world.state(tipped.payment.payment_id)
    assert (state.status, state.review, state.amount, state.tip) == ("captured", None, 17560, Tip(amount=700))


async def test_a_tip_that_is_not_taken_begins_nothing(world: World) -> None:
    await world.know(invoice("in-1"))
    none = msgspec.structs.replace(BUSINESS, tips=None)
    with pytest.raises(errors.TipNotTaken):
        await world.pay("in-1", business=none, tip=700)
    with pytest.raises(errors.TipInvalid):
        await world.pay("in-1", tip=17561)
    assert await world.held() == []
    assert await world.events() == []
