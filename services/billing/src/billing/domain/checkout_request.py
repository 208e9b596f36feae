"""The processor's page for a payment: what it is for, in the payer's language, and where it leads back to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from billing.domain.amounts import OwedInvoice
from billing.domain.kept_cards import CardUse
from billing.domain.payments import StartPayment

_INVOICE = {"en": "Invoice {number}", "ja": "請求書 {number}"}
_PART = {"en": "Invoice {number} (part payment)", "ja": "請求書 {number}（一部お支払い）"}  # Japanese


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    """One line of the processor's page; `amount` in minor units."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """The page on which a payment is to be made."""

    business_id: str
    payment_id: str
    currency: str
    lines: Sequence[CheckoutLine]
    locale: str
    expires_at: datetime
    paid_url: str
    left_url: str
    cards: CardUse = field(default_factory=CardUse)


def checkout_request(
    start: StartPayment,
    invoices: Sequence[OwedInvoice],
    *,
    locale: str,
    portal: str,
    expires_at: datetime,
    cards: CardUse,
) -> CheckoutRequest:
    """One line for each invoice. `portal` is the address that the business's routes here begin with."""
    back = f"{portal}/return?payment={start.payment_id}"
    return CheckoutRequest(
        business_id=start.business_id,
        payment_id=start.payment_id,
        currency=start.currency,
        lines=_lines(start, invoices, locale),
        locale=locale,
        expires_at=expires_at,
        paid_url=back,
        left_url=f"{back}&left=1",
        cards=cards,
    )


def _lines(start: StartPayment, invoices: Sequence[OwedInvoice], locale: str) -> list[CheckoutLine]:
    lines: list[CheckoutLine] = []
    for owed, part in zip(invoices, start.allocations, strict=True):
        words = _INVOICE if part.amount == owed.money.amount_due else _PART
        label = words[locale].format(number=owed.invoice.number)
        lines.append(CheckoutLine(label=label, amount=part.amount))
    return lines
