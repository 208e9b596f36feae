"""What is owed, why, and every state of an invoice's money."""

from dataclasses import replace
from datetime import date

import listed
import msgspec
import pytest
import servicehub_events as e
from page_samples import (
    DEPOSIT,
    DISPUTED,
    ON_ITS_WAY,
    OVERDUE,
    PART_REFUNDED,
    SETTLED,
    SPARKLE_SEASON,
    US_CONTEXT,
    VOID,
    disputed,
    disputed_twice,
    message,
    ny,
    payment,
    recorded,
    refunded,
    us_invoice,
    view,
)
from page_samples_japan import CLINIC, HIKARI_SEASON, JP_CONTEXT, JP_DEPOSIT, JP_REFUNDED
from portal_read import pages
from portal_read.pages import InvoiceView
from portal_read.pages.list_query import ListPage, ListPlace
from rendered import Page

PAID = payment(SETTLED, 17098, "captured", ny(10, 9, 9))
FLAGGED = msgspec.structs.replace(PAID, review=e.Review(reason="amount"))


def english(shown: InvoiceView) -> Page:
    return Page(pages.invoice(US_CONTEXT, shown))


def test_the_due_panel_sums_what_is_to_pay_now_and_says_what_is_late() -> None:
    page = Page(pages.dashboard(US_CONTEXT, (), (), SPARKLE_SEASON.invoices))
    assert page.says(
        "Amount due", "as of 10:42 AM", "$195.98", "$95.98 of it is overdue since Nov 14.",
        "$170.98 is being processed. Please don’t pay it again.",
        "Regular cleaning, November 3 Invoice 1042 the rest after $75.00 paid Overdue since Nov 14",
        "Deposit, invoice 1047", "Due Nov 28", "$100.00", "2 to pay, 1 processing", "Call (212) 555-0142",
    )  # fmt: skip


def test_japanese_amounts_are_in_whole_yen_with_the_half_width_sign() -> None:
    page = Page(pages.dashboard(JP_CONTEXT, (), (), HIKARI_SEASON.invoices))
    assert page.says(
        "お支払い金額",
        "10:42 現在",
        "¥11,850",
        "うち¥6,850は期限を過ぎています（11月14日期限）。",
        "未払い2件・手続き中1件",
    )
    assert "￥" not in page.html


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ([14], "It is overdue since Nov 14."),
        ([14, 27], "$95.98 of it is overdue since Nov 14."),
        ([14, 6, 27], "$191.96 of it is overdue, the oldest since Nov 6."),
    ],
)
def test_what_is_late_says_how_much_and_since_when_the_oldest(due: list[int], said: str) -> None:
    views = [
        view(msgspec.structs.replace(OVERDUE, invoice_id=f"i-{day}", due_on=date(2026, 11, day)))
        for day in due
    ]
    assert Page(pages.dashboard(US_CONTEXT, (), (), views)).says(said)


def test_what_is_due_is_a_payment_until_a_part_is_paid() -> None:
    untouched = msgspec.structs.replace(OVERDUE, recorded_payments=())
    assert english(view(untouched)).says("Payment due")
    assert english(view(OVERDUE)).says("Balance due")


def test_with_nothing_due_the_panel_thanks_for_the_last_payment() -> None:
    page = Page(pages.dashboard(US_CONTEXT, (), (), (view(SETTLED, PAID),)))
    assert page.says("Nothing due", "Thank you. Your last payment was $170.98 on Oct 9.", "All settled")


def test_amounts_of_two_currencies_are_never_added() -> None:
    yen = msgspec.structs.replace(OVERDUE, invoice_id="i-yen", currency="JPY")
    page = Page(listed.invoices(US_CONTEXT, (view(OVERDUE), view(yen))))
    assert page.says("$95.98", "¥9,598", "$95.98 and ¥9,598 of it is overdue, the oldest since Nov 14.")


def test_there_is_no_pay_button_that_leads_nowhere() -> None:
    for html in (
        pages.dashboard(US_CONTEXT, (), (), SPARKLE_SEASON.invoices),
        pages.invoice(US_CONTEXT, view(OVERDUE)),
    ):
        assert "Pay $" not in Page(html).text
        assert not any("billing" in action for action in Page(html).all("form", "action"))


