"""What is said of a payment, to the letter: a mail and a text of each kind, in both languages."""

from dataclasses import replace as with_parts

import pytest
from msgspec.structs import replace
from notifier.domain.kinds import KINDS, PaymentKind, is_of_payment
from notifier.messages import sms
from notifier.messages.payment_words import PaymentNews
from notifier.messages.payments import payment_email, payment_sms
from notifier.messages.style import MessageStyle
from payment_news import BY_CARD, OPEN, PAID, SAMPLES, news_of
from servicehub_events import Support
from servicehub_events_tools.testing import samples

ORIGIN = "https://my.mail.example"
HIKARI = replace(samples.business(), name="ひかり清掃", slug="hikari", support=Support(phone="+81300000142"))
OF_PAYMENTS: list[PaymentKind] = [kind for kind in KINDS if is_of_payment(kind)]
LOCALES = ("en", "ja")


def style(locale: str, **changes: object) -> MessageStyle:
    return MessageStyle.of(replace(HIKARI, **changes), locale, ORIGIN)


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


SUBJECTS = {
    "voucher_issued": ("Pay at the store by November 22", "コンビニでのお支払いは11月22日までです"),
    "voucher_reminder": (
        "Pay at the store by tomorrow, November 22",
        "コンビニでのお支払いは明日11月22日までです",
    ),
    "voucher_lapsed": (
        "Store code expired: invoice 1039 still open",
        "コンビニでのお支払期限が過ぎました（請求書1039）",
    ),
    "voucher_called_off": (
        "Please don’t pay the store code any more",
        "コンビニでお支払いにならないでください",
    ),
    "payment_failed": (
        "Payment for invoice 1039 did not go through",
        "請求書1039のお支払いができませんでした",
    ),
    "payment_being_checked": (
        "We are checking your payment for invoice 1039",
        "請求書1039のお支払いを確認しています",
    ),
    "payment_cleared": (
        "Your payment for invoice 1039 is checked",
        "請求書1039のお支払いの確認が終わりました",
    ),
    "refund_made": ("Your refund for invoice 1039 is on its way", "請求書1039の返金手続きをしました"),
    "refund_failed": ("The refund for invoice 1039 failed", "請求書1039の返金ができませんでした"),
    "dispute_opened": ("Your bank is checking invoice 1039", "請求書1039をカード会社が確認しています"),
    "dispute_won": ("Your payment for invoice 1039 stands", "請求書1039のお支払いが確認されました"),
    "dispute_lost": (
        "Your bank returns the money for invoice 1039",
        "請求書1039はカード会社から返金されます",
    ),
}


@pytest.mark.parametrize("kind", [kind for kind in OF_PAYMENTS if kind != "receipt"])
def test_a_subject_says_what_happened_in_the_room_of_a_lock_screen(kind: PaymentKind) -> None:
    for locale, expected, room in zip(LOCALES, SUBJECTS[kind], (45, 24), strict=True):
        subject = plain(payment_email(kind, style(locale), news_of(kind)).subject)
        assert subject == expected
        half_width = sum(character.isascii() for character in subject)
        assert len(subject) - (half_width / 2 if locale == "ja" else 0) <= room
        assert "¥" not in subject


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", OF_PAYMENTS)
def test_a_text_is_one_part_and_begins_with_who_writes(kind: PaymentKind, locale: str) -> None:
    text = payment_sms(kind, style(locale), news_of(kind))
    assert sms.is_one_part(text), (len(text), text)
    assert text.startswith("【ひかり清掃】" if locale == "ja" else "Hikari: ")
    assert sms.is_gsm(text) == (locale == "en")


@pytest.mark.parametrize("name", ["x" * 200, "清" * 200, "A [very] {long} name €" * 9])
@pytest.mark.parametrize("kind", OF_PAYMENTS)
def test_however_long_a_name_its_text_is_one_part(kind: PaymentKind, name: str) -> None:
    for locale in LOCALES:
        assert sms.is_one_part(payment_sms(kind, style(locale, name=name), news_of(kind)))


def test_what_is_in_the_extension_of_gsm_counts_twice() -> None:
    assert sms.septets("{€}") == 6
    assert sms.is_one_part("é" * 160)
    assert not sms.is_one_part("[" * 81)
    assert sms.is_one_part("清" * 70)
    assert not sms.is_one_part("清" * 71)


def test_a_voucher_names_amount_and_deadline_and_leads_to_its_numbers() -> None:
    english = payment_email("voucher_issued", style("en"), news_of("voucher_issued"))
    assert (
        "Please pay ¥14,850 at a convenience store by Sunday, November 22, 11:59 PM."
        " The invoice is not paid until then."
    ) in plain(english.text)
    assert "Show how to pay\nhttps://payments.example/voucher/1039\n" in english.text
    japanese = payment_email("voucher_issued", style("ja"), news_of("voucher_issued"))
    assert "コンビニで¥14,850をお支払いください。期限は11月22日(日)23:59です。" in plain(japanese.text)
    assert "お支払期限：11月22日(日)23:59\n" in plain(japanese.text)


