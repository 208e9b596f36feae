"""What customers paid, ready to print."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from servicehub_events import Allocation, Invoice, Payment

from stand_in_servicehub.bookkeeping import is_received
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.rows import PaymentRow
from stand_in_servicehub.web.money_text import money

PLACES = {"card": "by card", "konbini": "at a konbini", "bank_transfer": "by bank transfer"}


class PaymentShown(NamedTuple):
    """One payment on a page; `note` is what else is to know of it, or empty."""

    payment: Payment
    version: int
    profile: Profile
    time: str
    customer: str
    status: str
    note: str


class Takings(NamedTuple):
    """What customers paid in one currency, in minor units, before refunds."""

    currency: str
    amount: int
    payments: int


def shown_payment(row: PaymentRow, profile: Profile, names: dict[str, str]) -> PaymentShown:
    """A row of the list; the time is the business's, with its zone, since a list may mix businesses."""
    payment = row.payment
    moment = payment.occurred_at.astimezone(profile.zone)
    return PaymentShown(
        payment=payment,
        version=row.version,
        profile=profile,
        time=f"{moment:%a} {moment.day} {moment:%b} {moment:%H:%M %Z}",
        customer=names.get(payment.customer_id, payment.customer_id),
        status=_status(payment),
        note=" · ".join(_notes(payment)),
    )


def newest_first(payments: Iterable[PaymentShown]) -> list[PaymentShown]:
    """As the pages list them."""
    return sorted(payments, key=lambda shown: (shown.payment.occurred_at, shown.payment.payment_id))[::-1]


def is_money(shown: PaymentShown) -> bool:
    """Whether money came or is on its way, unlike an attempt that is open or led to nothing."""
    return shown.payment.status in ("captured", "processing")


def takings(payments: Iterable[PaymentShown]) -> list[Takings]:
    """What came, by currency; payments that are being checked do not count yet."""
    received = [shown.payment for shown in payments if is_received(shown.payment)]
    currencies = sorted({payment.currency for payment in received})
    of = {name: [payment for payment in received if payment.currency == name] for name in currencies}
    return [Takings(name, sum(payment.amount for payment in of[name]), len(of[name])) for name in currencies]


def method_text(payment: Payment) -> str:
    """`visa card ••4242`, `konbini`, or a dash while nothing is known."""
    method = payment.method
    if method is None:
        return "–"
    last4 = f"••{method.last4}" if method.last4 else ""
    return " ".join(part for part in (method.brand, method.type.replace("_", " "), last4) if part)


def invoice_notes(invoice: Invoice, payments: Sequence[PaymentShown]) -> list[str]:
    """`Paid by card in the portal: ¥5,000, booked as r-3`; one line for each payment that is money."""
    found = [
        (shown.payment, part)
        for shown in payments
        for part in shown.payment.allocations
        if part.invoice_id == invoice.invoice_id and is_money(shown)
    ]
    return [_invoice_note(invoice, payment, part) for payment, part in found]


def _invoice_note(invoice: Invoice, payment: Payment, part: Allocation) -> str:
    amount, place = money(part.amount, payment.currency), _place(payment)
    if payment.review:
        return f"Being checked: {amount}{place}"
    if payment.status == "processing":
        return f"On its way{place}: {amount}"
    entries = [e.id for e in invoice.recorded_payments if e.portal_payment_id == payment.payment_id]
    booked = f", booked as {entries[0]}" if entries else ""
    return f"Paid{place} in the portal: {amount}{booked}"


def _place(payment: Payment) -> str:
    if payment.method is None:
        return ""
    kind = payment.method.type
    return f" {PLACES.get(kind) or 'by ' + kind.replace('_', ' ')}"


def _status(payment: Payment) -> str:
    if payment.review:
        return "being checked"
    if payment.dispute and payment.dispute.status == "open":
        return "disputed"
    return {"captured": "paid", "processing": "on its way", "started": "paying"}.get(
        payment.status, payment.status
    )


def _notes(payment: Payment) -> Iterator[str]:
    if payment.review:
        yield f"{payment.review.reason} differs from what was asked"
    if payment.failure:
        yield payment.failure.code.replace("_", " ")
    if given_back := sum(refund.amount for refund in payment.refunds):
        yield f"{money(given_back, payment.currency)} given back"
    if payment.dispute and payment.dispute.status != "open":
        yield f"dispute {payment.dispute.status}"