@pytest.mark.parametrize(
    ("shown", "in_english", "in_japanese"),
    [
        (view(us_invoice(1, date(2026, 11, 28), (100, 9))), "Due Nov 28", "11月28日まで"),
        (view(OVERDUE), "Overdue since Nov 14", "11月14日の期限を過ぎています"),
        (view(OVERDUE), "Part paid", "一部入金"),
        (view(DEPOSIT), "Deposit of $120.00 due Nov 28", "予約金$120.00（11月28日まで）"),
        (view(ON_ITS_WAY, payment(ON_ITS_WAY, 17098, "processing", ny(11, 19, 9))), "Processing", "手続き中"),
        (view(SETTLED, FLAGGED), "Payment being checked", "お支払いを確認中"),
        (view(SETTLED, PAID), "Paid Oct 9", "支払い済み 10月9日"),
        (view(SETTLED, disputed(PAID)), "Disputed with your bank", "カード会社で確認中"),
        (view(SETTLED, refunded(PAID, 17098, ny(10, 12, 9))), "Refunded", "返金済み"),
        (view(SETTLED, refunded(PAID, 2400, ny(10, 12, 9))), "Part refunded, $24.00", "一部返金 $24.00"),
        (
            view(SETTLED, payment(SETTLED, 20000, "captured", ny(10, 9, 9))),
            "credit of $29.02",
            "お預かり$29.02",
        ),
        (view(VOID), "Void, nothing to pay", "取消 お支払い不要"),
        (
            view(us_invoice(2, date(2026, 9, 1), (100, 9), status="uncollectible")),
            "Closed, nothing to pay",
            "処理終了 お支払い不要",
        ),
    ],
)
def test_every_state_of_the_money_is_an_icon_and_words(
    shown: InvoiceView, in_english: str, in_japanese: str
) -> None:
    for locale, expected in (("en", in_english), ("ja", in_japanese)):
        html = listed.invoices(replace(US_CONTEXT, locale=locale), (shown,))
        assert Page(html).says(expected)
        assert 'class="tag' in html


def test_the_invoice_explains_its_amount_from_the_lines_to_what_is_left() -> None:
    page = Page(pages.invoice(US_CONTEXT, SPARKLE_SEASON.invoices[1]))
    assert page.says(
        "Left to pay", "$469.94", "Deposit of $100.00 by Nov 28.", "The rest is due Dec 12.",
        "6 × $65.00", "2 × $15.00 · no tax", "Before tax $480.00", "Tax 8.875% on $450.00 $39.94",
        "Tax 0% on $30.00 $0.00", "Total with tax $519.94", "Paid so far −$50.00",
        "Billed to Hannah Whitfield", "From Sparkle Home LLC", "9 Water Street, Brooklyn",
        "Invoice date November 12, 2026", "Bring the spare key, please.",
    )  # fmt: skip
    assert {"col", "row"} == set(page.all("th", "scope"))


def test_the_timeline_counts_down_in_the_order_things_happened() -> None:
    page = Page(pages.invoice(US_CONTEXT, SPARKLE_SEASON.invoices[1]))
    told = page.text[page.text.index("Payments and changes") :]
    order = ["Invoice sent", "$30.00 in cash", "left $489.94", "$20.00 by Visa ending 4242", "left $469.94",
             "Deposit due, $100.00", "Balance due"]  # fmt: skip
    assert [told.index(step) for step in order] == sorted(told.index(step) for step in order)


def test_the_timeline_says_where_the_invoice_went_and_what_did_not_arrive() -> None:
    shown = replace(
        view(OVERDUE),
        messages=(
            message("invoice_overdue", ny(11, 17, 9)),
            message("invoice_issued", ny(11, 1, 9)),
            message("invoice_issued", ny(11, 2, 9), "…0142", "twilio_30006"),
            message("invoice_changed", ny(11, 3, 9), "…0143", "unanswered"),
            message("invoice_changed", ny(11, 4, 9), None, "expired"),
        ),
    )
    page = english(shown)
    assert page.says(
        "Sent to h…@mail.example", "Nov 1, 9:00 AM", "Could not be delivered to …0142", "Invoice",
        "Nov 2, 9:00 AM", "Reminder sent to h…@mail.example", "Nov 17, 9:00 AM",
    )  # fmt: skip
    told = page.text[page.text.index("Payments and changes") :]
    assert told.index("Sent to h…") < told.index("delivered to …0142") < told.index("Reminder sent")
    assert "Invoice sent" not in told  # its message says so
    assert "…0143" not in told  # of which nobody knows
    japanese = Page(pages.invoice(replace(US_CONTEXT, locale="ja"), shown))
    assert japanese.says("請求書を送付 h…@mail.example", "…0142 へお届けできませんでした", "請求書")
    assert japanese.says("お支払期限のお知らせを送付 h…@mail.example")


def test_who_was_told_by_nobody_here_reads_the_day_of_the_invoice() -> None:
    assert english(replace(view(OVERDUE), messages=(message("invoice_overdue", ny(11, 17, 9)),))).says(
        "Invoice sent"
    )


