"""An invoice's money as the rules of payments say it in words, over what Stripe's own books hold.

It shares no code with billing and none with `invoice_money`: it is what those are held against.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from servicehub_events import Invoice


@dataclass
class Taking:
    """What Stripe holds of one payment. `parts`: what of it each invoice asked for, in minor units.

    `goes` are the parts of what went back or is asked back, by invoice: of a payment for one invoice it
    follows from Stripe's books, of several it is how billing split it.
    """

    payment_id: str
    currency: str
    parts: dict[str, int]
    paid: bool = False
    checked: bool = False
    waits: bool = False
    disputed: bool = False
    refunded: dict[str, int] = field(default_factory=dict[str, int])
    refunding: dict[str, int] = field(default_factory=dict[str, int])
    lost: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Naive:
    """What a page must say of an invoice; amounts in minor units."""

    received: int
    amount_due: int
    credit: int
    refunded: int
    refunding: int
    lost: int
    may_be_paid: bool
    headline: str


def naive_money(invoice: Invoice, takings: Sequence[Taking]) -> Naive:
    """Every sum by itself, and the first headline that fits."""
    name, mine = invoice.invoice_id, [taking for taking in takings if invoice.invoice_id in taking.parts]
    there = [t for t in mine if t.paid and not t.checked and t.currency == invoice.currency]
    cash = [entry for entry in invoice.recorded_payments if entry.portal_payment_id is None]
    cash_back = sum(
        back.amount
        for entry in invoice.recorded_payments
        for back in entry.refunds
        if back.portal_refund_id is None
    )
    received = sum(entry.amount for entry in cash) + sum(taking.parts[name] for taking in there)
    refunded = cash_back + sum(taking.refunded.get(name, 0) for taking in there)
    refunding = sum(taking.refunding.get(name, 0) for taking in there)
    lost = sum(taking.lost.get(name, 0) for taking in there)
    price = invoice.total - sum(part.amount for part in invoice.withholdings)
    if invoice.status == "void":
        price = 0
    asked = max(0, price - sum(note.total for note in invoice.credit_notes))
    due = max(0, asked - received) if invoice.status == "open" else 0
    credit = max(0, received - refunded - refunding - lost - asked)
    checked = any(taking.checked for taking in mine)
    waits = any(taking.waits for taking in mine)
    said = Naive(
        received=received,
        amount_due=due,
        credit=credit,
        refunded=refunded,
        refunding=refunding,
        lost=lost,
        may_be_paid=due > 0 and not waits and not checked,
        headline="",
    )
    return replace(said, headline=_headline(invoice, mine, said, price))


def _headline(invoice: Invoice, mine: Sequence[Taking], said: Naive, price: int) -> str:
    if invoice.status != "open":
        return invoice.status
    if any(taking.disputed for taking in mine):
        return "disputed"
    if any(taking.checked for taking in mine):
        return "being_checked"
    if said.amount_due:
        if any(taking.waits and taking.currency == invoice.currency for taking in mine):
            return "processing"
        return "partly_paid" if said.received else "due"
    if said.credit:
        return "overpaid"
    if said.lost:
        return "taken_back"
    # What went back beyond what had been paid too much.
    given_back = said.refunded - max(0, said.received - price)
    if given_back > 0:
        return "refunded" if given_back >= min(price, said.received) else "partly_refunded"
    return "credited" if not said.received and invoice.credit_notes else "paid"
