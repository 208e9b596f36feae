"""What a browser has just paid is not due, however far behind the rows are."""

from typing import Final

import pytest
from msgspec.structs import replace
from portal_read.http.just_paid import NOTHING, JustPaid, with_money
from servicehub_events import InvoiceState, Payment, PaymentStatus
from servicehub_events_tools.testing import samples

INVOICE: Final = replace(samples.invoice(), deposit=None, recorded_payments=())
THIS: Final[JustPaid] = {"pa-1": frozenset({INVOICE.invoice_id})}
OTHER: Final[JustPaid] = {"pa-1": frozenset({"in-other"})}


def payment(status: PaymentStatus, payment_id: str = "pa-1") -> Payment:
    whole = replace(samples.payment().allocations[0], invoice_id=INVOICE.invoice_id, amount=INVOICE.total)
    return replace(
        samples.payment(),
        payment_id=payment_id,
        status=status,
        amount=INVOICE.total,
        allocations=(whole,),
        refunds=(),
    )


@pytest.mark.parametrize(
    ("rows", "just_paid", "state", "payable"),
    [
        ([], NOTHING, "due", INVOICE.total),
        ([], THIS, "processing", 0),
        ([], OTHER, "due", INVOICE.total),
        ([payment("started")], NOTHING, "due", INVOICE.total),
        ([payment("started")], THIS, "processing", 0),
        ([payment("started", "pa-2")], THIS, "processing", 0),
        ([payment("processing")], THIS, "processing", 0),
        ([payment("captured")], THIS, "paid", 0),
        ([payment("failed")], THIS, "due", INVOICE.total),  # the rows know better by now
        ([payment("expired")], THIS, "due", INVOICE.total),
    ],
)
def test_an_invoice_as_this_browser_left_it(
    rows: list[Payment], just_paid: JustPaid, state: InvoiceState, payable: int
) -> None:
    money = with_money(INVOICE, rows, just_paid).money
    assert (money.state, money.payable) == (state, payable)


def test_a_closed_invoice_stays_closed() -> None:
    money = with_money(replace(INVOICE, status="void"), [], THIS).money
    assert (money.state, money.payable) == ("void", 0)
