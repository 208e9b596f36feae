"""Whatever is lost on the way to the processor or from it, the same payment goes on, on one page."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from billing import errors
from billing.domain.amounts import AmountChoice
from billing.errors import ProcessorDeclined
from billing.handlers.in_time import in_time
from billing.handlers.reconcile import check_due_sessions
from billing.handlers.start_checkout import ToPay, ToSee
from billing.http.routes import REFUSALS
from servicehub_events import Failure, PartialPayment

from .billing_world import World, invoice
from .fake_processor import Kind, go_on
from .gates import Gate, killed_at
from .portal_browser import Browser, Flash, problem, where

pytestmark = pytest.mark.stack
LOST: list[list[Kind]] = [
    ["lost_before"],
    ["lost_after"],
    ["lost_before", "lost_after"],
    ["stored_500"],
    ["stored_500_after"],
    ["passing_500"],
    ["stored_500", "stored_500_after"],
    ["stored_500", "lost_before"],
    ["lost_before", "stored_500"],
]


@pytest.mark.parametrize("faults", LOST)
async def test_a_lost_answer_leads_to_one_page_all_the_same(world: World, faults: list[Kind]) -> None:
    await world.know(invoice("in-1"))
    world.processor.faults = [*faults]
    payment = await world.started("in-1")
    assert len(world.processor.payable()) == 1
    session = await world.session(payment.payment_id)
    assert session.reference == world.processor.payable()[0]
    assert await world.events() == ["PaymentStarted"]


async def test_a_stored_500_is_asked_under_the_next_key_with_the_same_words(world: World) -> None:
    await world.know(invoice("in-1"))
    world.processor.faults = ["stored_500", "stored_500"]
    payment = await world.started("in-1")
    assert list(world.processor.keys) == [f"{payment.payment_id}-3"]


@pytest.mark.parametrize("fault", ["lost_before", "stored_500", "passing_500"])
async def test_who_is_refused_for_now_goes_on_with_the_same_payment(world: World, fault: Kind) -> None:
    await world.know(invoice("in-1"))
    world.processor.faults = [fault, "lost_before", "lost_before"]
    with pytest.raises(errors.ProcessorAway):
        await world.pay("in-1")
    ((_, held_by),) = await world.held()
    world.processor.faults = []
    assert (await world.started("in-1")).payment_id == held_by
    assert len(world.processor.pages) == 1


async def test_a_processor_that_is_away_refuses_for_now_and_keeps_the_claims(world: World) -> None:
    await world.know(invoice("in-1"))
    world.processor.away = True
    for _ in range(2):
        with pytest.raises(errors.ProcessorAway) as refused:
            await world.pay("in-1")
        assert REFUSALS[type(refused.value)].status == 503
    ((_, held_by),) = await world.held()
    assert await world.events() == ["PaymentStarted"]
    world.processor.away = False
    assert (await world.started("in-1")).payment_id == held_by


async def test_an_open_page_outlives_a_processor_that_is_away(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    first = await world.started("in-1")
    world.processor.away = True
    for these in (["in-1"], ["in-1", "in-2"]):
        with pytest.raises(errors.ProcessorAway):
            await world.pay(*these)
    await world.work(minutes=10)
    assert await world.held() == [("in-1", first.payment_id)]
    world.processor.away = False
    assert (await world.started("in-1")).payment_id == first.payment_id


@pytest.mark.parametrize("point", ["open", "opened"])
async def test_after_a_kill_another_process_goes_on_with_the_same_payment(world: World, point: str) -> None:
    await world.know(invoice("in-1"))
    world.processor.hook = killed_at(point)
    with pytest.raises(asyncio.CancelledError):
        await world.pay("in-1")
    ((_, held_by),) = await world.held()
    async with world.restarted() as other:
        assert (await other.started("in-1")).payment_id == held_by
        assert len(other.processor.pages) == 1
        other.processor.pay("cs_1")
        await other.work(minutes=1)
    assert await world.events() == ["PaymentStarted", "PaymentCaptured"]


async def test_after_a_kill_a_page_that_was_opened_is_found_by_the_worker(world: World) -> None:
    await world.know(invoice("in-1"))
    world.processor.hook = killed_at("opened")
    with pytest.raises(asyncio.CancelledError):
        await world.pay("in-1")
    async with world.restarted() as other:
        await other.work(minutes=1)
        ((_, held_by),) = await world.held()
        assert (await world.session(held_by)).reference == "cs_1"
        assert (await other.started("in-1")).payment_id == held_by


@pytest.mark.parametrize("point", ["open", "opened"])
async def test_after_a_kill_another_amount_is_one_page(world: World, point: str) -> None:
    await world.know(invoice("in-1", partial_payment=PartialPayment(allowed=True)))
    world.processor.hook = killed_at(point)
    with pytest.raises(asyncio.CancelledError):
        await world.pay("in-1")
    async with world.restarted() as other:
        part = await other.pay("in-1", choice=AmountChoice("amount", 100))
        assert isinstance(part, ToPay)
        assert [world.processor.pages[page].amount for page in world.processor.payable()] == [100]
        assert await world.held() == [("in-1", part.payment.payment_id)]


async def test_a_search_that_is_declined_after_a_lost_answer_gives_nothing_up(world: World) -> None:
    """The page may be there: an invoice that was set free would be paid on a second one."""

    async def declined(point: str, about: str) -> None:
        if point == "find":
            raise ProcessorDeclined(Failure(code="parameter_invalid", retryable=False))

    await world.know(invoice("in-1"))
    world.processor.faults, world.processor.hook = ["lost_after"], declined
    with pytest.raises(errors.Unconfirmed):
        await world.pay("in-1")
    assert (len(await world.held()), await world.events()) == (1, ["PaymentStarted"])
    world.processor.hook = go_on
    await world.started("in-1")
    assert world.processor.payable() == ["cs_1"]


@pytest.mark.parametrize("point", ["open", "opened"])
async def test_a_click_is_answered_while_the_processor_is_silent_and_the_next_one_goes_on(
    world: World, point: str
) -> None:
    await world.know(invoice("in-1"))
    silence = world.processor.hook = Gate(point)
    hurried = Browser(world, at=replace(world.web, answer_within_seconds=0.01))
    assert where(await hurried.pay("in-1")).endswith("/pay?invoice=in-1")
    assert hurried.flash() == Flash("pay_slow", {})
    await silence.come()
    again = world.processor.hook = Gate(point)
    assert problem(await hurried.pay_json("in-1")) == (503, "pay_slow")
    silence.open()
    again.open()
    await asyncio.gather(*world.web.going_on)
    patient = Browser(world)
    assert where(await patient.pay("in-1")) == world.processor.pages["cs_1"].url
    assert (len(world.processor.pages), await world.events()) == (1, ["PaymentStarted"])
    for browser in (hurried, patient):
        await browser.http.aclose()


async def test_what_goes_on_ends_before_the_process_does(world: World) -> None:
    await world.know(invoice("in-1"))
    silence = world.processor.hook = Gate("open")
    async with aclosing(World(world.servers, world.urls, world.processor)) as other:
        with pytest.raises(TimeoutError):
            await in_time(replace(other.web, answer_within_seconds=0.0), other.pay("in-1"))
        silence.open()
    assert world.processor.payable() == ["cs_1"]
    assert len(await world.rows("SELECT 1 FROM checkout_sessions WHERE reference = 'cs_1'")) == 1


@pytest.mark.parametrize("advice", [{"try_again": False}, {"retry_after": timedelta(seconds=30)}])
async def test_a_processor_that_wants_no_second_try_gets_none(world: World, advice: dict[str, Any]) -> None:
    tries: list[str] = []

    async def refuse(point: str, about: str) -> None:
        if point == "open":
            tries.append(about)
            raise errors.ProcessorUnreachable("stripe_500", stored=True, **advice)

    await world.know(invoice("in-1"))
    world.processor.hook = refuse
    with pytest.raises(errors.ProcessorAway):
        await world.pay("in-1")
    assert len(tries) == 1
    world.processor.hook = go_on
    await world.started("in-1")


async def test_who_is_killed_while_calling_off_leaves_the_invoice_payable(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    await world.started("in-1")
    world.processor.hook = killed_at("close")
    with pytest.raises(asyncio.CancelledError):
        await world.pay("in-1", "in-2")
    async with world.restarted() as other:
        both = await other.started("in-1", "in-2")
        assert world.processor.payable() == ["cs_2"]
        assert await world.held() == [("in-1", both.payment_id), ("in-2", both.payment_id)]


async def test_a_session_that_never_got_a_page_is_given_up_and_can_be_paid_again(world: World) -> None:
    await world.know(invoice("in-1"))
    world.processor.hook = killed_at("open")
    with pytest.raises(asyncio.CancelledError):
        await world.pay("in-1")
    async with world.restarted() as other:
        other.clock.pass_time(minutes=19, seconds=59)
        assert await check_due_sessions(other.worker)
        assert len(await world.held()) == 1
        other.clock.pass_time(minutes=5)
        assert await check_due_sessions(other.worker)
        assert await world.held() == []
        assert await world.events() == ["PaymentStarted", "PaymentExpired"]
        other.processor.pay((await other.session((await other.started("in-1")).payment_id)).reference or "")
        assert isinstance(await other.pay("in-1"), ToSee)
    assert len(world.processor.charges) == 1


async def test_what_the_processor_refuses_fails_and_frees_the_invoice(world: World) -> None:
    await world.know(invoice("in-1"))
    world.processor.faults = ["refuse"]
    with pytest.raises(errors.Failed):
        await world.pay("in-1")
    assert (await world.held(), await world.events()) == ([], ["PaymentStarted", "PaymentFailed"])
    await world.started("in-1")


async def test_an_account_that_may_not_charge_frees_the_invoice(world: World) -> None:
    await world.know(invoice("in-1"))
    world.processor.disabled.add("acct_1")
    with pytest.raises(errors.NotOnline):
        await world.pay("in-1")
    assert (await world.held(), world.processor.pages) == ([], {})


async def test_two_tabs_under_two_keys_hand_out_one_page_only(world: World) -> None:
    """One tab's answer is lost in a gateway and it takes the next key, while another's is on its way."""
    await world.know(invoice("in-1"))
    arriving = world.processor.hook = Gate("open")
    slow = asyncio.create_task(world.pay("in-1"))
    await arriving.come()
    world.processor.faults = ["passing_500"]
    quick = await world.pay("in-1")
    arriving.open()
    late = await slow
    assert isinstance(quick, ToPay)
    assert isinstance(late, ToPay)
    assert late.url == quick.url
    assert len(world.processor.payable()) == 1
    for page in list(world.processor.pages):
        world.processor.pay(page)
    assert len(world.processor.charges) == 1


async def test_a_page_that_the_processor_will_not_show_stops_nobody_with_an_error(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    del world.processor.pages["cs_1"]  # as after an account was disconnected: declined, however often asked
    with pytest.raises(errors.Unconfirmed):
        await world.pay("in-1")
