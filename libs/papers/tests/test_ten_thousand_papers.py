"""Ten thousand papers: what is printed is what the event says, to the last minor unit, in both languages.

The values are read before they are typeset, and the file itself by a reader of PDF. Every tenth paper, and
the file of some of those, are tried with the suite; `HYPOTHESIS_PROFILE=deep` tries all, and each file.
"""

import os
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import pytest
import reading
from generated_papers import Generated, papers_of
from papers.sheet import Sheet
from papers.typesetting import sheet_of, typeset_sheet
from papers.values import CreditNotePaper, InvoicePaper, ReceiptPaper

_PAPERS: Final = 10_002
_EACH: Final = 6  # papers of a number
_DEEP: Final = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
_TENTHS: Final = range(10) if _DEEP else range(1)
_TYPESET_EVERY: Final = 10 if _DEEP else 320
_PRINTED: Final = re.compile(r"(−?)(?:[A-Z]{3} |[$€¥])([\d,]+(?:\.\d+)?)")
_DECIMALS: Final = {"JPY": 0, "USD": 2, "KWD": 3, "ISK": 0, "HUF": 2, "EUR": 2}


def minor(text: str, currency: str) -> int:
    """What is printed, in minor units: no decimal more or less than the currency has."""
    printed = _PRINTED.fullmatch(text.replace("\u00a0", " "))
    assert printed, text
    sign, digits = printed.groups()
    assert len(digits.partition(".")[2]) == _DECIMALS[currency], text
    value = int(Decimal(digits.replace(",", "")).scaleb(_DECIMALS[currency]))
    return -value if sign else value


def amounts_of(sheet: Sheet, currency: str) -> list[int]:
    """The rows of the sums; a dash stands where law knows no tax."""
    return [minor(row.amount, currency) for row in sheet.sums if row.amount != "—"]


def expected_sums(paper: Generated) -> list[int]:
    """The rows, from the event alone."""
    match paper:
        case ReceiptPaper():
            return [paper.payment.amount]
        case CreditNotePaper():
            (note,) = paper.invoice.credit_notes
            taxes = [group.tax for group in note.tax_groups]
            net = sum(group.net for group in note.tax_groups)
            return [note.total, *taxes] if paper.invoice.prices_include_tax else [net, *taxes, note.total]
        case InvoicePaper():
            return _sums_of_invoice(paper)


def _sums_of_invoice(paper: InvoicePaper) -> list[int]:
    invoice = paper.invoice
    items = [sum(line.amount for line in invoice.lines)] if invoice.discounts else []
    less = [-discount.amount for discount in invoice.discounts]
    taxes = [group.tax for group in invoice.tax_groups]
    net = sum(group.net for group in invoice.tax_groups)
    charged = [invoice.total, *taxes] if invoice.prices_include_tax else [net, *taxes, invoice.total]
    came = [note.total for note in invoice.credit_notes]
    came += [entry.amount for entry in invoice.recorded_payments]
    came += [payment.amount for payment in paper.payments]
    return [*items, *less, *charged, *(-part for part in came), max(0, invoice.total - sum(came))]


def expected_lines(paper: Generated) -> list[list[int]]:
    """The amounts of each line, from the event alone."""
    match paper:
        case ReceiptPaper():
            return [
                [invoice.total, paper.payment.amount, _left(invoice_paper(paper))]
                for invoice in paper.invoices
            ]
        case CreditNotePaper():
            return [
                [line.unit_price, line.amount] for note in paper.invoice.credit_notes for line in note.lines
            ]
        case InvoicePaper():
            return [[line.unit_price, line.amount] for line in paper.invoice.lines]


def invoice_paper(paper: ReceiptPaper) -> InvoicePaper:
    (invoice,) = paper.invoices
    return InvoicePaper(
        business=paper.business,
        locale=paper.locale,
        as_of=paper.as_of,
        invoice=invoice,
        payments=paper.payments,
    )


def _left(paper: InvoicePaper) -> int:
    return _sums_of_invoice(paper)[-1]


def currency_of(paper: Generated) -> str:
    return paper.payment.currency if isinstance(paper, ReceiptPaper) else paper.invoice.currency


def cells_of(sheet: Sheet, currency: str) -> list[list[int]]:
    return [
        [minor(cell, currency) for cell in line.cells if _PRINTED.fullmatch(cell.replace("\u00a0", " "))]
        for line in sheet.lines
    ]


@pytest.mark.parametrize("tenth", _TENTHS)
def test_what_is_printed_is_what_the_event_says(tenth: int) -> None:
    for number in range(tenth, _PAPERS // _EACH, 10):
        for paper in papers_of(number):
            sheet, currency = sheet_of(paper), currency_of(paper)
            assert amounts_of(sheet, currency) == expected_sums(paper), (number, type(paper).__name__)
            assert cells_of(sheet, currency) == expected_lines(paper), (number, type(paper).__name__)
            if number % _TYPESET_EVERY == tenth:
                _check_file(sheet, expected_sums(paper), currency)


def _check_file(sheet: Sheet, sums: Sequence[int], currency: str) -> None:
    """Another program finds each of the rows in the file, in their order."""
    text = reading.text(typeset_sheet(sheet))
    found = [minor(part.group(), currency) for part in _PRINTED.finditer(text)]
    assert _in_order(sums, found), (sums, found)


def _in_order(wanted: Sequence[int], found: Sequence[int]) -> bool:
    left = iter(found)
    return all(amount in left for amount in wanted)
