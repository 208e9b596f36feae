"""A file's name says what a bookkeeper searches for, and fits every file system."""

import pytest
from msgspec.structs import replace
from papers.file_names import credit_note_file_name, invoice_file_name, receipt_file_name
from papers.samples import samples
from papers.values import CreditNotePaper, InvoicePaper, ReceiptPaper


def named(sample: str, business: str | None = None) -> str:
    paper = samples()[sample]
    assert isinstance(paper, ReceiptPaper)
    whose = replace(paper.business, name=business or paper.business.name)
    return receipt_file_name(replace(paper, business=whose))


def test_it_names_day_party_amount_and_number() -> None:
    assert named("receipt-en") == "Receipt R-000318, Sparkle Home, 2026-11-20.pdf"
    assert named("receipt-ja") == "20261121_ひかり清掃_5000_領収書R-000318.pdf"


def test_an_invoice_is_named_alike() -> None:
    english, japanese = samples()["invoice-en"], samples()["invoice-ja"]
    assert isinstance(english, InvoicePaper)
    assert isinstance(japanese, InvoicePaper)
    assert invoice_file_name(english) == "Invoice 1047, Sparkle Home, 2026-11-12.pdf"
    assert invoice_file_name(japanese) == "20261112_ひかり清掃_52760_請求書1047.pdf"


def test_a_credit_note_of_the_business_is_named_alike() -> None:
    english, japanese = samples()["credit-note-en"], samples()["credit-note-ja"]
    assert isinstance(english, CreditNotePaper)
    assert isinstance(japanese, CreditNotePaper)
    assert credit_note_file_name(english) == "Credit note CN-000041, Sparkle Home, 2026-12-15.pdf"
    assert credit_note_file_name(japanese) == "20261215_ひかり清掃_8800_返金明細書CN-000041.pdf"


@pytest.mark.parametrize("name", ["../../etc", 'a"b', "C:\\x", "a\r\nSet-Cookie: x", "\u202etxt"])
def test_no_name_leaves_the_folder_or_the_header(name: str) -> None:
    assert not set('/\\:*?"<>|\r\n\u202e') & set(named("receipt-en", name))


def test_a_long_name_is_cut() -> None:
    assert len(named("receipt-en", "字" * 200)) < 80
