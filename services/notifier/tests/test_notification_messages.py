"""What the mails say: times of the visit's zone, money of its currency, links without a token."""

import dataclasses
import re
from datetime import date, timedelta
from email.headerregistry import Address
from html import unescape
from typing import get_args

import msgspec
import pytest
from chassis.words.catalogue import words
from chassis.words.languages import LOCALES
from invoice_samples import NEWS
from message_samples import SAMPLES
from msgspec.structs import replace
from notification_samples import appointment, invoice, payment
from notifier.domain.asking import InvoiceBalance
from notifier.domain.autopay_facts import autopay_facts, autopay_still_true
from notifier.domain.facts import InvoiceFacts, PaymentFacts, source_of
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import KINDS, AutopayKind, MessageKind, VisitKind, is_of_payment, is_of_visit
from notifier.messages import sms
from notifier.messages.autopay import AutopayNews, autopay_email, autopay_sms
from notifier.messages.email import EmailText
from notifier.messages.invoice_reminders import invoice_reminder_email
from notifier.messages.invoices import InvoiceNews, invoice_email
from notifier.messages.notifications import receipt_email
from notifier.messages.payments import payment_email
from notifier.messages.style import MessageStyle
from notifier.messages.templates import LOCALE_DIRECTORY
from notifier.messages.visit_reminders import visit_reminder_email
from notifier.messages.visits import visits_email, visits_sms
from payment_news import news_of
from reminder_news import invoice_news, reminded_visits
from servicehub_events import AppointmentRescheduled, ArrivalWindow, FormerWindow, Method, Tip, Window
from servicehub_events_tools.testing import samples
from visit_samples import visit_facts, visit_news

ORIGIN = "https://portal.example.com"
TODAY = date(2026, 11, 21)
_LINK = re.compile(r"https?://[^\s\"<]+")


def style(locale: str, **changes: object) -> MessageStyle:
    return MessageStyle.of(replace(samples.business(), **changes), locale, ORIGIN)


def style_with(locale: str, stop_url: str) -> MessageStyle:
    return dataclasses.replace(style(locale), stop_url=stop_url)


def appointment_text(kind: VisitKind, locale: str, **changes: object) -> EmailText:
    return visits_email(style(locale), visit_news(kind, visit_facts(AppointmentRescheduled, **changes)))


def invoice_text(locale: str, **changes: object) -> EmailText:
    source = source_of(invoice(**changes))
    assert source is not None
    assert isinstance(source.facts, InvoiceFacts)
    facts = source.facts
    balance = InvoiceBalance(left=facts.amount_due, deposit=facts.deposit or 0)
    news = InvoiceNews("invoice_issued", "in-1", facts, balance, None, None, TODAY)
    return invoice_email(style(locale), news)


def receipt_text(locale: str, country: str = "JP", **changes: object) -> EmailText:
    source = source_of(payment(**changes))
    assert source is not None
    assert isinstance(source.facts, PaymentFacts)
    return receipt_email(style(locale, country=country), "pa-1", source.facts, ["A-1", "A-2"])


def autopay_news(**changes: object) -> AutopayNews:
    """The sample's charge of invoice A-1; `changes` are of that charge."""
    facts = autopay_facts(samples.autopay())
    charges = tuple(
        msgspec.structs.replace(charge, **changes) if charge.invoice_id == "in-1" else charge
        for charge in facts.charges
    )
    unpaid = InvoiceStanding(invoice_id="in-1", number="A-1", status="open", left=9500)
    return AutopayNews(msgspec.structs.replace(facts, charges=charges), "in-1", [unpaid])


def text_of(kind: MessageKind, locale: str) -> EmailText:
    if is_of_visit(kind):
        return appointment_text(kind, locale)
    match kind:
        case "request_received" | "request_answered" | "request_withdrawn":
            return SAMPLES[kind](style(locale)).email
        case "access_opened" | "address_changed":
            return SAMPLES[kind](style(locale)).email
        case "invoice_issued" | "deposit_asked" | "invoice_changed" | "invoice_voided" | "credit_note":
            return invoice_email(style(locale), NEWS[kind])
        case "receipt":
            return receipt_text(locale)
        case "autopay_changed" | "autopay_notice" | "autopay_declined":
            return autopay_email(kind, style(locale), autopay_news())
        case "visit_reminder":
            return visit_reminder_email(style(locale), reminded_visits())
        case "invoice_due_soon" | "invoice_overdue":
            return invoice_reminder_email(kind, style(locale), invoice_news())
        case _:
            assert is_of_payment(kind)
            return payment_email(kind, style(locale), news_of(kind))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2060", "")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", get_args(MessageKind))
