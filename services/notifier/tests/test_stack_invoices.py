"""News of an invoice, on a real database: once each, as the difference, and nothing that is not true."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from email.message import EmailMessage

import msgspec
import pytest
from code_samples import business_event
from notification_samples import contact, customer, envelopes, invoice, payment
from notification_world import NotificationWorld
from notifier.domain.delivery import DeliveryPostponed
from portal_testing.stack import Servers
from servicehub_events import (
    CreditNote,
    CustomerErased,
    InvoiceErased,
    InvoiceRevised,
    InvoiceVoided,
    TaxGroup,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN = contact("ann")
PLAIN = {"deposit": None}
ISSUED = "Invoice 2026-0001, due December 20"
CHANGED = "Invoice 2026-0001 has changed, due December 21"
LATER = samples.invoice().due_on + timedelta(days=1)


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN)))
        yield world


def subjects(mails: list[tuple[str, EmailMessage]]) -> list[str]:
    return [str(mail["Subject"]).replace("\xa0", " ") for _, mail in mails]


async def told(world: NotificationWorld, later: float = 61) -> list[str]:
    return subjects(await world.deliver_notifications(later))


async def test_an_invoice_and_its_change_within_a_minute_are_one_message(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice(**PLAIN)))
    assert await told(world, 30) == []
    await world.read(*envelopes(invoice(InvoiceRevised, due_on=LATER, **PLAIN), version=2))
    assert await told(world, 31) == ["Invoice 2026-0001, due December 21"]
    assert await told(world) == []


async def test_a_change_is_told_once_and_a_change_that_is_undone_never(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice(**PLAIN)))
    assert await told(world) == [ISSUED]
    await world.read(*envelopes(invoice(InvoiceRevised, due_on=LATER, **PLAIN), version=2))
    await world.read(*envelopes(invoice(InvoiceRevised, **PLAIN), version=3))
    assert await told(world) == []
    moved = envelopes(invoice(InvoiceRevised, due_on=LATER, **PLAIN), version=4)
    await world.read(*moved, *moved)
    assert await told(world) == [CHANGED]
    await world.read(*envelopes(invoice(InvoiceRevised, due_on=LATER, memo="Thanks", **PLAIN), version=5))
    assert await told(world) == []


async def test_what_was_never_sent_is_no_difference(world: NotificationWorld) -> None:
    """A change whose mail did not leave is not what its reader was told."""
    await world.read(*envelopes(invoice(**PLAIN)))
    assert await told(world) == [ISSUED]
    world.mail.errors = [DeliveryPostponed("smtp_unreachable")]
    await world.read(*envelopes(invoice(InvoiceRevised, due_on=LATER, **PLAIN), version=2))
    assert await told(world) == []
    await world.read(*envelopes(invoice(InvoiceRevised, **PLAIN), version=3))
    assert await told(world, 400) == []
    assert await world.rows("SELECT error FROM deliveries WHERE kind = 'invoice_changed'") == [
        ("superseded",)
    ]


async def test_a_void_invoice_is_told_to_who_knew_of_it_and_to_nobody_else(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice(**PLAIN)))
    await told(world)
    await world.apply(*envelopes(customer(ANN, contact("new")), version=2))
    await world.read(*envelopes(invoice(InvoiceVoided, status="void", **PLAIN), version=2))
    mails = await world.deliver_notifications(61)
    assert [to for to, _ in mails] == ["ann@example.com"]
    assert subjects(mails) == ["Invoice 2026-0001 is void: nothing to pay"]


async def test_an_import_and_all_that_follows_it_asks_nobody_for_money(world: NotificationWorld) -> None:
    (imported,) = envelopes(invoice(**PLAIN))
    await world.read(msgspec.structs.replace(imported, quiet=True))
    await world.read(*envelopes(invoice(InvoiceRevised, due_on=LATER, **PLAIN), version=2))
    await world.read(*envelopes(invoice(InvoiceVoided, status="void", **PLAIN), version=3))
    assert await told(world) == []


async def test_a_deposit_is_asked_for_instead(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice()))
    assert await told(world) == ["Deposit for invoice 2026-0001, due November 30"]


async def test_an_invoice_that_is_paid_meanwhile_is_not_asked_for(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice(recorded_payments=(), **PLAIN)))
    part = msgspec.structs.replace(samples.payment().allocations[0], amount=samples.invoice().total)
    await world.read(*envelopes(payment(amount=samples.invoice().total, allocations=(part,))))
    assert [subject for subject in await told(world) if subject.startswith("Invoice")] == []


async def test_a_credit_note_is_told_once_however_often_it_comes(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice(**PLAIN)))
    await told(world)
    windows = next(line for line in samples.invoice().lines if line.amount == 5000)
    note = CreditNote(
        id="cn-1",
        number="CN-7",
        issued_on=LATER,
        lines=(windows,),
        tax_groups=(TaxGroup(rate="10", net=5000, tax=500),),
        total=5500,
    )
    for version in (2, 3):
        await world.read(*envelopes(invoice(InvoiceRevised, credit_notes=(note,), **PLAIN), version=version))
    assert await told(world) == ["Credit note for invoice 2026-0001"]


async def test_without_mail_it_goes_by_text(world: NotificationWorld) -> None:
    texted = contact("tom", email=None, phone="+819000000001")
    await world.apply(*envelopes(customer(texted), version=2))
    await world.read(*envelopes(invoice(**PLAIN)))
    world.clock.pass_time(hours=9)  # by day
    assert await told(world) == []
    (sms,) = world.sms.sent
    assert "invoice 2026-0001, ¥15,180, due" in sms.text.replace("\xa0", " ")


@pytest.mark.parametrize("erasure", ["invoice", "customer"])
async def test_what_was_told_goes_with_the_erased(world: NotificationWorld, erasure: str) -> None:
    await world.read(*envelopes(invoice(**PLAIN)))
    await told(world)
    assert len(await world.rows("SELECT 1 FROM told_invoices")) == 1
    ids = {"business_id": samples.BUSINESS, "customer_id": "cu-1"}
    if erasure == "invoice":
        await world.read(*envelopes(InvoiceErased(invoice_id="in-1", **ids), version=2))
    else:
        await world.apply(*envelopes(CustomerErased(**ids), version=2))
    assert await world.rows("SELECT 1 FROM told_invoices") == []


async def test_what_one_business_was_told_is_nothing_to_another(world: NotificationWorld) -> None:
    """Ids are those of one business alone."""
    await world.read(*envelopes(invoice(**PLAIN)))
    await told(world)
    other = {"business_id": "b-2"}
    await world.apply(*envelopes(business_event(**other), customer(ANN, **other)))
    await world.read(*envelopes(invoice(**PLAIN, **other)))
    assert await told(world) == [ISSUED]
    await world.read(*envelopes(invoice(InvoiceVoided, status="void", **PLAIN, **other), version=2))
    assert await told(world) == ["Invoice 2026-0001 is void: nothing to pay"]


@pytest.mark.parametrize("settled", [False, True])
async def test_what_a_former_build_stored_is_told_all_the_same(
    world: NotificationWorld, *, settled: bool
) -> None:
    await world.read(*envelopes(invoice(**PLAIN)))
    if settled:
        await world.fan_out(later=61)
    await world.rows("UPDATE notification_sources SET state = state - 'announced' - 'content' RETURNING 1")
    assert await told(world) == [ISSUED]