def test_an_echo_of_a_portal_payment_is_not_told_twice() -> None:
    echo = e.RecordedPayment(
        id="r-9", method="other", amount=17098, received_on=date(2026, 10, 9), portal_payment_id="p"
    )
    page = english(view(msgspec.structs.replace(SETTLED, recorded_payments=(echo,)), PAID))
    assert page.text.count("$170.98 by Visa ending 4242") == 1
    assert "Recorded by" not in page.text


def test_failures_refunds_and_disputes_are_told_calmly() -> None:
    failed = payment(OVERDUE, 9598, "failed", ny(11, 15, 9))
    assert english(view(OVERDUE, failed)).says("It didn’t go through. Nothing was charged.")
    assert english(view(SETTLED, refunded(PAID, 2400, ny(10, 12, 9)))).says(
        "$24.00 refunded", "Oct 12, 9:00 AM"
    )
    assert english(view(SETTLED, disputed(PAID, "lost"))).says("Your bank took this payment back.")
    twice = english(view(SETTLED, disputed_twice(PAID, "lost")))
    assert twice.says(
        "Your bank took back $34.18 of what was paid.", "Your bank took back $34.18 of this payment."
    )
    assert english(view(DISPUTED, disputed(payment(DISPUTED, 13065, "captured", ny(9, 12, 9))))).says(
        "Your bank is reviewing this payment. There is nothing to do until they answer."
    )
    assert english(view(SETTLED, FLAGGED)).says("We’re checking this payment.")
    abandoned = payment(OVERDUE, 9598, "started", ny(11, 15, 9))
    assert "Visa" not in english(view(OVERDUE, abandoned)).text


def test_a_qualified_invoice_shows_what_japanese_law_asks_for() -> None:
    page = Page(pages.invoice(JP_CONTEXT, view(JP_DEPOSIT)))
    assert page.says(
        "宛名 高橋 由美 様", "登録番号 T1234567890123", "請求日 2026年11月12日",
        "金額（税抜）", "飲料水 2L×6本 ※",
        "10%対象 ¥46,000（消費税） ¥4,600", "8%対象※ ¥2,000（消費税） ¥160", "合計（税込） ¥52,760",
        "※は軽減税率（8%）の対象です。", "ひかり清掃が入金を確認",
    )  # fmt: skip


def test_organisations_are_addressed_as_such_and_the_recipient_goes_before_the_customer() -> None:
    ctx = replace(JP_CONTEXT, customer=CLINIC)
    assert Page(pages.invoice(ctx, view(JP_DEPOSIT))).says("高橋歯科医院 御中")
    recipient = e.Recipient(name="医療法人 高橋会", address="東京都杉並区1-1")
    page = Page(pages.invoice(ctx, view(msgspec.structs.replace(JP_DEPOSIT, recipient=recipient))))
    assert page.says("医療法人 高橋会 御中", "東京都杉並区1-1")


def test_prices_that_include_tax_say_so() -> None:
    inclusive = msgspec.structs.replace(JP_REFUNDED, prices_include_tax=True)
    assert Page(pages.invoice(JP_CONTEXT, view(inclusive))).says("金額（税込）")


def test_a_konbini_voucher_shows_its_deadline() -> None:
    assert Page(listed.invoices(JP_CONTEXT, HIKARI_SEASON.invoices)).says("コンビニ払い 11月22日 23:59まで")


def test_older_invoices_are_a_link_away_and_not_counted() -> None:
    unpaid = [one for one in SPARKLE_SEASON.invoices if one.money.amount_due > 0]
    settled = [one for one in SPARKLE_SEASON.invoices if one.money.amount_due == 0]
    on = ListPlace("before", "2026-10-30", "i-1012")
    page = Page(pages.invoices(US_CONTEXT, unpaid, ListPage(unpaid), ListPage(settled, None, on)))
    assert "/portal/sparkle-home/invoices?before=2026-10-30&id=i-1012" in page.all("a", "href")
    assert page.says("2 to pay, 1 processing")
    assert "settled" not in page.text


def test_settled_and_unpaid_are_two_lists_with_counts() -> None:
    page = Page(listed.invoices(US_CONTEXT, SPARKLE_SEASON.invoices))
    assert page.says("2 to pay, 1 processing, 4 settled", "Invoice 1024, of $170.98", "$146.98")


def test_money_recorded_on_a_portal_day_and_a_discount_are_shown_with_a_minus() -> None:
    discount = e.Discount(description="Loyalty", amount=1000, tax_rate="8.875")
    invoice = msgspec.structs.replace(
        PART_REFUNDED,
        discounts=(discount,),
        recorded_payments=(recorded("r", "transfer", 500, date(2026, 10, 1)),),
    )
    assert english(view(invoice)).says("Loyalty", "−$10.00", "$5.00 by bank transfer")
