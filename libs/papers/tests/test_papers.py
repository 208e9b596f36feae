"""What a paper may be called, what it must show, and which paper is not made."""

from datetime import date

import pytest
import reading
from msgspec.structs import replace
from papers.file_names import receipt_file_name
from papers.samples import NOW, hikari, hikari_invoice, paid, samples
from papers.typesetting import sheet_of, typeset
from papers.values import InvoicePaper, PaperLocale, ReceiptPaper
from servicehub_events import (
    Dispute,
    Invoice,
    Payment,
    PaymentStatus,
    Refund,
    Review,
    Share,
    Taken,
    Tip,
    TipRefund,
    Voiding,
)

DAY = date(2026, 11, 18)


def receipt(**changes: object) -> ReceiptPaper:
    paper = samples()["receipt-ja"]
    assert isinstance(paper, ReceiptPaper)
    return replace(paper, **changes)


def of_invoice(invoice: Invoice, locale: PaperLocale = "ja") -> InvoicePaper:
    return InvoicePaper(business=hikari(), locale=locale, as_of=NOW, invoice=invoice)


# What it may be called
@pytest.mark.parametrize(
    ("lacking", "changes"),
    [
        ("no T-number", {"issuer": replace(hikari_invoice().issuer, registration_number=None)}),
        ("no day of supply", {"service_on": None}),
        ("tax not in yen", {"currency": "USD"}),
    ],
)
def test_an_invoice_that_lacks_what_law_asks_is_not_called_qualified(
    lacking: str, changes: dict[str, object]
) -> None:
    sheet = sheet_of(of_invoice(replace(hikari_invoice(), **changes)))
    assert (sheet.subtitle, sheet.properties.keywords) == ("", ("請求書", "1047")), lacking


def test_a_qualified_invoice_names_its_number_the_day_of_supply_and_tax_for_each_rate() -> None:
    text = reading.text(typeset(of_invoice(hikari_invoice())))
    for part in (
        "適格請求書",
        "登録番号 T1234567890123",
        "取引年月日\n2026年12月12日",
        "10%対象 消費税 税抜 ¥46,000 ¥4,600",
        "8%対象※ 消費税 税抜 ¥2,000 ¥160",
        "飲料水 2L×6本※",
        "※は軽減税率（8%）の対象です。",
    ):
        assert part in text


def test_days_of_supply_of_the_lines_are_those_of_the_invoice() -> None:
    bill = hikari_invoice()
    lines = tuple(replace(line, service_on=DAY) for line in bill.lines)
    sheet = sheet_of(of_invoice(replace(bill, service_on=None, lines=lines)))
    assert sheet.subtitle == "適格請求書"
    assert ("取引年月日", "2026年11月18日") in sheet.answer.facts


def test_prices_with_tax_are_followed_by_the_tax_they_include() -> None:
    bill = replace(hikari_invoice(), prices_include_tax=True)
    labels = [row.label for row in sheet_of(of_invoice(bill)).sums]
    assert labels[:3] == ["合計（税込）", "10%対象 うち消費税", "8%対象※ うち消費税"]


def test_a_void_invoice_says_so_and_asks_for_nothing() -> None:
    void = replace(hikari_invoice(), status="void", voiding=Voiding(on=DAY))
    sheet = sheet_of(of_invoice(void))
    assert (sheet.stamp, sheet.answer.amount, sheet.notes) == ("取消", "¥0", ())
    assert sheet.notices[0].text == "2026年11月18日に取り消しました。"


# Receipts
@pytest.mark.parametrize("status", ["started", "processing", "failed", "expired"])
def test_there_is_no_receipt_before_the_money_is_there(status: PaymentStatus) -> None:
    with pytest.raises(ValueError, match="not there"):
        typeset(receipt(payment=replace(receipt().payment, status=status)))


