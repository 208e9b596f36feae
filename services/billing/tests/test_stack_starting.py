"""One charge, however many tabs; whatever is lost on the way, the same payment goes on."""

import asyncio

import pytest
from billing import errors
from billing.domain.choices import Choice
from billing.handlers.settling import Because, settle
from billing.handlers.starting import ToPay, ToSee

from .billing_world import World, invoice

pytestmark = pytest.mark.stack


async def test_a_payment_starts_with_a_claim_and_a_page(world: World) -> None:
    await world.know(invoice("in-1"))
    started = await world.pay("in-1")
    assert isinstance(started, ToPay)
    assert started.url == "https://pay.example/cs_1"
    assert await world.held() == [("in-1", started.payment.payment_id)]
    assert await world.events() == ["PaymentStarted"]


async def test_fifty_tabs_join_one_payment(world: World) -> None:
    await world.know(invoice("in-1"))
    tabs = await asyncio.gather(*(world.pay("in-1") for _ in range(50)))
    assert {tab.payment.payment_id for tab in tabs} == {tabs[0].payment.payment_id}
    assert len(world.processor.pages) == 1


async def test_two_sets_that_share_an_invoice_never_take_it_twice(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"), invoice("in-3"))
    await asyncio.gather(world.pay("in-1", "in-2"), world.pay("in-2", "in-3"), return_exceptions=True)
    for reference in list(world.processor.pages):
        world.processor.pay(reference)
    assert len(world.processor.charges) == 1


async def test_what_is_paid_is_shown_instead_of_paid_again(world: World) -> None:
    await world.know(invoice("in-1"))
    started = await world.pay("in-1")
    world.processor.pay(world.processor.reference_of(started.payment.payment_id))
    again = await world.pay("in-1")
    assert isinstance(again, ToSee)
    assert again.payment.status == "captured"
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")


async def test_another_amount_calls_the_first_attempt_off(world: World) -> None:
    await world.know(invoice("in-1", partial_payment={"allowed": True, "minimum": 100}))
    first = await world.pay("in-1")
    second = await world.pay("in-1", choice=Choice("amount", 100))
    assert isinstance(second, ToPay)
    assert second.payment.amount == 100
    assert world.processor.pages["cs_1"].page == "expired"
    attempt = await world.attempt(first.payment.payment_id)
    assert (await settle(world.web, attempt, Because("test"))).status == "expired"
    assert await world.held() == [("in-1", second.payment.payment_id)]