def test_each_kind_is_a_whole_mail_in_every_language(kind: MessageKind, locale: str) -> None:
    mail = text_of(kind, locale)
    assert mail.subject
    assert "Sample Business" in mail.text
    assert f'<html lang="{locale}">' in mail.html


def test_a_visit_is_told_in_its_own_zone_with_its_weekday() -> None:
    start = appointment().window.start.replace(hour=23, minute=30)
    window = Window(start=start, end=start + timedelta(hours=1), time_zone="America/New_York")
    assert "Wednesday, November 25, 6:30 – 7:30 PM, New York time" in plain(
        appointment_text("visit_confirmed", "en", window=window).text
    )
    tokyo = replace(window, time_zone="Asia/Tokyo")
    assert "11月26日(木)8:30〜9:30に" in plain(appointment_text("visit_confirmed", "ja", window=tokyo).text)


def test_a_subject_that_names_a_place_leaves_out_the_end_of_the_window() -> None:
    start = appointment().window.start.replace(hour=23, minute=30)
    window = Window(start=start, end=start + timedelta(hours=1), time_zone="America/New_York")
    english = appointment_text("visit_changed", "en", window=window).subject
    assert english == "Moved: Wed, Nov 25, 6:30 PM, New York time"
    japanese = appointment_text("visit_changed", "ja", window=window).subject
    assert japanese == "ご予約を11月25日(水)18:30（ニューヨーク時間）に変更しました"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if is_of_visit(kind)])
def test_a_text_of_a_visit_fits_one_part(kind: VisitKind, locale: str) -> None:
    business = replace(samples.business(), slug="sample")
    text = visits_sms(
        MessageStyle.of(business, locale, "https://my.mail.example"), visit_news(kind, visit_facts())
    )
    assert sms.is_one_part(text), text


def test_a_window_over_midnight_names_the_day_it_ends_on_and_breaks_nowhere() -> None:
    start = appointment().window.start.replace(hour=13)
    window = Window(start=start, end=start + timedelta(hours=4), time_zone="Asia/Tokyo")
    english = appointment_text("visit_confirmed", "en", window=window).text
    assert "10:00 PM – Nov 26, 2:00 AM".replace(" ", "\u00a0") in english
    assert "22:00〜11月26日 2:00" in plain(appointment_text("visit_confirmed", "ja", window=window).text)


def test_a_moved_visit_shows_the_new_time_and_strikes_out_the_old() -> None:
    mail = appointment_text("visit_changed", "en")
    assert "When: Wednesday, November 25, 9:00 – 11:00 AM (was Tue, Nov 24, 8:00 – 9:00 AM)" in plain(
        mail.text
    )
    assert "was <s>Tue, Nov 24, 8:00 – 9:00 AM</s>" in plain(mail.html)
    assert "変更前：11月24日(火)8:00〜9:00" in plain(appointment_text("visit_changed", "ja").text)


def window_of(**changes: object) -> Window:
    return replace(appointment().window, **changes)


START = appointment().window.start.replace(hour=0)  # 9:00 in Tokyo
ARRIVAL = ArrivalWindow(start=START, end=START + timedelta(hours=2))