def test_a_deadline_names_japan_where_the_business_has_another_time() -> None:
    away = style("en", time_zone="America/New_York")
    text = plain(payment_email("voucher_issued", away, news_of("voucher_issued")).text)
    assert "Sunday, November 22, 11:59 PM, Japan time" in text


def test_a_voucher_is_called_off_with_its_reason_and_its_code_is_struck_out() -> None:
    void = replace(OPEN, status="void", left=0)
    lowered = replace(OPEN, left=10000)
    for standing, reason in (
        (PAID, "invoice 1039 has been paid."),
        (void, "invoice 1039 has been cancelled."),
        (lowered, "you began to pay another way, or what you owe has changed."),
    ):
        mail = payment_email("voucher_called_off", style("en"), news_of("voucher_called_off", standing))
        assert f"Please don’t use the store code any more: {reason}" in mail.text
        assert "<s>¥14,850</s>" in mail.html


@pytest.mark.parametrize("kind", ["voucher_lapsed", "payment_failed"])
def test_what_is_still_to_pay_is_what_others_left_of_it(kind: PaymentKind) -> None:
    mail = payment_email(kind, style("en"), news_of(kind, replace(OPEN, left=4850)))
    assert "Still to pay: ¥4,850\n" in mail.text
    assert "Pay ¥4,850\nhttps://my.mail.example/portal/hikari/invoices/in-1\n" in mail.text
    assert "¥14,850" in mail.text


def test_what_was_taken_stands_beside_what_was_asked() -> None:
    text = payment_email("payment_being_checked", style("en"), news_of("payment_being_checked")).text
    assert "Taken: ¥14,580\nAsked: ¥14,850\n" in text


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ("accepted", "We have checked your payment of ¥14,850, and it counts. Thank you."),
        ("refunded", "and sent it back to your Visa ending in 4242."),
        ("released", "it does not count towards invoice 1039."),
    ],
)
def test_a_check_ends_as_it_was_decided(decision: str, sentence: str) -> None:
    news = news_of("payment_cleared")
    decided = PaymentNews(
        news.payment_id, replace(news.payment, clearing=decision), "", news.invoices, news.now
    )
    assert sentence in payment_email("payment_cleared", style("en"), decided).text


def test_days_of_a_bank_are_promised_for_a_card_alone() -> None:
    by_card = payment_email("refund_made", style("en"), news_of("refund_made")).text
    assert "We are refunding ¥2,200 to your Visa ending in 4242. Banks usually show it within 5" in by_card
    news = news_of("refund_made")
    paypay = replace(news.payment, method=replace(BY_CARD.method or pytest.fail(), type="paypay"))
    other = PaymentNews(news.payment_id, paypay, news.reversal_id, news.invoices, news.now)
    text = payment_email("refund_made", style("en"), other).text
    assert "We have refunded ¥2,200 for invoice 1039." in text
    assert "business days" not in text


@pytest.mark.parametrize(
    ("paper", "english", "japanese"),
    [
        ({"credit_note": "CN-000041"}, "Credit note: CN-000041\n", "返金明細書：CN-000041\n"),
        ({"note": "RF-000007"}, "Refund number: RF-000007\n", "返金番号：RF-000007\n"),
    ],
)
def test_a_refund_names_its_paper_and_leads_to_it(paper: dict[str, str], english: str, japanese: str) -> None:
    refund = replace(SAMPLES["refund_made"].refunds[0], **paper)
    news = with_parts(news_of("refund_made"), payment=replace(SAMPLES["refund_made"], refunds=(refund,)))
    for locale, row in (("en", english), ("ja", japanese)):
        text = payment_email("refund_made", style(locale), news).text
        assert row in text
        assert "/result/" in text
    failed = with_parts(news, payment=replace(SAMPLES["refund_failed"], failed_refunds=(refund,)))
    assert english not in payment_email("refund_failed", style("en"), failed).text


def test_a_refund_that_failed_leads_to_the_phone() -> None:
    mail = payment_email("refund_failed", style("en"), news_of("refund_failed"))
    assert "tel:+81300000142" in mail.text


def test_nothing_is_owed_on_what_the_bank_took_back_only_where_nothing_else_is() -> None:
    settled = payment_email("dispute_lost", style("en"), news_of("dispute_lost")).text
    assert "Nothing is owed on invoice 1039." in settled
    more = payment_email("dispute_lost", style("en"), news_of("dispute_lost", replace(OPEN, left=20000))).text
    assert "owed" not in more


def test_several_invoices_are_named_in_a_sentence_and_counted_in_a_subject() -> None:
    news = news_of("payment_failed", OPEN, replace(OPEN, invoice_id="in-2", number="1040"))
    both = replace(SAMPLES["payment_failed"], invoice_ids=("in-1", "in-2"))
    mail = payment_email(
        "payment_failed", style("en"), PaymentNews("pa-1", both, "", news.invoices, news.now)
    )
    assert mail.subject == "Payment for 2 invoices did not go through"
    assert "invoices 1039 and 1040 are still open." in mail.text


def test_what_a_business_typed_is_escaped() -> None:
    number = replace(OPEN, number="<b>1039</b>")
    html = payment_email("dispute_opened", style("en"), news_of("dispute_opened", number)).html
    assert "<b>1039" not in html
    assert "&lt;b&gt;1039" in html
