"""A projection from before money was judged once: what covers its invoices is mended where it lies."""

import psycopg
import pytest
from chassis.database.migrations import upgrade
from chassis.settings import Secret
from read_side import BUSINESS, ReadSide
from servicehub_events import InvoiceIssued, PaymentCaptured, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack

_AS_BEFORE = (
    "ALTER TABLE projections RENAME schema_version TO shape",
    "ALTER TABLE projection_1.payment_invoices ADD received bigint",
    "UPDATE projection_1.payment_invoices SET received = 15180",
    "UPDATE projection_1.invoices SET covered = true",
    "UPDATE alembic_version SET version_num = '0004'",
)


async def test_what_another_currency_covered_is_unpaid_again(side: ReadSide) -> None:
    for invoice, currency in (("in-1", "JPY"), ("in-2", "USD")):
        await side.apply(
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
    applied = await side.rows()
    async with await psycopg.AsyncConnection.connect(side.urls.owner) as connection:
        for statement in _AS_BEFORE:
            await connection.execute(statement.encode())
    upgrade("portal_read", Secret(side.urls.owner))
    assert await side.rows() == applied
    assert [applied["invoices"][BUSINESS, key]["covered"] for key in ("in-1", "in-2")] == [True, False]