@pytest.mark.parametrize(
    ("window", "english", "japanese"),
    [
        (
            window_of(arrival=ARRIVAL, end=START + timedelta(hours=4)),
            "Wednesday, November 25, arrival between 9:00 and 11:00 AM",
            "11月25日(水) 9:00〜11:00に到着予定",
        ),
        (
            window_of(arrival=replace(ARRIVAL, end=START)),
            "Wednesday, November 25, arrival at 9:00 AM",
            "11月25日(水) 9:00に到着予定",
        ),
        (
            window_of(
                start=START - timedelta(hours=9), end=START + timedelta(hours=15), whole_days="all_day"
            ),
            "Wednesday, November 25, all day",
            "11月25日(水) 終日",
        ),
        (
            window_of(whole_days="any_time"),
            "Wednesday, November 25, during the day",
            "11月25日(水) 時間指定なし",
        ),
        (
            window_of(end=START + timedelta(hours=56)),
            "Wed, Nov 25 – Fri, Nov 27, first day from 9:00 AM, last day until 5:00 PM",
            "11月25日(水)〜27日(金) 初日9:00から、最終日17:00まで",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["visit_confirmed", "visit_changed", "visit_cancelled"])
def test_a_visit_is_told_with_the_days_and_times_that_are_promised_and_no_others(
    kind: VisitKind, window: Window, english: str, japanese: str
) -> None:
    for locale, expected in (("en", english), ("ja", japanese)):
        mail = appointment_text(kind, locale, window=window, rescheduled_from=None)
        assert expected in plain(mail.text)
        assert expected in plain(mail.html)


def test_a_move_of_several_days_names_them_in_the_subject() -> None:
    mail = appointment_text("visit_changed", "en", window=window_of(end=START + timedelta(hours=56)))
    assert (
        plain(mail.subject)
        == "Moved: Wed, Nov 25 – Fri, Nov 27, first day from 9:00 AM, last day until 5:00 PM"
    )


def test_a_move_from_a_whole_day_strikes_out_the_day_and_no_midnight() -> None:
    former = FormerWindow(
        start=START - timedelta(hours=33), end=START - timedelta(hours=9), at=START, whole_days="all_day"
    )
    mail = appointment_text("visit_changed", "en", rescheduled_from=former)
    assert "(was Tue, Nov 24, all day)" in plain(mail.text)


def test_a_move_to_a_time_that_is_not_confirmed_says_so() -> None:
    english = appointment_text("visit_changed", "en", confirmation="pending")
    assert "This time is not confirmed yet." in english.text
    assert "This time is not confirmed yet." in english.html
    assert (
        "この日時はまだ確定していません。"
        in appointment_text("visit_changed", "ja", confirmation="pending").text
    )
    assert "not confirmed" not in appointment_text("visit_changed", "en").text


def test_who_the_business_is_in_law_and_its_postal_address_end_every_mail() -> None:
    for mail in (appointment_text("visit_confirmed", "en"), invoice_text("ja"), receipt_text("en")):
        assert mail.text.endswith("Sample Business Inc.\n4-5-6 Example\nTokyo\n")
        assert "Sample Business Inc.<br>4-5-6 Example<br>Tokyo</div>" in mail.html


def test_a_cancelled_visit_says_so_first() -> None:
    mail = appointment_text("visit_cancelled", "en", status="cancelled")
    assert plain(mail.subject) == "Cancelled: your visit on Wed, Nov 25"
    assert "Nobody will come at this time." in mail.text
    assert "<s>Wednesday, November 25, 9:00" in plain(mail.html)


@pytest.mark.parametrize(
    ("currency", "amount", "locale", "country", "expected"),
    [
        ("JPY", 10000, "ja", "JP", "¥10,000"),
        ("JPY", 10000, "en", "JP", "¥10,000"),
        ("USD", 19598, "en", "US", "$195.98"),
        ("KWD", 12345, "en", "KW", "KWD 12.345"),
    ],
)
def test_money_has_the_decimals_of_its_currency(
    currency: str, amount: int, locale: str, country: str, expected: str
) -> None:
    parts = tuple(replace(part, amount=amount) for part in samples.payment().allocations)
    mail = receipt_text(locale, country, currency=currency, amount=amount, allocations=parts)
    assert expected in plain(mail.text)
    assert expected in plain(mail.html)


def test_an_invoice_says_what_is_still_to_pay_and_by_when() -> None:
    text = plain(invoice_text("en").text)
    assert "Total: ¥17,560" in text
    assert "Left to pay: ¥15,180" in text
    assert "Due: Sunday, December 20" in text


@pytest.mark.parametrize(
    ("method", "english", "japanese"),
    [
        (Method(type="card", brand="visa", last4="4242"), "Visa ending in 4242", "Visa（末尾4242）"),
        (Method(type="card", brand="unheard", last4="4242"), "Card ending in 4242", "カード（末尾4242）"),
        (Method(type="card"), "Card", "カード"),
        (Method(type="konbini"), "Convenience store", "コンビニ払い"),
        (Method(type="paypay"), "PayPay", "PayPay"),
        (Method(type="something_new"), "Online payment", "オンライン決済"),
        (None, "Online payment", "オンライン決済"),
    ],
)
def test_a_receipt_names_amount_day_method_and_invoices(
    method: Method | None, english: str, japanese: str
) -> None:
    mail = receipt_text("en", method=method)
    lines = plain(mail.text).splitlines()
    assert {"Amount: ¥10,000", "Paid on: Sunday, November 22, 2026"} <= set(lines)
    assert {f"Paid by: {english}", "Invoices: A-1, A-2"} <= set(lines)
    assert f"お支払い方法：{japanese}" in receipt_text("ja", method=method).text


def test_links_lead_into_the_portal_and_carry_nothing_but_ids() -> None:
    links = {
        link
        for mail in (appointment_text("visit_changed", "ja"), invoice_text("en"), receipt_text("en"))
        for link in _LINK.findall(mail.text + mail.html)
    }
    root = f"{ORIGIN}/portal/sample-business"
    pages = ("appointments/ap-1", "invoices/in-1", "result/pa-1", "settings#messages")
    assert links == {f"{root}/{page}" for page in pages}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", get_args(MessageKind))
def test_each_mail_says_where_to_choose_and_that_it_stays(kind: MessageKind, locale: str) -> None:
    mail, say = text_of(kind, locale), words(LOCALE_DIRECTORY, "notifier", locale).gettext
    for part in (mail.text, mail.html):
        assert say("Choose which messages you get") in part
        assert say("Messages like this one can’t be switched off.") in part


@pytest.mark.parametrize("locale", LOCALES)
def test_a_mail_that_can_be_switched_off_says_how_and_not_that_it_stays(locale: str) -> None:
    say, stop = words(LOCALE_DIRECTORY, "notifier", locale).gettext, f"{ORIGIN}/portal/x/unsubscribe/t"
    mail = payment_email("voucher_reminder", style_with(locale, stop), news_of("voucher_reminder"))
    for part in (mail.text, unescape(mail.html)):
        assert stop in part
        assert say("No more emails of this kind") in part
        assert say("Messages like this one can’t be switched off.") not in part


def test_what_people_typed_changes_neither_the_page_nor_the_header() -> None:
    service = replace(samples.appointment().service, name="<b>Roof</b>\r\nBcc: x@example.com")
    mail = appointment_text("visit_confirmed", "en", service=service)
    assert "<b>Roof" not in mail.html
    assert "&lt;b&gt;Roof" in mail.html
    assert "\nBcc" not in mail.text
    assert "\n" not in mail.subject
    Address(mail.subject)  # a header takes it


def autopay_words(kind: AutopayKind, locale: str, **changes: object) -> str:
    return plain(autopay_email(kind, style(locale), autopay_news(**changes)).text)


def test_the_notice_says_how_much_when_from_which_card_and_how_to_stop() -> None:
    text = autopay_words("autopay_notice", "en")
    assert "On Monday, November 30 we charge ¥9,500 to your Visa ending in 4242 for invoice A-1." in text
    assert "See or stop autopay" in text
    assert "/settings#autopay" in text
    text = autopay_words("autopay_notice", "ja")
    assert "11月30日(月)に、請求書A-1の¥9,500をVisa（末尾4242）で決済いたします。お手続きは不要です。" in text


@pytest.mark.parametrize(
    ("locale", "changes", "words"),
    [
        ("en", {}, "We try again on Monday, November 30, or you can pay another way now."),
        ("ja", {}, "11月30日(月)に再度お手続きします。別の方法でのお支払いもできます。"),
        ("en", {"ended": True}, "That was the last try. Please pay another way."),
        ("ja", {"ended": True}, "自動でのお手続きは今回で終了です。"),
        ("en", {"ended": True, "code": "authentication_required"}, "Your bank wants you to confirm"),
        ("ja", {"ended": True, "code": "authentication_required"}, "本人確認が必要なため"),
        (
            "en",
            {"ended": True, "code": "unconfirmed"},
            "If money was taken, please contact us before you pay",
        ),
        ("ja", {"ended": True, "code": "unconfirmed"}, "再度お支払いになる前にご連絡ください。"),
    ],
)
def test_a_decline_says_what_comes_next(locale: str, changes: dict[str, object], words: str) -> None:
    text = autopay_words("autopay_declined", locale, tries=1, **changes)
    assert words in text
    assert ("Next try" in text or "次回のお手続き" in text) == (not changes.get("ended"))


def test_what_nobody_could_confirm_is_neither_called_declined_nor_asked_to_be_paid_again() -> None:
    news = autopay_news(tries=1, ended=True, code="unconfirmed")
    mail = autopay_email("autopay_declined", style("en"), news)
    for text in (mail.subject, mail.text, autopay_sms("autopay_declined", style("en"), news)):
        assert not re.search("declined|please pay|pay another way|Pay ¥", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("reason", "en", "ja"),
    [
        ("card_removed", "because its card is no longer kept", "カードの登録がなくなったため"),
        (
            "account_gone",
            "because this card can no longer be charged here",
            "このカードで決済できなくなったため",
        ),
        ("customer", "Autopay is off. New invoices wait", "自動支払いをオフにしました。今後の"),
    ],
)
def test_why_autopay_is_off_is_said_where_nobody_here_switched_it(reason: str, en: str, ja: str) -> None:
    news = autopay_news()
    off = msgspec.structs.replace(news.autopay, status="off", end_reason=reason)
    for locale, said in (("en", en), ("ja", ja)):
        mail = autopay_email("autopay_changed", style(locale), dataclasses.replace(news, autopay=off))
        assert said in plain(mail.text)


def test_a_decline_leads_to_a_pay_link_where_the_business_sends_them() -> None:
    def token(invoice_id: str) -> str:
        return f"token-of-{invoice_id}"

    paying = dataclasses.replace(style("en"), pay_token=token)
    mail = autopay_email("autopay_declined", paying, autopay_news(tries=1))
    assert "/pay/token-of-in-1" in mail.text
    assert "/invoices/in-1" in autopay_email("autopay_declined", style("en"), autopay_news(tries=1)).text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", get_args(AutopayKind))
def test_autopay_fits_into_a_text_message(kind: AutopayKind, locale: str) -> None:
    text = autopay_sms(kind, style(locale), autopay_news(tries=1))
    assert text
    assert "{" not in text


def test_autopay_that_is_off_asks_for_nothing() -> None:
    off = AutopayNews(msgspec.structs.replace(autopay_news().autopay, status="off"), "", [])
    text = autopay_email("autopay_changed", style("en"), off).text
    assert "Autopay is off. New invoices wait for you to pay them." in text
    assert "How to stop it" not in text


@pytest.mark.parametrize(
    ("kind", "changes", "unpaid", "said"),
    [
        ("autopay_changed", {}, [], True),
        ("autopay_notice", {}, ["in-1"], True),
        ("autopay_notice", {}, [], False),
        ("autopay_notice", {"told": False}, ["in-1"], False),
        ("autopay_declined", {"tries": 1}, ["in-1"], True),
        ("autopay_declined", {"tries": 1}, [], False),
        ("autopay_declined", {}, ["in-1"], False),
    ],
)
def test_what_is_not_true_any_more_is_not_said(
    kind: AutopayKind, changes: dict[str, object], unpaid: list[str], said: bool
) -> None:
    facts = autopay_news(**changes).autopay
    assert autopay_still_true(kind, facts, "in-1", unpaid) == said
    off = msgspec.structs.replace(facts, status="off")
    assert autopay_still_true(kind, off, "in-1", unpaid) == (said and kind != "autopay_notice")


@pytest.mark.parametrize(
    ("locale", "says"), [("en", "Includes a tip of: ¥1,000"), ("ja", "うちチップ：¥1,000")]
)
def test_a_receipt_is_of_the_whole_and_says_what_of_it_was_tip(locale: str, says: str) -> None:
    with_tip = receipt_text(locale, tip=Tip(amount=1000))
    assert says in with_tip.text
    assert "¥11,000" in with_tip.text
    assert "うちチップ" in with_tip.html or "Includes a tip of" in with_tip.html
    assert "tip" not in receipt_text("en", tip=None).text
