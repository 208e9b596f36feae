"""The paper of a refund: what it may be called, what it must show, and when it is void."""

import pytest
import reading
from msgspec.structs import replace
from papers.file_names import refund_file_name
from papers.samples import hikari_invoice, samples
from papers.typesetting import sheet_of, typeset
from papers.values import ReceiptPaper, RefundPaper
from servicehub_events import LoweredTax


def refund_paper(name: str = "refund-ja", **changes: object) -> RefundPaper:
    paper = samples()[name]
    assert isinstance(paper, RefundPaper)
    return replace(paper, **changes)


def test_a_qualified_return_invoice_has_what_japan_asks_for() -> None:
    text = reading.text(typeset(refund_paper()))
    for part in (
        "適格返還請求書",
        "宛名\n高橋 由美 様",
        "ひかり清掃株式会社",
        "登録番号 T1234567890123",
        "返金明細書番号\nCN-000041",
        "返金年月日\n2026年11月25日",
        "請求書 1047",
        "2026年12月12日",  # of the supply
        "10%対象 うち消費税 税込 ¥5,060 ¥460",
        "8%対象※ うち消費税 税込 ¥216 ¥16",
        "※は軽減税率（8%）の対象です。",
    ):
        assert "".join(part.split()) in "".join(text.split()), part
    assert "−" not in text


@pytest.mark.parametrize(
    ("lacking", "changes"),
    [
        ("no T-number", {"issuer": replace(hikari_invoice().issuer, registration_number=None)}),
        ("no day of supply", {"service_on": None}),
        ("tax not in yen", {"currency": "USD"}),
    ],
)
def test_without_what_law_asks_it_is_not_called_qualified(lacking: str, changes: dict[str, object]) -> None:
    sheet = sheet_of(refund_paper(invoices=(replace(hikari_invoice(), **changes),)))
    assert (sheet.title, sheet.subtitle) == ("返金明細書", ""), lacking


def test_a_refund_of_what_was_paid_too_much_names_no_tax() -> None:
    sheet = sheet_of(refund_paper("refund-ja-overpaid"))
    assert (sheet.title, sheet.subtitle, len(sheet.sums)) == ("過入金の返金", "", 1)
    assert sheet.answer.amount == "¥500"


def test_a_refund_that_is_both_says_each_and_adds_up() -> None:
    paper = refund_paper()
    (refund,) = paper.payment.refunds
    more = replace(
        refund,
        amount=refund.amount + 700,
        allocations=(replace(refund.allocations[0], amount=refund.amount + 700),),
    )
    sheet = sheet_of(replace(paper, payment=replace(paper.payment, refunds=(more,))))
    assert [line.cells[-1] for line in sheet.lines] == ["¥5,276", "¥700"]
    assert sheet.answer.amount == "¥5,976"


def test_the_same_rate_of_two_invoices_is_one_row() -> None:
    paper = refund_paper()
    (refund,) = paper.payment.refunds
    assert refund.note
    (price,) = refund.note.lowered
    other = replace(price, invoice_id="inv-2", amount=110, taxes=(LoweredTax(rate="10.0", net=100, tax=10),))
    note = replace(refund.note, lowered=(price, other))
    shares = (*refund.allocations, replace(refund.allocations[0], invoice_id="inv-2", amount=110))
    both = replace(refund, amount=refund.amount + 110, allocations=shares, note=note)
    invoices = (hikari_invoice(), replace(hikari_invoice(), invoice_id="inv-2", number="1048"))
    sheet = sheet_of(replace(paper, payment=replace(paper.payment, refunds=(both,)), invoices=invoices))
    assert [(row.base, row.amount) for row in sheet.sums[1:]] == [
        ("税込 ¥5,170", "¥470"),
        ("税込 ¥216", "¥16"),
    ]


def test_made_out_anew_it_counts_and_voids_the_earlier_one() -> None:
    sheet = sheet_of(refund_paper("refund-ja-overpaid"))
    assert sheet.tags == ("再発行 2通目（2026年11月29日）",)
    assert sheet.notices[0].more == "先に発行した同じ番号の書面は無効とさせていただきます。"


def test_one_that_failed_after_all_is_void() -> None:
    paper = refund_paper()
    (refund,) = paper.payment.refunds
    payment = replace(paper.payment, refunds=(), refund_attempts=(replace(refund, status="failed"),))
    sheet = sheet_of(replace(paper, payment=payment))
    assert (sheet.stamp, sheet.notices[0].text) == ("取消", "この返金は完了しなかったため、本書は無効です。")


def test_without_a_number_there_is_no_paper() -> None:
    paper = refund_paper()
    (refund,) = paper.payment.refunds
    with pytest.raises(ValueError, match="without a paper"):
        typeset(replace(paper, payment=replace(paper.payment, refunds=(replace(refund, note=None),))))


def test_the_receipt_says_which_credit_note_tells_the_tax() -> None:
    receipt = samples()["receipt-ja"]
    assert isinstance(receipt, ReceiptPaper)
    (notice,) = sheet_of(replace(receipt, payment=refund_paper().payment)).notices
    assert notice.more == "返金明細書 CN-000041 をご覧ください。"


def test_its_file_is_named_as_a_bookkeeper_searches() -> None:
    assert refund_file_name(refund_paper()) == "20261125_ひかり清掃_5276_返金明細書CN-000041.pdf"
    assert (
        refund_file_name(refund_paper("refund-en")) == "Credit note CN-000041, Sparkle Home, 2026-11-24.pdf"
    )
