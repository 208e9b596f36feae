"""What a sign-in code looks like, to the letter."""

import re
from datetime import timedelta

import pytest
from code_samples import business_event
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from notifier.domain.recipients import language_for
from notifier.messages import sms
from notifier.messages.brand import brand_of, one_line
from notifier.messages.sign_in_code import code_email, code_sms
from servicehub_events_tools.testing import samples

TEN_MINUTES = timedelta(minutes=10)
ORIGIN = "https://portal.example.com"
HOST = "portal.example.com"
BRAND = brand_of(samples.business(), ORIGIN)
NAMED = st.text(max_size=200)


def named(name: str):
    return brand_of(replace(samples.business(), name=name), ORIGIN)


def test_the_english_mail_reads_so() -> None:
    mail = code_email("en", BRAND, "012345", TEN_MINUTES, "10:42")
    assert mail.subject == "Your sign-in code (10:42)"
    assert mail.text == (
        "Sample Business\n\n"
        "Your sign-in code is 012345\n\n"
        "It works for 10 minutes, in the browser that asked for it.\n"
        "Do not share it. Nobody from Sample Business will ask you for it.\n\n"
        "You did not ask for a code? Then ignore this message: without the code nobody can sign in.\n\n"
        "Questions? Call 03-1234-5678.\n"
    )


def test_the_japanese_mail_reads_so() -> None:
    mail = code_email("ja", BRAND, "012345", TEN_MINUTES, "10:42")
    assert mail.subject == "ログイン用の確認コード（10:42送信）"
    assert mail.text == (
        "Sample Business\n\n"
        "ログイン用の確認コード：012345\n\n"
        "有効時間は10分です。コードの送信を申し込んだ画面（ブラウザ）で入力してください。\n"
        "コードは誰にも教えないでください。Sample Businessの担当者がお尋ねすることはありません。\n\n"
        "お心当たりのない場合は、このメールを破棄してください。コードがなければ、第三者がログインすることはできません。\n\n"
        "お問い合わせ：03-1234-5678\n"
    )


def test_text_messages_read_so_and_end_in_the_line_that_phones_look_for() -> None:
    assert code_sms("en", BRAND, "012345", HOST) == (
        "Sample Business: your code is 012345\n@portal.example.com #012345"
    )
    assert code_sms("ja", named("ひかり清掃"), "012345", HOST) == (
        "ひかり清掃 確認コード：012345\n@portal.example.com #012345"
    )


def test_a_long_japanese_name_is_shortened_so_that_one_part_is_enough() -> None:
    text = code_sms("ja", named("株式会社ひかり清掃サービス東京中央支店お客様相談窓口第二"), "012345", HOST)
    first, last = text.splitlines()
    assert first == "株式会社ひかり清掃サービス東京中央支店お客様相談窓… 確認コード：012345"
    assert last == "@portal.example.com #012345"
    assert sms.units(text) == 67


@given(name=NAMED, locale=st.sampled_from(["en", "ja"]))
def test_whatever_the_name_a_text_message_is_one_part_and_ends_in_the_code(name: str, locale: str) -> None:
    text = code_sms(locale, named(name), "012345", HOST)
    assert sms.units(text) <= sms.longest(text)
    assert text.splitlines()[-1] == "@portal.example.com #012345"


@given(name=NAMED)
def test_whatever_the_name_the_subject_is_one_line_without_the_code(name: str) -> None:
    mail = code_email("ja", named(name.replace("012345", "")), "012345", TEN_MINUTES, "10:42")
    assert len(mail.subject.splitlines()) == 1
    assert "012345" not in mail.subject


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Sparkle\r\nBcc: a@example.com", "Sparkle Bcc: a@example.com"),
        ("evil\u202egpj", "evilgpj"),
        ("  two   spaces ", "two spaces"),
        ("👩\u200d🔧 Fixit ✨", "👩\u200d🔧 Fixit ✨"),
        ("x" * 100, "x" * 64),
    ],
)
def test_a_name_becomes_one_safe_line(typed: str, shown: str) -> None:
    assert one_line(typed) == shown


def test_html_escapes_what_a_business_typed() -> None:
    html = code_email("en", named("<script>x</script> & Co"), "012345", TEN_MINUTES, "10:42").html
    assert "<script>" not in html
    assert "&lt;script&gt;x&lt;&#x2f;script&gt; &amp; Co" in html


def test_html_loads_nothing_and_shows_the_name_when_there_is_no_logo_for_mail() -> None:
    html = code_email("en", BRAND, "012345", TEN_MINUTES, "10:42").html
    assert not re.search(r"<img|<link|<script|url\(|https?:", html)
    assert "Sample Business\n</td>" in html
    assert "border-top:4px solid #0b7285" in html


def test_the_logo_is_absolute_and_says_the_name_when_images_are_off() -> None:
    brand = brand_of(replace(samples.business(), mail_logo_url="/branding/s/mail-1.png"), ORIGIN)
    html = code_email("en", brand, "012345", TEN_MINUTES, "10:42").html
    assert 'src="https:&#x2f;&#x2f;portal.example.com&#x2f;branding&#x2f;s&#x2f;mail-1.png"' in html
    assert 'alt="Sample Business"' in html


def test_no_support_phone_then_the_mail_address_and_neither_then_no_line() -> None:
    support = samples.business().support
    by_mail = brand_of(replace(samples.business(), support=replace(support, phone=None)), ORIGIN)
    assert code_email("en", by_mail, "012345", TEN_MINUTES, "10:42").text.endswith(
        "Questions? Write to help@example.com.\n"
    )
    neither = brand_of(replace(samples.business(), support=replace(support, phone=None, email=None)), ORIGIN)
    assert "Questions" not in code_email("en", neither, "012345", TEN_MINUTES, "10:42").text


def test_minutes_are_those_that_are_left_and_never_none() -> None:
    for life, said in [(119, "2 minutes"), (61, "1 minute,"), (2, "1 minute,")]:
        assert f"works for {said}" in code_email("en", BRAND, "012345", timedelta(seconds=life), "10:42").text


def test_the_language_is_the_first_that_we_speak() -> None:
    both = business_event(locales=("en", "ja"), default_locale="ja")
    assert language_for(both, "ja-JP", "en") == "ja"
    assert language_for(both, "la") == "ja"
    neither = business_event(locales=("eo-001",), default_locale="eo-001")
    assert language_for(neither, "la") == "en"


@pytest.mark.parametrize(
    ("locale", "subject", "reason"),
    [
        (
            "en",
            "Your 8-digit sign-in code (10:42)",
            "Wrong codes are being tried here, so today your code",
        ),
        ("ja", "8桁の確認コード（10:42送信）", "誤ったコードの入力が続いているため、8桁の確認コードを"),
    ],
)
def test_a_longer_code_stands_in_groups_of_four_with_the_reason(
    locale: str, subject: str, reason: str
) -> None:
    mail = code_email(locale, BRAND, "04271983", TEN_MINUTES, "10:42")
    assert mail.subject.strip() == subject
    for body in (mail.text, mail.html):
        assert "0427 1983" in body
        assert reason in body


def test_a_text_carries_a_longer_code_whole() -> None:
    text = code_sms("en", BRAND, "0427198304271983", HOST)
    assert text.endswith(f"@{HOST} #0427198304271983")
