"""A projection from before money was judged once: what covers its invoices is mended where it lies."""

import json

import pytest
from chassis.database.migrations import upgrade
from chassis.settings import Secret
from portal_world import World
from servicehub_events import InvoiceIssued, PaymentCaptured, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack

_AS_BEFORE = (
    "ALTER TABLE projections RENAME schema_version TO shape",
    "UPDATE projections SET shape = 1",
    "ALTER TABLE projection_1.payment_invoices ADD received bigint",
    "UPDATE projection_1.payment_invoices SET received = 15180",
    "UPDATE projection_1.invoices SET covered = true",
    *(f"ALTER TABLE projection_1.{table} DROP state, ADD state jsonb" for table in ("invoices", "payments")),
    "DROP TABLE outbox",
    "DROP TABLE events",
    "DROP TABLE visitor.statements",
    "DROP TABLE visitor.requests",
    "DROP TABLE visitor.calendar_feeds",
    "ALTER TABLE visitor.snapshots DROP version, DROP state",
    "ALTER TABLE visitor.snapshots ADD seen_at timestamptz NOT NULL, ADD state jsonb NOT NULL",
    "UPDATE alembic_version SET version_num = '0004'",
)
_IN_PLAIN = "UPDATE projection_1.{table} SET state = CAST(:state AS jsonb) WHERE id = :key"
_COVERED = "SELECT id, covered FROM projection_1.invoices ORDER BY id"


async def test_what_another_currency_covered_is_unpaid_again(world: World) -> None:
    for invoice, currency in (("in-1", "JPY"), ("in-2", "USD")):
        await world.apply(
            as_event(InvoiceIssued, samples.invoice(), invoice_id=invoice),
            as_event(
                PaymentCaptured,
                samples.payment(),
                payment_id=f"pa-{invoice}",
                refunds=(),
                currency=currency,
                amount=15180,
                allocations=[{"invoice_id": invoice, "invoice_version": 1, "amount": 15180}],
            ),
        )
    applied = await world.projected()
    async with world.as_owner() as tx:
        for statement in _AS_BEFORE:
            await tx.run(statement)
        for table in ("invoices", "payments"):
            for (_, key), row in applied[table].items():
                values = {"key": key, "state": json.dumps(row["state"])}
                await tx.run(_IN_PLAIN.format(table=table), **values)
    upgrade("portal_read", Secret(world.urls.owner))
    assert await world.rows(_COVERED) == [("in-1", True), ("in-2", False)]
