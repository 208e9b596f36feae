"""Surplus: what a payment brings beyond what its invoices ask for at the moment when it comes.

A voucher is paid after its invoice was voided, lowered, or paid in cash or by card; or two payments come at
once. What is too much goes back, or is kept, as the business has set; it is never owed, and never swallowed.
"""

from collections.abc import Mapping, Sequence

from servicehub_events import Business, Invoice, Payment, Surplus, invoice_money


def surplus_of(
    payment: Payment,
    invoices: Mapping[str, Invoice],
    others: Sequence[Payment],
    business: Business | None,
    *,
    was_wanted: bool,
) -> Surplus | None:
    """What a payment that has just come brings too much, beside the `others` on its invoices.

    An invoice that is in another currency by now asks for nothing of it. Of one that was erased nobody knows
    what it asked for: what was wanted until it came is kept, and what was called off is not.
    """
    amount = sum(
        _too_much(payment, invoices.get(part.invoice_id), part.amount, others, was_wanted=was_wanted)
        for part in payment.allocations
    )
    if not amount:
        return None
    return Surplus(amount=amount, handling=business.surplus_handling if business else "refund")


def _too_much(
    payment: Payment, invoice: Invoice | None, part: int, others: Sequence[Payment], *, was_wanted: bool
) -> int:
    if invoice is None:
        return 0 if was_wanted else part
    if invoice.currency != payment.currency:
        return part
    before = invoice_money(invoice, others).credit
    return min(part, invoice_money(invoice, [*others, payment]).credit - before)
