"""The real worker on real servers: events in, mails out, through repeats, kills and poison."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from chassis.encryption import FieldCipher
from chassis.events_in.dead_letters import open_record
from code_samples import business_event, code
from msgspec.structs import replace
from notification_samples import contact, customer, invoice, payment, soon
from portal_testing.stack import Servers, eventually
from servicehub_events import (
    AppointmentCancelled,
    Event,
    Reminders,
    encode_event,
)
from servicehub_events_tools.testing import samples
from worker_stack import Stack, worker_stack

pytestmark = pytest.mark.stack
CONSUMER = "notifier.news"
LONG_AGO = timedelta(days=8)
"""An invoice of then is known, and no news."""
SUBJECTS = {
    "ann@example.com": ("Booked", "nvoice 2026-0001", "Your payment to"),
    "ken@example.com": ("承りました", "請求書2026-0001", "お支払い完了の"),
}


@pytest.fixture
async def stack(servers: Servers, tmp_path: Path) -> AsyncGenerator[Stack]:
    async with worker_stack(servers, tmp_path / "worker.log") as stack:
        yield stack


def known(stack: Stack) -> Event:
    """The business, named like its id; it reminds of no visit, as that would depend on the hour."""
    silent = Reminders(hours_before=())
    return business_event(business_id=stack.business_id, name=stack.business_id, reminders=silent)


def good_value(business_id: str) -> bytes:
    """What an invoice's record should have held."""
    return encode_event(invoice(business_id=business_id))


def arrived(stack: Stack) -> list[tuple[str, str]]:
    """Address and subject of every mail of this stack's business so far."""
    return sorted((message.to[0].address, message.subject) for message in stack.arrived())


async def settled(stack: Stack, subjects: int) -> None:
    """Wait until so many visits, invoices and payments are known and all that they made is sent."""
    mine = f"WHERE business_id = '{stack.business_id}'"
    question = (
        f"SELECT (SELECT count(*) FROM notification_sources {mine} AND aggregate <> 'access'),"
        f" (SELECT count(*) FROM pending_notifications {mine}),"
        f" (SELECT count(*) FROM deliveries {mine} AND status = 'due')"
    )

    async def seen() -> list[tuple[object, ...]]:
        return await stack.rows(question)

    # What a killed worker was sending is taken up again after 45 s.
    await eventually(
        seen, what="all is taken and sent", within=150, met=lambda found: found == [(subjects, 0, 0)]
    )


async def test_each_kind_arrives_once_in_each_language_and_repeats_send_nothing(stack: Stack) -> None:
    b = stack.business_id
    unheard = soon(AppointmentCancelled, business_id=b, appointment_id="ap-3", status="cancelled")
    people = [contact("ann"), contact("ken", locale="ja")]
    told = [
        soon(business_id=b),
        unheard,
        invoice(business_id=b),
        payment(business_id=b),
    ]
    old = soon(business_id=b, appointment_id="ap-4")
    await stack.publish(
        known(stack),
        customer(*people, business_id=b),
    )
    await stack.publish(*told)
    await stack.publish(old, age=timedelta(hours=9))  # before this database was made, and the hour before
    await stack.publish(*told)
    await settled(stack, 5)
    found = arrived(stack)
    for address, parts in SUBJECTS.items():
        mine = [subject for to, subject in found if to == address]
        assert [sum(part in subject for subject in mine) for part in parts] == [1] * 3, mine
    assert len(found) == 6, found


async def test_a_worker_killed_in_between_loses_nothing(stack: Stack) -> None:
    b = stack.business_id
    await stack.publish(known(stack), customer(contact("ann"), business_id=b))
    await stack.publish(invoice(business_id=b), age=LONG_AGO)
    for batch in range(3):
        numbered = [f"{batch}-{n}" for n in range(20)]
        await stack.publish(*(payment(payment_id=f"pa-{each}", business_id=b) for each in numbered))
        await stack.box.inbox.until(lambda before=batch * 20: len(arrived(stack)) > before, seconds=40)
        await stack.kill()
        await stack.start()
    await settled(stack, 61)
    texts = "".join(message.text for message in stack.arrived())
    assert {f"{batch}-{n}" for batch in range(3) for n in range(20)} == set(
        re.findall(r"/result/pa-(\d-\d+)", texts)
    )


