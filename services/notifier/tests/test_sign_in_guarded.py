"""What "it was not me" looks like in messages, to the letter, and how many parts a text has."""

from datetime import UTC, datetime, timedelta

import pytest
from code_samples import code
from msgspec import ValidationError
from msgspec.structs import replace
from notifier.messages import sms
from notifier.messages.brand import brand_of
from notifier.messages.sign_in_code import code_email, code_sms
from notifier.messages.sign_in_guarded import guarded_email, guarded_sms
from notifier.messages.style import MessageStyle
from servicehub_events_tools.testing import samples

ORIGIN, HOST = "https://my.mail.example", "my.mail.example"
LINK = f"{ORIGIN}/n/Qm4xT9wKc2A"
UNTIL = datetime(2026, 11, 21, 15, 50, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
_BASIC = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡") | set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = set("^{}\\[~]|€")
NEW_YORK = replace(samples.business(), name="Sparkle Home", country="US", time_zone="America/New_York")
JAPAN = replace(samples.business(), name="ひかり清掃")


def parts(text: str) -> int:
    """As 3GPP TS 23.038 counts: 160 septets or 70 UTF-16 units alone, 153 or 67 in several."""
    if set(text) <= _BASIC | _EXTENDED:
        septets = len(text) + sum(character in _EXTENDED for character in text)
        return 1 if septets <= 160 else -(-septets // 153)
    units = sms.units(text)
    return 1 if units <= 70 else -(-units // 67)


def test_a_longer_code_as_a_text_has_the_link_in_one_part() -> None:
    text = code_sms("en", brand_of(NEW_YORK, ORIGIN), "04271983", HOST, LINK)
    assert text == (
        "Sparkle Home: your code is 04271983\nNot you? https://my.mail.example/n/Qm4xT9wKc2A\n"
        "@my.mail.example #04271983"
    )
    assert parts(text) == 1


def test_a_longer_code_in_japanese_takes_two_parts() -> None:
    text = code_sms("ja", brand_of(JAPAN, ORIGIN), "04271983", HOST, LINK)
    assert text == (
        "ひかり清掃 確認コード：04271983\n心当たりがない場合 https://my.mail.example/n/Qm4xT9wKc2A\n"
        "@my.mail.example #04271983"
    )
    assert parts(text) == 2


@pytest.mark.parametrize(("locale", "limit"), [("en", 1), ("ja", 2)])
def test_however_long_the_name_the_parts_are_no_more(locale: str, limit: int) -> None:
    for name in ("x" * 200, "清" * 200, "Ünder é" * 20):
        text = code_sms(locale, brand_of(replace(JAPAN, name=name), ORIGIN), "0427198312345678", HOST, LINK)
        assert parts(text) <= (2 if not name.isascii() else limit)
        assert text.endswith("@my.mail.example #0427198312345678")
        assert LINK in text


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_the_mail_of_a_longer_code_has_the_link_and_that_of_six_digits_has_none(locale: str) -> None:
    brand = brand_of(NEW_YORK, ORIGIN)
    longer = code_email(locale, brand, "04271983", TEN_MINUTES, "10:42", LINK)
    assert LINK in longer.text
    assert LINK.replace("/", "&#x2f;") in longer.html
    assert LINK not in longer.subject
    assert "/n/" not in code_email(locale, brand, "042719", TEN_MINUTES, "10:42").text


def test_that_an_address_is_guarded_is_told_with_its_end_in_the_business_time() -> None:
    english = guarded_email(MessageStyle.of(NEW_YORK, "en", ORIGIN), UNTIL)
    assert english.subject == "New devices can’t sign in until Nov 21, 10:50 AM"
    assert "send codes only to devices you have signed in on before." in english.text
    japanese = guarded_email(MessageStyle.of(JAPAN, "ja", ORIGIN), UNTIL)
    assert japanese.subject == "新しい端末からのログインを制限しました（11月22日 0:50まで）"
    assert "11月22日 0:50まで、以前ログインされた端末にかぎり確認コードをお送りします。" in (
        sms.plain_spaces(japanese.text)
    )


@pytest.mark.parametrize("name", ["Sparkle Home", "ひかり清掃", "x" * 200, "清" * 200])
@pytest.mark.parametrize("locale", ["en", "ja"])
def test_the_text_that_says_so_is_one_part(locale: str, name: str) -> None:
    text = guarded_sms(MessageStyle.of(replace(NEW_YORK, name=name), locale, ORIGIN), UNTIL)
    assert parts(text) == 1


def test_a_hand_over_has_a_code_or_one_piece_of_news_and_never_both_or_neither() -> None:
    assert code(code="", guarded_until=UNTIL).kind == "sign_in_guarded"
    assert code(code="", passkey_added_at=UNTIL).kind == "passkey_added"
    both: dict[str, object] = {"code": "", "guarded_until": UNTIL, "passkey_added_at": UNTIL}
    for wrong in ({"guarded_until": UNTIL}, {"passkey_added_at": UNTIL}, {"code": ""}, both):
        with pytest.raises(ValidationError):
            code(**wrong)  # pyright: ignore[reportArgumentType]  # values of fields
