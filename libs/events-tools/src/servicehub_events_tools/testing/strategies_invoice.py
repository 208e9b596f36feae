"""Strategy for invoices whose arithmetic holds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from servicehub_events import (
    Deposit,
    Discount,
    Invoice,
    InvoiceSite,
    Issuer,
    Line,
    PartialPayment,
    Recipient,
    RecordedPayment,
    TaxGroup,
)
from servicehub_events.catalogue.invoice_arithmetic import amounts_by_rate

from servicehub_events_tools.testing.strategies_scalars import (
    charges,
    currencies,
    days,
    ids,
    optional_ids,
    optional_text,
    text,
    unique_ids,
)

_RATES = st.sampled_from(["0", "8", "10", "8.875", "20"])
_ROUNDINGS = st.sampled_from([ROUND_DOWN, ROUND_HALF_UP, ROUND_UP])


def _lines() -> SearchStrategy[list[Line]]:
    line = st.builds(
        Line,
        description=text,
        quantity=st.sampled_from(["1", "2.5", "0.25"]),
        unit_price=charges,
        amount=charges,
        tax_rate=_RATES,
        reduced_rate=st.booleans(),
    )
    return st.lists(line, max_size=5)


def _discounts(draw: DrawFn, lines: Iterable[Line]) -> list[Discount]:
    return [
        Discount(description=draw(text), amount=draw(st.integers(0, line.amount)), tax_rate=line.tax_rate)
        for line in lines
        if draw(st.booleans())
    ]


def _group(rate: str, amount: int, included: bool, rounding: str) -> TaxGroup:
    percent = Decimal(rate)
    exact = amount * percent / (100 + percent) if included else amount * percent / 100
    tax = int(exact.quantize(Decimal(1), rounding=rounding))
    return TaxGroup(rate=rate, net=amount - tax if included else amount, tax=tax)


def recorded_payments() -> SearchStrategy[RecordedPayment]:
    """Payments that the business wrote down, some of them echoes of portal payments."""
    return st.builds(
        RecordedPayment,
        id=ids,
        method=st.sampled_from(["cash", "cheque", "transfer", "other"]),
        amount=charges,
        received_on=days,
        portal_payment_id=optional_ids,
    )


@st.composite
def invoices(draw: DrawFn) -> Invoice:
    """Invoices with zero to five lines at up to five rates."""
    lines = draw(_lines())
    discounts = _discounts(draw, lines)
    included, rounding = draw(st.booleans()), draw(_ROUNDINGS)
    sums = amounts_by_rate(lines, discounts)
    groups = tuple(_group(rate, amount, included, rounding) for rate, amount in sums.items())
    total = sum(group.net + group.tax for group in groups)
    deposits = st.builds(Deposit, amount=st.integers(0, total), due_on=days)
    recorded = draw(st.lists(recorded_payments(), max_size=3, unique_by=lambda payment: payment.id))
    return Invoice(
        business_id=draw(ids),
        invoice_id=draw(ids),
        number=draw(text),
        customer_id=draw(ids),
        status=draw(st.sampled_from(["open", "void", "uncollectible"])),
        issued_on=draw(days),
        due_on=draw(days),
        currency=draw(currencies),
        prices_include_tax=included,
        lines=tuple(lines),
        discounts=tuple(discounts),
        tax_groups=groups,
        total=total,
        deposit=draw(st.none() | deposits),
        partial_payment=draw(st.none() | st.builds(PartialPayment, allowed=st.booleans(), minimum=charges)),
        recorded_payments=tuple(recorded),
        recipient=draw(st.none() | st.builds(Recipient, name=text, address=optional_text)),
        site=draw(st.none() | st.builds(InvoiceSite, label=text)),
        issuer=draw(
            st.builds(Issuer, legal_name=text, registration_number=st.none() | st.just("T1234567890123"))
        ),
        appointment_ids=tuple(draw(unique_ids())),
        memo=draw(optional_text),
    )
