"""Papers by the thousand, each from a number: invoices in several currencies, and what became of them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Final

from msgspec.structs import replace
from papers.samples import NOW, hikari, paid, sparkle, sparkle_invoice
from papers.values import CreditNotePaper, InvoicePaper, PaperLocale, ReceiptPaper
from servicehub_events import (
    CreditNote,
    Discount,
    Invoice,
    Line,
    Payment,
    RecordedPayment,
    Refund,
    Share,
    TaxGroup,
)

CURRENCIES: Final = ("JPY", "USD", "KWD", "ISK", "HUF", "EUR")
RATES: Final = ("0", "8", "10", "8.875", "27")
LOCALES: Final[tuple[PaperLocale, ...]] = ("en", "ja")
LARGEST: Final = 10**8

Generated = InvoicePaper | CreditNotePaper | ReceiptPaper


def papers_of(number: int) -> Iterator[Generated]:
    """Invoice, receipt and credit note of one invoice, in both languages."""
    dice = Random(number)  # not for secrets
    invoice = _invoice(dice, number)
    payment = _payment(dice, invoice)
    for locale in LOCALES:
        business = sparkle() if locale == "en" else hikari()
        yield InvoicePaper(business=business, locale=locale, as_of=NOW, invoice=invoice, payments=(payment,))
        number_of_note = invoice.credit_notes[0].number
        yield CreditNotePaper(
            business=business, locale=locale, as_of=NOW, invoice=invoice, number=number_of_note
        )
        yield ReceiptPaper(
            business=business,
            locale=locale,
            as_of=NOW,
            payment=payment,
            number=f"R-{number:06}",
            addressee="Hannah Whitfield",
            made_at=NOW,
            invoices=(invoice,),
            payments=(payment,),
        )


def _invoice(dice: Random, number: int) -> Invoice:
    rates = dice.sample(RATES, dice.randint(1, 3))
    included = dice.random() < 0.5
    lines = [_line(dice, place, rate) for place, rate in enumerate(rates * dice.randint(1, 2))]
    discounts = [
        Discount(description="Less", amount=dice.randint(1, lines[0].amount), tax_rate=rates[0])
        for _ in range(dice.randint(0, 1))
    ]
    groups = [_group(lines, discounts, rate, included=included) for rate in rates]
    total = sum(group.net + group.tax for group in groups)
    recorded = [
        RecordedPayment(id="r-1", method="cash", amount=dice.randint(1, LARGEST), received_on=NOW.date())
        for _ in range(dice.randint(0, 1))
    ]
    line = lines[-1]
    note_group = _group([line], [], line.tax_rate, included=included)
    note = CreditNote(
        id="cn-1",
        number=f"CN-{number:06}",
        issued_on=NOW.date(),
        lines=(line,),
        tax_groups=(note_group,),
        total=note_group.net + note_group.tax,
    )
    return replace(
        sparkle_invoice(),
        currency=dice.choice(CURRENCIES),
        prices_include_tax=included,
        lines=tuple(lines),
        discounts=tuple(discounts),
        tax_groups=tuple(groups),
        total=total,
        recorded_payments=tuple(recorded),
        credit_notes=(note,),
    )


def _line(dice: Random, place: int, rate: str) -> Line:
    amount = dice.choice((dice.randint(1, 99), dice.randint(100, 99_999), dice.randint(10**5, LARGEST)))
    price = dice.randint(1, LARGEST)
    return Line(description=f"Line {place}", quantity="2", unit_price=price, amount=amount, tax_rate=rate)


def _group(lines: list[Line], discounts: list[Discount], rate: str, *, included: bool) -> TaxGroup:
    """Tax is rounded once for the rate."""
    charged = sum(line.amount for line in lines if line.tax_rate == rate)
    charged -= sum(discount.amount for discount in discounts if discount.tax_rate == rate)
    share = Decimal(rate) / (100 + Decimal(rate) if included else 100)
    tax = int((charged * share).quantize(Decimal(1), ROUND_HALF_UP))
    return TaxGroup(rate=rate, net=charged - tax if included else charged, tax=tax)


def _payment(dice: Random, invoice: Invoice) -> Payment:
    payment = paid(invoice, dice.randint(1, max(1, invoice.total)))
    if dice.random() < 0.7:
        return payment
    back = dice.randint(1, payment.amount)
    share = (Share(invoice_id=invoice.invoice_id, amount=back),)
    refund = Refund(refund_id="re-1", amount=back, allocations=share, at=NOW - timedelta(days=1))
    return replace(payment, refunds=(refund,))
