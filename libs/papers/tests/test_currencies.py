"""A paper prints every amount with the decimals of its currency, in both languages."""

import pytest
import reading
from msgspec.structs import replace
from papers.samples import NOW, credited, hikari, paid, samples, sparkle, sparkle_invoice
from papers.typesetting import typeset
from papers.values import CreditNotePaper, InvoicePaper, Paper, PaperLocale, ReceiptPaper
from portal_testing.currencies import CURRENCIES, Counted
from servicehub_events import Invoice, TaxGroup


def costing(money: Counted) -> Invoice:
    """An invoice of one line, without tax."""
    line = replace(
        sparkle_invoice().lines[0],
        quantity="1",
        unit_price=money.amount,
        amount=money.amount,
        taxes=(),
        tax_rate="0",
    )
    group = TaxGroup(rate="0", net=money.amount, tax=0)
    return replace(
        sparkle_invoice(),
        currency=money.currency,
        lines=(line,),
        tax_groups=(group,),
        total=money.amount,
        recorded_payments=(),
    )


def papers_of(money: Counted, locale: PaperLocale) -> list[Paper]:
    business = sparkle() if locale == "en" else hikari()
    invoice = costing(money)
    payment = paid(invoice, money.amount)
    note = replace(
        credited(sparkle_invoice()).credit_notes[0], lines=invoice.lines, tax_groups=invoice.tax_groups
    )
    noted = replace(invoice, credit_notes=(replace(note, total=money.amount),))
    receipt = samples()[f"receipt-{locale}"]
    assert isinstance(receipt, ReceiptPaper)
    return [
        InvoicePaper(business=business, locale=locale, as_of=NOW, invoice=invoice),
        CreditNotePaper(business=business, locale=locale, as_of=NOW, invoice=noted, number=note.number),
        replace(receipt, payment=payment, payments=(payment,), invoices=(invoice,)),
    ]


@pytest.mark.parametrize("money", CURRENCIES, ids=str)
@pytest.mark.parametrize("locale", ["en", "ja"])
def test_each_kind_of_paper_prints_the_amount(locale: PaperLocale, money: Counted) -> None:
    for paper in papers_of(money, locale):
        assert money.shown in reading.text(typeset(paper))
