"""That a passkey was added: said with its moment, in both languages, and as a text in one part."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from notifier.messages import sms
from notifier.messages.passkey_added import passkey_email, passkey_sms
from notifier.messages.style import MessageStyle
from servicehub_events_tools.testing import samples

ORIGIN = "https://my.mail.example"
AT = datetime(2026, 11, 21, 15, 50, tzinfo=UTC)
NEW_YORK = replace(samples.business(), name="Sparkle Home", country="US", time_zone="America/New_York")
JAPAN = replace(samples.business(), name="ひかり清掃")


def test_the_mail_says_when_in_the_business_time_and_what_to_do_if_it_was_somebody_else() -> None:
    english = passkey_email(MessageStyle.of(NEW_YORK, "en", ORIGIN), AT)
    assert english.subject == "A passkey was added"
    assert "Since Nov 21, 10:50 AM a passkey opens your portal without a code." in sms.plain_spaces(
        english.text
    )
    assert "Wasn’t that you? Sign in, remove it in Settings, and tell us." in english.html
    japanese = passkey_email(MessageStyle.of(JAPAN, "ja", ORIGIN), AT)
    assert japanese.subject == "パスキーが登録されました"
    assert "11月22日 0:50にパスキーが登録されました。" in sms.plain_spaces(japanese.text)


@pytest.mark.parametrize("name", ["Sparkle Home", "ひかり清掃", "x" * 200, "清" * 200])
@pytest.mark.parametrize("locale", ["en", "ja"])
def test_the_text_is_one_part(locale: str, name: str) -> None:
    text = passkey_sms(MessageStyle.of(replace(NEW_YORK, name=name), locale, ORIGIN), AT)
    assert sms.units(text) <= sms.longest(text)
    assert "10:50" in text
