"""What is printed is what the event says, to the last unit, as a reader of PDF finds it."""

import reading
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from papers.samples import NOW, paid, samples, sparkle
from papers.typesetting import typeset
from papers.values import CreditNotePaper, InvoicePaper, ReceiptPaper
from servicehub_events import Invoice, invoice_money
from servicehub_events_tools.testing.strategies_invoice import invoices

TOTAL = "Total with tax "


def named_plainly(invoice: Invoice) -> Invoice:
    """Without words that could be read as a row of the sums."""
    lines = tuple(replace(line, description=f"Line {n}", unit=None) for n, line in enumerate(invoice.lines))
    recorded = tuple(
        replace(entry, means=None, means_name=None, credit_of=None) for entry in invoice.recorded_payments
    )
    withheld = tuple(replace(part, name=None) for part in invoice.withholdings)
    notes = tuple(replace(note, number="CN-1") for note in invoice.credit_notes)
    discounts = tuple(replace(discount, description="Less") for discount in invoice.discounts)
    return replace(
        invoice,
        lines=lines,
        recorded_payments=recorded,
        withholdings=withheld,
        credit_notes=notes,
        discounts=discounts,
    )


plain_invoices = invoices().map(named_plainly)


def taxes(invoice: Invoice) -> list[int | None]:
    """Each tax in the order of the groups; None where law knows none."""
    untaxed = (None, "standard", "zero_rated")
    return [
        tax
        for group in invoice.tax_groups
        for tax in (
            [share.tax for share in group.taxes]
            or [group.tax if float(group.rate) or group.category in untaxed else None]
        )
    ]


@given(plain_invoices)
def test_net_and_each_tax_and_the_total_are_those_of_the_event(invoice: Invoice) -> None:
    pdf = typeset(InvoicePaper(business=sparkle(), locale="en", as_of=NOW, invoice=invoice))
    rows = reading.text(pdf).splitlines()
    if invoice.prices_include_tax:
        start = max(index for index, row in enumerate(rows) if TOTAL in row)
        printed = list(reading.amounts(rows[start:], invoice.currency))
        assert printed[: 1 + len(taxes(invoice))] == [invoice.total, *taxes(invoice)]
    else:
        printed = list(reading.amounts(reading.between(rows, "Before tax ", TOTAL), invoice.currency))
        net = sum(group.net for group in invoice.tax_groups)
        assert printed == [net, *taxes(invoice), invoice.total]
        assert sum(amount or 0 for amount in printed[:-1]) == printed[-1]


@given(plain_invoices)
def test_every_line_is_printed_with_its_amount(invoice: Invoice) -> None:
    pdf = typeset(InvoicePaper(business=sparkle(), locale="en", as_of=NOW, invoice=invoice))
    rows = [row for row in reading.text(pdf).splitlines() if row.startswith("Line ")]
    assert list(reading.amounts(rows, invoice.currency)) == [line.amount for line in invoice.lines]


@given(plain_invoices, st.integers(1, 10**9))
def test_the_rows_below_the_total_lead_to_what_is_left(invoice: Invoice, amount: int) -> None:
    invoice = replace(invoice, status="open", voiding=None, prices_include_tax=False)
    payments = (paid(invoice, amount),)
    pdf = typeset(
        InvoicePaper(business=sparkle(), locale="en", as_of=NOW, invoice=invoice, payments=payments)
    )
    rows = reading.text(pdf).splitlines()
    below = reading.between(rows, TOTAL, "Left to pay ")
    printed = [value or 0 for value in reading.amounts(below, invoice.currency)]
    assert printed[-1] == invoice_money(invoice, payments).amount_due == max(0, sum(printed[:-1]))


def test_a_credit_note_says_positive_amounts_that_add_up() -> None:
    for locale, net, tax, total in (("en", "$60.00", "$5.32", "$65.32"), ("ja", "¥8,000", "¥800", "¥8,800")):
        paper = samples()[f"credit-note-{locale}"]
        assert isinstance(paper, CreditNotePaper)
        text = reading.text(typeset(paper))
        assert "−" not in text
        assert all(amount in text for amount in (net, tax, total))


def test_a_receipt_says_what_was_received_and_what_is_left_of_each_invoice() -> None:
    paper = samples()["receipt-en"]
    assert isinstance(paper, ReceiptPaper)
    text = reading.text(typeset(paper))
    assert "Amount paid\n$100.00" in text
    assert "Invoice 1047, Deep clean November 12, 2026 $519.94 $100.00 $389.94" in text