async def test_poison_is_set_aside_and_the_next_event_still_works(stack: Stack) -> None:
    b = stack.business_id
    await stack.publish(known(stack), customer(contact("ann"), business_id=b))
    await stack.publish(invoice(business_id=b), damage=b'{"business_id": 1')
    await stack.publish(invoice(business_id=b), sequence=2)
    await settled(stack, 1)
    assert len(arrived(stack)) == 1
    letters = await stack.rows("SELECT consumer, code FROM dead_letters")
    assert ("notifier.news", "malformed") in letters  # beside those of other tests on the same topics


async def test_a_letter_is_superseded_by_the_newer_event_and_can_be_retried(
    stack: Stack,
) -> None:
    b = stack.business_id
    await stack.publish(known(stack), customer(contact("ann"), business_id=b))
    await stack.publish(invoice(business_id=b), damage=b'{"business_id": 1')
    await stack.publish(invoice(business_id=b), sequence=2)
    await settled(stack, 1)
    mine = (
        f"FROM dead_letters WHERE consumer = '{CONSUMER}' AND key LIKE '{b}/%'"  # beside those of other tests
    )
    ((number, superseded),) = await stack.rows(f"SELECT number, superseded_at IS NOT NULL {mine}")
    assert superseded
    code, said = await stack.portal("dlq", "retry", str(number))
    assert (code, said.splitlines()[-1]) == (1, "1 tried, 0 applied.")
    assert "still cannot be applied: malformed" in said
    opened = FieldCipher(stack.settings.dead_letter_keys)
    ((record,),) = await stack.rows(f"SELECT record {mine}")
    assert isinstance(record, bytes)
    whole = msgspec.structs.replace(open_record(opened, CONSUMER, record), value=good_value(b))
    mended = opened.encrypt(msgspec.msgpack.encode(whole), context=f"dead_letters/{CONSUMER}")
    await stack.rows(
        f"UPDATE dead_letters SET record = '\\x{mended.hex()}' WHERE number = {number} RETURNING 1"
    )
    code, said = await stack.portal("dlq", "retry", str(number))
    assert (code, said) == (0, "1 tried, 1 applied.\n")
    assert await stack.rows(f"SELECT number {mine}") == []


async def test_a_code_leaves_beside_two_thousand_waiting_notifications(stack: Stack) -> None:
    await stack.serve()
    b = stack.business_id
    for family in range(10):  # of as many contacts as a customer may have
        people = [contact(f"c{family}-{n}") for n in range(200)]
        ids = {"business_id": b, "customer_id": f"cu-{family}"}
        await stack.publish(known(stack), customer(*people, **ids))
        await stack.publish(invoice(invoice_id=f"in-{family}", **ids), age=LONG_AGO)
        parts = tuple(replace(part, invoice_id=f"in-{family}") for part in samples.payment().allocations)
        await stack.publish(payment(payment_id=f"pa-{family}", allocations=parts, **ids))
    waiting = "SELECT count(*) FROM deliveries WHERE status = 'due' AND NOT urgent"

    async def count() -> int:
        return int(str((await stack.rows(waiting))[0][0]))

    await eventually(count, what="notifications wait", within=40, met=lambda found: found > 1000)
    await stack.hand_over(code(now=datetime.now(UTC), business_id=b))

    def left() -> bool:
        return any("確認コード" in message.subject for message in stack.arrived())

    await stack.box.inbox.until(left)
    assert await count() > 500, "the code waited for the notifications"


async def test_it_stores_where_it_stands(stack: Stack) -> None:
    b = stack.business_id
    await stack.publish(invoice(business_id=b))
    reached = (
        "SELECT sum(next_offset) FROM positions WHERE consumer = 'notifier.news' AND topic LIKE '%invoices%'"
    )

    async def stored() -> object:
        return (await stack.rows(reached))[0][0]

    await eventually(stored, what="positions are stored", within=30)
