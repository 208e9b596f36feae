"""What others tell: a changed invoice has its open payment asked about, an ended session is remembered."""

from datetime import timedelta

import pytest
from billing.handlers.reconcile import check_due_sessions
from billing.store import checkout_sessions
from servicehub_events import InvoiceErased, SessionRevoked, SignedIn, as_event
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CUSTOMER, World, invoice

pytestmark = pytest.mark.stack

SESSION = samples.session()
REVOKED = as_event(SessionRevoked, SESSION, revoked_at=SESSION.issued_at, reason="signed_out")
ENDED = "SELECT session_id FROM ended_sessions"


async def due(world: World) -> list[str]:
    """The payments that the worker would ask about now."""
    found = await world.rows(
        "SELECT payment_id FROM checkout_sessions WHERE next_check_at <= now() ORDER BY 1"
    )
    return [str(payment_id) for (payment_id,) in found]


async def test_a_changed_invoice_makes_its_open_payment_due(world: World) -> None:
    await world.know(invoice("in-1"), invoice("in-2"))
    changed, _ = await world.started("in-1"), await world.started("in-2")
    assert await due(world) == []
    await world.revise(invoice("in-1", memo="newer"))
    assert await due(world) == [changed.payment_id]


async def test_an_erased_invoice_makes_its_open_payment_due(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    gone = InvoiceErased(
        business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id, invoice_id="in-1"
    )
    await world.apply(gone)
    assert await due(world) == [payment.payment_id]


async def test_an_older_version_that_comes_late_makes_nothing_due(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.revise(invoice("in-1"), 5)
    await world.started("in-1")
    await world.revise(invoice("in-1", memo="older"), 4)
    assert await due(world) == []


async def test_a_payment_that_ended_is_not_asked_about_again(world: World) -> None:
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    await world.come_back(payment.payment_id)
    await world.revise(invoice("in-1", memo="newer"))
    assert await due(world) == []
    assert not await check_due_sessions(world.worker)


async def test_the_invoice_of_another_business_with_the_same_id_makes_nothing_due(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    await world.revise(invoice("in-1", business_id="b-2"), 9)
    assert await due(world) == []


async def test_the_worker_is_woken_for_it(world: World) -> None:
    await world.know(invoice("in-1"))
    await world.started("in-1")
    async with await world.worker.database.session() as listening:
        await listening.execute(f"LISTEN {checkout_sessions.CHANNEL}".encode())
        await world.revise(invoice("in-1", memo="newer"))
        heard = [notify.channel async for notify in listening.notifies(timeout=5, stop_after=1)]
    assert heard == [checkout_sessions.CHANNEL]


async def test_a_session_that_was_revoked_is_remembered_until_it_would_have_ended(world: World) -> None:
    await world.apply(REVOKED)
    assert await world.rows(ENDED) == [("se-1",)]
    ((expires_at,),) = await world.rows("SELECT expires_at FROM ended_sessions")
    assert expires_at == SESSION.issued_at + timedelta(hours=24)


async def test_a_session_that_goes_on_leaves_no_row(world: World) -> None:
    await world.apply(as_event(SignedIn, SESSION))
    assert await world.rows(ENDED) == []


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_a_revocation_holds_whichever_comes_first(world: World, order: tuple[int, int]) -> None:
    told = {1: world.envelope(as_event(SignedIn, SESSION)), 2: world.envelope(REVOKED)}
    for number in order:
        await world.apply(told[number])
    assert await world.rows(ENDED) == [("se-1",)]
