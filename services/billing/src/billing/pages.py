"""The processor's page for a payment: what it is for, in the payer's language, and where it leads back to."""

from collections.abc import Sequence
from datetime import datetime

from billing.commands import StartCheckout
from billing.domain.choices import Owed
from billing.domain.payments import StartPayment
from billing.ports import Line, Page

_INVOICE = {"en": "Invoice {number}", "ja": "請求書 {number}"}
_PART = {"en": "Invoice {number} (part payment)", "ja": "請求書 {number}（一部お支払い）"}  # Japanese


def page_of(
    start: StartPayment, owed: Sequence[Owed], command: StartCheckout, origin: str, expires_at: datetime
) -> Page:
    """One line for each invoice."""
    back = f"{origin}/billing/{command.payer.business.slug}/return?payment={start.payment_id}"
    return Page(
        business_id=start.business_id,
        payment_id=start.payment_id,
        currency=start.currency,
        lines=_lines(start, owed, command.locale),
        locale=command.locale,
        expires_at=expires_at,
        paid_url=back,
        left_url=f"{back}&left=1",
    )


def _lines(start: StartPayment, owed: Sequence[Owed], locale: str) -> list[Line]:
    lines: list[Line] = []
    for one, part in zip(owed, start.allocations, strict=True):
        words = _INVOICE if part.amount == one.money.amount_due else _PART
        lines.append(Line(label=words[locale].format(number=one.invoice.number), amount=part.amount))
    return lines
