"""Calling a session off while another tab opens or pays it: never two pages that can be paid."""

import asyncio

import pytest
from billing import errors
from billing.domain.amounts import AmountChoice
from billing.handlers.start_checkout import ToPay, ToSee
from servicehub_events import PartialPayment

from .billing_world import World, invoice
from .gates import Gate, gates, killed_at

pytestmark = pytest.mark.stack

PART = PartialPayment(allowed=True, minimum=100)
A_PART = AmountChoice("amount", 100)


def handed_out(*outcomes: ToPay | ToSee | BaseException) -> set[str]:
    return {outcome.url for outcome in outcomes if isinstance(outcome, ToPay)}


@pytest.mark.parametrize("point", ["open", "opened"])
async def test_a_tab_that_opens_a_page_which_is_called_off_hands_nobody_the_page(
    world: World, point: str
) -> None:
    await world.know(invoice("in-1", partial_payment=PART))
    gate = Gate(point)
    world.processor.hook = gate
    opening = asyncio.create_task(world.pay("in-1"))
    await gate.come()
    part = await world.pay("in-1", choice=A_PART)
    gate.open()
    whole = await opening
    assert isinstance(part, ToPay)
    assert isinstance(whole, ToPay)  # the later click wins: it called the part off in its turn
    assert [world.processor.pages[page].amount for page in world.processor.payable()] == [17560]
    assert await world.held() == [("in-1", whole.payment.payment_id)]


async def test_a_page_that_appears_while_it_is_looked_for_is_called_off_too(world: World) -> None:
    """Between "there is no page" and the end of that session, its tab gets the page and shows it."""
    await world.know(invoice("in-1", partial_payment=PART))
    opening, searched = Gate("open"), Gate("found")
    world.processor.hook = gates(opening, searched)
    first = asyncio.create_task(world.pay("in-1"))
    await opening.come()
    second = asyncio.create_task(world.pay("in-1", choice=A_PART))
    await searched.come()
    opening.open()
    whole = await first
    searched.open()
    part = await second
    assert isinstance(whole, ToPay)
    assert isinstance(part, ToPay)
    assert [world.processor.pages[page].amount for page in world.processor.payable()] == [100]


async def test_who_pays_before_the_page_is_closed_has_paid(world: World) -> None:
    await world.know(invoice("in-1", partial_payment=PART))
    await world.started("in-1")
    closing = Gate("close")
    world.processor.hook = closing
    part = asyncio.create_task(world.pay("in-1", choice=A_PART))
    await closing.come()
    world.processor.pay("cs_1")
    closing.open()
    seen = await part
    assert isinstance(seen, ToSee)
    assert (seen.payment.status, seen.payment.amount) == ("captured", 17560)
    assert world.processor.payable() == []
    assert len(world.processor.charges) == 1


async def test_two_tabs_that_call_the_same_session_off_agree_on_one_page(world: World) -> None:
    await world.know(invoice("in-1", partial_payment=PART))
    await world.started("in-1")
    tabs = await asyncio.gather(*(world.pay("in-1", choice=A_PART) for _ in range(8)))
    assert len(handed_out(*tabs)) == 1
    assert [world.processor.pages[page].amount for page in world.processor.payable()] == [100]


async def test_tabs_with_many_amounts_leave_one_page_and_refuse_the_rest(world: World) -> None:
    await world.know(invoice("in-1", partial_payment=PART))
    tabs = (world.pay("in-1", choice=AmountChoice("amount", 100 + number)) for number in range(8))
    outcomes = await asyncio.gather(*tabs, return_exceptions=True)
    assert len(world.processor.payable()) <= 1
    for outcome in outcomes:
        assert isinstance(outcome, ToPay | errors.InProgress)


async def test_an_expired_page_makes_way_for_a_new_one(world: World) -> None:
    await world.know(invoice("in-1"))
    first = await world.started("in-1")
    world.clock.pass_time(minutes=56)
    world.processor.run_out("cs_1")
    second = await world.started("in-1")
    assert first.payment_id != second.payment_id
    assert (await world.state(first.payment_id)).status == "expired"
    assert world.processor.payable() == ["cs_2"]


async def test_a_page_that_expired_unseen_frees_its_invoice(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    world.processor.run_out("cs_1")
    await world.work(minutes=6)
    assert (await world.held(), await world.events()) == ([], ["PaymentStarted", "PaymentExpired"])


async def test_money_that_came_for_a_page_we_called_expired_is_captured(world: World) -> None:
    await world.know(invoice("in-1"))
    first = await world.started("in-1")
    opened = world.processor.pages["cs_1"]
    world.processor.run_out("cs_1")
    await world.work(minutes=6)
    world.processor.pages["cs_1"] = opened
    world.processor.pay("cs_1")
    assert (await world.come_back(first.payment_id)).status == "captured"
    with pytest.raises(errors.NothingDue):
        await world.pay("in-1")


async def test_the_end_of_a_page_that_nobody_got_is_not_the_end_of_the_one_that_is_shown(
    world: World,
) -> None:
    """Who asks for the payment's page with an old row in hand may be told of another page."""
    await world.know(invoice("in-1"))
    world.processor.hook = killed_at("open")
    with pytest.raises(asyncio.CancelledError):
        await world.pay("in-1")
    ((_, payment_id),) = await world.held()
    searching = world.processor.hook = Gate("find")
    asking = asyncio.create_task(world.come_back(payment_id))
    await searching.come()
    request = (await world.session(payment_id)).request
    nobodys = await world.processor.create_session("acct_1", request, "another key")
    await world.processor.expire_session("acct_1", nobodys.reference)
    await world.started("in-1")
    searching.open()
    assert (await asking).status == "started"
    assert await world.held() == [("in-1", payment_id)]
    assert world.processor.payable() == ["cs_2"]
