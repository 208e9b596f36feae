"""Rules between the fields of an invoice beside its sums; each yields sentences, none if the rule holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.invoice_arithmetic import arithmetic_violations
from servicehub_events.catalogue.invoice_parts import CreditNote, Line
from servicehub_events.catalogue.invoice_payments import RecordedPayment, Withholding
from servicehub_events.catalogue.invoice_rounding import exact_tax, micro
from servicehub_events.catalogue.invoice_tax_checks import TaxRules


def recorded_violations(payments: Sequence[RecordedPayment]) -> Iterator[str]:
    """No payment gives back more than it brought."""
    for payment in payments:
        back = sum(refund.amount for refund in payment.refunds)
        if back > payment.amount:
            yield f"recorded_payments[].refunds give back {back} of {payment.amount}"
    yield from rules.unique(
        "recorded_payments[].refunds[].id", (refund.id for payment in payments for refund in payment.refunds)
    )


def withholding_violations(withholdings: Sequence[Withholding], total: int) -> Iterator[str]:
    """Each is the rate of its base rounded once, together they are no more than the total."""
    for at, part in enumerate(withholdings):
        if not exact_tax((part.base,), micro(part.rate), 0, included=False).is_within(part.amount, 1):
            yield f"withholdings[{at}]: amount {part.amount} is not {part.rate} % of {part.base} rounded once"
    if (kept := sum(part.amount for part in withholdings)) > total:
        yield f"withholdings sum to {kept}, which is more than total {total}"


def credit_note_violations(notes: Sequence[CreditNote], total: int, tax_rules: TaxRules) -> Iterator[str]:
    """Each is an invoice in itself, together they are no more than the total."""
    for at, note in enumerate(notes):
        for fault in arithmetic_violations(note.lines, (), note.tax_groups, note.total, tax_rules):
            yield f"credit_notes[{at}]: {fault}"
        yield from _service("credit_notes[].lines[]", note.lines)
    yield from rules.unique("credit_notes[].id", (note.id for note in notes))
    if (credited := sum(note.total for note in notes)) > total:
        yield f"credit_notes sum to {credited}, which is more than total {total}"


def service_violations(first: date | None, last: date | None, lines: Sequence[Line]) -> Iterator[str]:
    """A period of supply has a first day, and its last does not come before it."""
    yield from _period("service_until", first, last)
    yield from _service("lines[]", lines)


def _service(field: str, lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield from _period(f"{field}.service_until", line.service_on, line.service_until)


def _period(field: str, first: date | None, last: date | None) -> Iterator[str]:
    if last is not None and (first is None or last < first):
        yield f"{field} is {last}, but service_on is {first or 'not given'}"
