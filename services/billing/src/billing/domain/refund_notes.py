"""Refund notes: what of a refund lowers the price of an invoice, at each rate of tax.

What was paid too much goes back first, and lowers nothing. The rest falls on the tax groups of the invoice in
proportion to what is left of each, so that notes over all of an invoice take back its very tax.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from msgspec.structs import replace
from servicehub_events import (
    Invoice,
    LoweredPrice,
    LoweredTax,
    Payment,
    Refund,
    RefundNote,
    TaxCategory,
    TaxGroup,
    invoice_money,
)
from servicehub_events.money import allocate

Taxed = tuple[Decimal, TaxCategory | None]
"""A rate and its category."""


def without_note(payment: Payment) -> Sequence[Refund]:
    """The refunds that went through and have no paper yet, in the order in which they were made."""
    missing = (refund for refund in payment.refunds if refund.note is None)
    return sorted(missing, key=lambda refund: (refund.at, refund.refund_id))


def with_note(payment: Payment, refund_id: str, note: RefundNote) -> Payment:
    """The payment with this paper of a refund, where it has that refund and it went through."""
    refunds = tuple(replace(one, note=note) if one.refund_id == refund_id else one for one in payment.refunds)
    return replace(payment, refunds=refunds)


def lowered_by(
    payment: Payment, refund: Refund, invoices: Mapping[str, Invoice], others: Sequence[Payment]
) -> tuple[LoweredPrice, ...] | None:
    """What a refund of `payment` lowers, beside the `others` on its invoices.

    None where no invoice is known, or each is in another currency by now: such a refund has no paper.
    """
    before = _before(payment, refund)
    surplus = _surplus_left(before)
    lowered: list[LoweredPrice] = []
    known = False
    for share in refund.allocations:
        invoice = invoices.get(share.invoice_id)
        if invoice is None or invoice.currency != payment.currency:
            continue
        known = True
        too_much = min(
            share.amount, max(_too_much(invoice, [*others, before]), _after_void(invoice, surplus))
        )
        surplus -= min(surplus, too_much)
        taxes = _taken_off(invoice, share.amount - too_much, [*others, before])
        if amount := sum(tax.net + tax.tax for tax in taxes):
            lowered.append(LoweredPrice(invoice_id=invoice.invoice_id, amount=amount, taxes=taxes))
    return tuple(lowered) if known else None


def _before(payment: Payment, refund: Refund) -> Payment:
    """The payment without this refund, and without those that were made after it."""
    moment = (refund.at, refund.refund_id)
    kept = tuple(one for one in payment.refunds if (one.at, one.refund_id) < moment)
    return replace(payment, refunds=kept, refund_attempts=())


def _surplus_left(before: Payment) -> int:
    brought = before.surplus.amount if before.surplus else 0
    return max(0, brought - sum(refund.amount for refund in before.refunds))


def _too_much(invoice: Invoice, payments: Sequence[Payment]) -> int:
    """What was paid beyond the price. One that was voided after it was paid had its price all the same."""
    return invoice_money(replace(invoice, status="open", voiding=None), payments).credit


def _after_void(invoice: Invoice, surplus: int) -> int:
    """What came for an invoice when it was void already: it was never its price."""
    return surplus if invoice.status == "void" else 0


def _taken_off(invoice: Invoice, amount: int, payments: Iterable[Payment]) -> tuple[LoweredTax, ...]:
    """`amount` over the groups; less where credit notes have taken off the rest already."""
    left = _left(invoice, payments)
    room = [net + tax for net, tax in left.values()]
    parts = allocate(min(amount, sum(room)), room)
    return tuple(
        _lowered(taxed, net, tax, part)
        for (taxed, (net, tax)), part in zip(left.items(), parts, strict=True)
        if part
    )


def _lowered(taxed: Taxed, net: int, tax: int, part: int) -> LoweredTax:
    """The tax in a part is what of the group's tax falls on it, to the nearest unit and never more."""
    rate, category = taxed
    whole = net + tax
    of_it = (2 * tax * part + whole) // (2 * whole)
    return LoweredTax(rate=f"{rate:f}", category=category, net=part - of_it, tax=of_it)


def _left(invoice: Invoice, payments: Iterable[Payment]) -> dict[Taxed, tuple[int, int]]:
    """Net and tax of each rate and category, less what notes took off; none below zero."""
    taken: dict[Taxed, tuple[int, int]] = {}
    for taxed, net, tax in (*_by_credit_notes(invoice), *_by_refunds(invoice, payments)):
        before = taken.get(taxed, (0, 0))
        taken[taxed] = before[0] + net, before[1] + tax
    left: dict[Taxed, tuple[int, int]] = {}
    for taxed, groups in groupby(sorted(invoice.tax_groups, key=_order), key=_taxed):
        sums = [(group.net, group.tax) for group in groups]
        net, tax = sum(one for one, _ in sums), sum(one for _, one in sums)
        less = taken.get(taxed, (0, 0))
        left[taxed] = max(0, net - less[0]), max(0, tax - less[1])
    return left


def _taxed(group: TaxGroup) -> Taxed:
    return Decimal(group.rate).normalize(), group.category


def _order(group: TaxGroup) -> tuple[Decimal, str]:
    return -Decimal(group.rate), group.category or ""


def _by_credit_notes(invoice: Invoice) -> Iterator[tuple[Taxed, int, int]]:
    for note in invoice.credit_notes:
        for group in note.tax_groups:
            yield _taxed(group), group.net, group.tax


def _by_refunds(invoice: Invoice, payments: Iterable[Payment]) -> Iterator[tuple[Taxed, int, int]]:
    for payment in payments:
        for refund in payment.refunds:
            for price in refund.note.lowered if refund.note else ():
                if price.invoice_id == invoice.invoice_id:
                    for tax in price.taxes:
                        yield (Decimal(tax.rate).normalize(), tax.category), tax.net, tax.tax
