"""The projector on real PostgreSQL, judged by a second, naive implementation."""

import asyncio
import random

import pytest
from histories import history
from msgspec.structs import replace
from naive_judge import recompute
from portal_world import BUSINESS, CUSTOMER, World
from servicehub_events import (
    AppointmentScheduled,
    CustomerErased,
    CustomerRegistered,
    Envelope,
    InvoiceIssued,
    PaymentCaptured,
    PaymentRefunded,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack


def batches(dice: random.Random, log: list[Envelope]) -> list[list[Envelope]]:
    found: list[list[Envelope]] = []
    rest = log
    while rest:
        size = dice.randint(1, 12)
        found.append(rest[:size])
        rest = rest[size:]
    return found


async def test_any_order_of_a_log_gives_the_rows_of_the_judge(world: World) -> None:
    for seed in range(25):
        dice = random.Random(seed)
        log = history(dice)
        await world.empty()
        for batch in batches(dice, dice.sample(log, len(log))):
            await world.apply(*batch)
        assert await world.projected() == recompute(log), f"seed {seed}"


async def test_consumers_at_once_give_the_rows_of_the_judge(world: World) -> None:
    for seed in range(100, 110):
        dice = random.Random(seed)
        log = history(dice)
        await world.empty()
        identity = [e for e in log if e.topic in _IDENTITY]
        documents = [e for e in log if e.topic not in _IDENTITY]

        async def consume(part: list[Envelope], turn: random.Random) -> None:
            for batch in batches(turn, part):
                await world.apply(*batch)

        await asyncio.gather(
            consume(identity, random.Random(seed)),
            consume(documents[::2], random.Random(seed + 1)),
            consume(documents[1::2], random.Random(seed + 2)),
        )
        assert await world.projected() == recompute(log), f"seed {seed}"


_IDENTITY = ("servicehub.customers.v1", "portal.businesses.v1", "portal.sessions.v1", "portal.preferences.v1")


async def test_a_payment_may_come_before_its_invoice(world: World) -> None:
    paid = as_event(
        PaymentCaptured,
        samples.payment(),
        refunds=(),
        amount=15180,
        allocations=[{"invoice_id": "in-1", "invoice_version": 1, "amount": 15180}],
    )
    await world.apply(paid)
    await world.apply(as_event(InvoiceIssued, samples.invoice()))
    rows = await world.projected()
    assert rows["invoices"][BUSINESS, "in-1"]["covered"] is True


async def test_a_payment_in_another_currency_covers_nothing(world: World) -> None:
    paid = as_event(
        PaymentCaptured,
        samples.payment(),
        refunds=(),
        amount=15180,
        currency="USD",  # a publisher's mistake; no page counts it either
        allocations=[{"invoice_id": "in-1", "invoice_version": 1, "amount": 15180}],
    )
    await world.apply(as_event(InvoiceIssued, samples.invoice()), paid)
    assert (await world.projected())["invoices"][BUSINESS, "in-1"]["covered"] is False


async def test_what_is_paid_beyond_an_invoice_is_a_credit_until_it_goes_back(world: World) -> None:
    paid = as_event(
        PaymentCaptured,
        samples.payment(),
        refunds=(),
        amount=99999,
        allocations=[{"invoice_id": "in-1", "invoice_version": 1, "amount": 99999}],
    )
    await world.apply(as_event(InvoiceIssued, samples.invoice()), paid)
    assert (await world.projected())["invoices"][BUSINESS, "in-1"]["in_credit"] is True
    back = samples.payment().refunds[0]
    whole = replace(back, amount=99999, allocations=(replace(back.allocations[0], amount=99999),), note=None)
    await world.apply(as_event(PaymentRefunded, paid, refunds=(whole,)), version=9)
    row = (await world.projected())["invoices"][BUSINESS, "in-1"]
    assert (row["covered"], row["in_credit"]) == (True, False)


async def test_what_an_erased_customer_paid_covers_nothing_any_more(world: World) -> None:
    paid = as_event(
        PaymentCaptured,
        samples.payment(),
        refunds=(),
        amount=15180,
        customer_id="cu-2",  # a publisher's mistake, and still the same rows in every order
        allocations=[{"invoice_id": "in-1", "invoice_version": 1, "amount": 15180}],
    )
    await world.apply(as_event(InvoiceIssued, samples.invoice()), paid)
    assert (await world.projected())["invoices"][BUSINESS, "in-1"]["covered"] is True
    await world.apply(CustomerErased(business_id=BUSINESS, customer_id="cu-2"))
    assert (await world.projected())["invoices"][BUSINESS, "in-1"]["covered"] is False


async def test_nothing_about_an_erased_customer_is_left_but_ids(world: World) -> None:
    await world.apply(
        as_event(CustomerRegistered, samples.customer()), as_event(InvoiceIssued, samples.invoice())
    )
    await world.apply(CustomerErased(business_id=BUSINESS, customer_id=CUSTOMER))
    await world.apply(as_event(AppointmentScheduled, samples.appointment()))
    rows = await world.projected()
    left = [row["state"] for part in rows.values() for row in part.values() if "state" in row]
    assert left == [None, None, None]


async def test_a_batch_tells_whose_pages_changed_in_one_notice(world: World) -> None:
    listener = await world.web.database.session()
    await listener.execute(b"LISTEN portal_live")
    await world.apply(as_event(CustomerRegistered, samples.customer()))
    heard = [notice.payload async for notice in listener.notifies(timeout=5, stop_after=1)]
    assert heard == [f'["{BUSINESS}/{CUSTOMER}"]']
    await listener.close()