def test_there_is_no_receipt_of_money_that_is_checked_or_is_not_what_was_asked_for() -> None:
    payment = receipt().payment
    another = Taken(amount=4000, currency="JPY")
    for changed in (replace(payment, review=Review(reason="amount")), replace(payment, taken=another)):
        with pytest.raises(ValueError, match="not there"):
            typeset(receipt(payment=changed))


def test_a_receipt_has_addressee_purpose_issuer_number_day_and_method() -> None:
    text = reading.text(typeset(receipt()))
    for part in (
        "宛名\n高橋 由美 様",
        "但し、清掃サービス代（請求書 1047）として",
        "上記の金額を正に領収いたしました。",
        "ひかり清掃株式会社",
        "登録番号 T1234567890123",
        "領収書番号\nR-000318",
        "領収日\n2026年11月21日",
        "お支払い方法\nVisa（末尾4242）",
        "クレジットカード利用",
        "収入印紙の貼付は不要です。",
    ):
        assert squeezed(part) in squeezed(text)


def test_a_receipt_made_out_anew_counts_and_voids_the_earlier_one() -> None:
    text = reading.text(typeset(samples()["receipt-ja-copy-2"]))
    assert "再発行 2通目（2026年11月29日）" in text
    assert "先に発行した同じ番号の領収書は無効とさせていただきます。" in text
    assert "再発行" not in reading.text(typeset(receipt()))


def test_only_an_invoice_that_is_settled_whole_tells_its_tax_on_the_receipt() -> None:
    part, whole = receipt(), receipt(payment=paid(hikari_invoice(), 52760))
    assert sheet_of(part).lines[0].detail == ""
    assert sheet_of(whole).lines[0].detail == "うち消費税 ¥4,760"


def test_what_left_the_payment_again_is_told_and_the_amount_stays() -> None:
    payment = receipt().payment
    share = (Share(invoice_id="inv-1047", amount=500),)
    back = Refund(refund_id="re-1", amount=500, allocations=share, at=NOW)

    def told(changed: Payment) -> list[str]:
        sheet = sheet_of(receipt(payment=changed))
        assert sheet.answer.amount == "¥5,000"
        return [notice.text for notice in sheet.notices]

    lost = Dispute(status="lost", amount=500, allocations=share)
    assert told(replace(payment, refunds=(back,))) == ["2026年11月29日に¥500を返金しました。"]
    assert told(replace(payment, dispute=replace(lost, status="open"))) == [
        "このうち¥500について、カード会社で確認中です。"
    ]
    assert told(replace(payment, dispute=lost)) == [
        "このうち¥500は、カード会社により返金されました（チャージバック）。"
    ]
    assert told(replace(payment, dispute=replace(lost, status="won"))) == []


def test_a_tip_is_a_row_of_the_receipt_and_of_its_sum() -> None:
    bill = hikari_invoice()
    payment = replace(paid(bill, 5000), tip=Tip(amount=1000))
    text = squeezed(reading.text(typeset(receipt(payment=payment, invoices=(bill,)))))
    for part in ("¥6,000", "チップ", "ご請求額には含まれません。", "¥1,000", "¥5,000"):
        assert part in text
    whole = reading.text(typeset(receipt(payment=payment, invoices=(bill,), locale="en")))
    assert "Not part of an invoice." in whole
    assert receipt_file_name(receipt(payment=payment)).split("_")[2] == "6000"


def test_a_receipt_tells_of_a_refund_with_the_tip_in_it() -> None:
    back = TipRefund(refund_id="re-1", amount=1000, at=NOW, status="succeeded")
    share = Share(invoice_id=hikari_invoice().invoice_id, amount=2000)
    refund = Refund(refund_id="re-1", amount=2000, allocations=(share,), at=NOW)
    tipped = replace(paid(hikari_invoice(), 5000), tip=Tip(amount=1000, refunds=(back,)), refunds=(refund,))
    assert "¥3,000" in sheet_of(receipt(payment=tipped)).notices[0].text


def squeezed(text: str) -> str:
    return "".join(text.split())
