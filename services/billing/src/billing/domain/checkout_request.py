"""The processor's page for a payment: what it is for, in the payer's language, and where it leads back to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from billing.domain.amounts import OwedInvoice
from billing.domain.kept_cards import CardUse
from billing.domain.payments import StartPayment

_INVOICE = {"en": "Invoice {number}", "ja": "請求書 {number}"}
_PAYMENT = {"en": "{business}: {invoices}", "ja": "{business}：{invoices}"}
_COMMA = {"en": ", ", "ja": "、"}
_DESCRIPTION_LIMIT = 1000  # Stripe: `payment_intent_data.description`
_TIP = {"en": "Tip", "ja": "チップ"}
_PART = {"en": "Invoice {number} (part payment)", "ja": "請求書 {number}（一部お支払い）"}  # Japanese


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    """One line of the processor's page; `amount` in minor units."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """The page on which a payment is to be made.

    `business` is its name, which the page says beside each line; the `description` of the payment, what the
    business finds it by at the processor.
    """

    business_id: str
    business: str
    description: str
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
    business: str,
    locale: str,
    portal: str,
    expires_at: datetime,
    cards: CardUse,
) -> CheckoutRequest:
    """One line for each invoice, and one for the tip.

    `portal` is the address that the business's routes here begin with.
    """
    back = f"{portal}/return?payment={start.payment_id}"
    return CheckoutRequest(
        business_id=start.business_id,
        business=business,
        description=description_of(business, invoices, locale),
        payment_id=start.payment_id,
        currency=start.currency,
        lines=_lines(start, invoices, locale),
        locale=locale,
        expires_at=expires_at,
        paid_url=back,
        left_url=f"{back}&left=1",
        cards=cards,
    )


def description_of(business: str, invoices: Sequence[OwedInvoice], locale: str) -> str:
    """Sparkle Home: Invoice 2026-0001, Invoice 2026-0002. What is too long ends in an ellipsis."""
    numbers = [_INVOICE[locale].format(number=owed.invoice.number) for owed in invoices]
    text = _PAYMENT[locale].format(business=business, invoices=_COMMA[locale].join(numbers))
    return text if len(text) <= _DESCRIPTION_LIMIT else f"{text[: _DESCRIPTION_LIMIT - 1]}…"


def _lines(start: StartPayment, invoices: Sequence[OwedInvoice], locale: str) -> list[CheckoutLine]:
    lines: list[CheckoutLine] = []
    for owed, part in zip(invoices, start.allocations, strict=True):
        words = _INVOICE if part.amount == owed.money.amount_due else _PART
        label = words[locale].format(number=owed.invoice.number)
        lines.append(CheckoutLine(label=label, amount=part.amount))
    if start.tip:
        lines.append(CheckoutLine(label=_TIP[locale], amount=start.tip))
    return lines
