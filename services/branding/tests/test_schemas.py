"""Bodies of a PUT: what is refused, and that each refusal names its field."""

import msgspec
import pytest
from branding.errors import InvalidBranding
from branding.http.body import read_branding
from chassis.words.languages import LOCALES
from servicehub_events import Tips

from .branding_examples import body, revise

SPOKEN = ", ".join(LOCALES)


def refusal(raw: bytes) -> str:
    with pytest.raises(InvalidBranding) as caught:
        read_branding(raw, "b1", "")
    return caught.value.detail


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("slug", "Hikari", "3 to 63 of a-z"),
        ("slug", "ab", "3 to 63"),
        ("slug", "-hikari", "neither begin nor end"),
        ("slug", "hikari\n", "3 to 63"),
        ("name", "", "must not be empty"),
        ("name", " \t ", "must not be empty"),
        ("name", "Hikari\nBcc: all@example.com", "one line"),
        ("name", "Hikari \u202egpj.exe", "one line"),
        ("name", "Hikari \u202agpj", "one line"),
        ("name", "Hikari \u2067gpj", "close each text direction"),
        ("name", "\u200d \u200f", "must not be empty"),
        ("name", "Hikari\u200b", "one line"),
        ("name", "Hikari\ufeff", "one line"),
        ("name", "Hikari\uf8ff", "one line"),
        ("name", "Hikari\ufdd0", "one line"),
        ("name", "Hikari\U000e0041", "one line"),
        ("name", "x" * 101, "at most 100"),
        ("name", 7, "valid string"),
        ("name", ..., "required"),
        ("primary_colour", "#fff", "#RRGGBB"),
        ("primary_colour", "red;background:url(https://evil.example)", "#RRGGBB"),
        ("primary_colour", "#1e7b57\n", "#RRGGBB"),
        ("accent", "url(javascript:alert(1))", "#RRGGBB"),
        ("locales", [], "at least 1"),
        ("locales", "ja", "valid array"),
        ("locales", ["ja", "la"], f"must be one of {SPOKEN}"),
        ("locales", ["ja", "ja"], "must not repeat"),
        ("default_locale", "en-XX", f"must be one of {SPOKEN}"),
        ("time_zone", "Asia/Tokio", "did you mean Asia/Tokyo"),
        ("time_zone", "JST", "IANA time zone"),
        ("time_zone", "../../etc/passwd", "IANA time zone"),
        ("currency", "YEN", "ISO 4217"),
        ("country", "UK", "ISO 3166-1"),
        ("country", "jp", "ISO 3166-1"),
        ("website", "javascript:alert(1)", "https://"),
        ("website", "JaVaScRiPt:alert(1)//https://", "https://"),
        ("website", "http://hikari.example", "https://"),
        ("website", "//hikari.example", "https://"),
        ("website", "https://", "https://"),
        ("website", "https://bank.example@evil.example", "user name"),
        ("website", 'https://x.example/"onload="alert(1)', "quotes"),
        ("website", "https://[::1", "complete address"),
        ("website", "https://x.example:99999", "complete address"),
        ("disclosure_url", "data:text/html,<script>", "angle brackets"),
        ("legal_name", "a\u0000b", "one line"),
        ("postal_address", " \n ", "must not be empty"),
        ("postal_address", "a\u202eb", "without control characters"),
        ("postal_address", "\n".join("1234567"), "at most 6 lines"),
        ("stripe_account", "sk_live_123", "acct_"),
        ("reminders", {"hours_before": [0]}, "greater than or equal to 1"),
        ("requests", {"kinds": []}, "at least 1"),
        ("requests", {"kinds": ["complain"]}, "'move', 'cancel', 'book', 'message' or 'details'"),
        ("requests", {"kinds": ["move"], "notice_hours": 721}, "less than or equal to 720"),
        ("requests", {"kinds": ["move"], "cancel_reasons": [""]}, "must not be empty"),
        ("tips", {"percentages": [0]}, "greater than or equal to 1"),
        ("tips", {"percentages": [51]}, "less than or equal to 50"),
        ("tips", {"percentages": [1, 2, 3, 4, 5]}, "at most 4"),
        ("tips", {"percentages": [10], "amounts": [500]}, "not both"),
        ("tips", {"amounts": [0]}, "greater than or equal to 1"),
        ("tips", {"amounts": [1.5]}, "integer"),
        ("reminders", {"hours_before": [24.5]}, "integer"),
        ("reminders", {"hours_before": [1, 2, 3, 4, 5, 6]}, "at most 5"),
        ("support", ..., "required"),
        ("support", {"url": "javascript:alert(1)"}, "https://"),
        ("support", {"email": "help at example"}, "email address"),
        ("support", {"email": "a@example.com>\r\nBcc: b@example.com"}, "email address"),
        ("support", {"phone": "03-1234-5678"}, "international number"),
        ("support", {"fax": "+81312345678"}, "not permitted"),
        ("theme_css", "body{}", "not permitted"),
    ],
)
def test_a_bad_field_is_refused_by_name(field: str, value: object, says: str) -> None:
    detail = refusal(msgspec.json.encode(body(**{field: value})))
    assert field in detail
    assert says in detail


def test_all_problems_are_told_at_once() -> None:
    detail = refusal(msgspec.json.encode(body(slug="A", currency="YEN", time_zone="Mars/Olympus")))
    assert all(field in detail for field in ("slug: ", "currency: ", "time_zone: "))


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 5000, b'{"name":"\\ud83d"}'])
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    assert refusal(raw)


def test_a_default_language_must_be_one_of_the_languages() -> None:
    assert "default_locale" in refusal(msgspec.json.encode(body(locales=["en"], default_locale="ja")))


def test_equal_content_gives_an_equal_command() -> None:
    one = revise(name=" Hikari ", primary_colour="#ABCDEF", reminders={"hours_before": [2, 48, 2]})
    other = revise(name="Hikari", primary_colour="#abcdef", reminders={"hours_before": [48, 2]})
    assert one == other


def test_a_postal_address_keeps_its_lines_and_loses_what_is_around_them() -> None:
    assert revise(postal_address=" 〒150-0001\r\n\n 渋谷区 ").postal_address == "〒150-0001\n渋谷区"
    assert revise().postal_address is None


@pytest.mark.parametrize(
    "name",
    [
        "👩\u200d👩\u200d👧 Care",
        "❤\ufe0f Clean",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Cleaning",
        "می\u200cخواهم",
        "\u2067שלום\u2069 Clean",
        "שלום\u200f Clean",
        "\U0001fae8 Clean",  # an emoji that is younger than this Python
    ],
)
def test_a_name_may_be_written_in_any_script_and_with_joined_emoji(name: str) -> None:
    assert revise(name=name, postal_address=name).name == name


def test_reminders_left_out_mean_one_a_day_ahead_and_an_empty_list_means_none() -> None:
    assert revise().reminders.hours_before == (24,)
    assert revise(reminders={"hours_before": []}).reminders.hours_before == ()


def test_tips_left_out_mean_none_and_fixed_sums_need_a_currency_without_decimals() -> None:
    assert revise().tips is None
    assert revise(tips={}).tips == Tips()
    assert revise(tips={"percentages": [20, 10, 10]}).tips == Tips(percentages=(10, 20))
    assert revise(currency="JPY", tips={"amounts": [1000, 500]}).tips == Tips(amounts=(500, 1000))
    with pytest.raises(InvalidBranding, match="currencies without decimals"):
        revise(currency="USD", tips={"amounts": [500]})


def test_requests_left_out_mean_that_nothing_can_be_asked() -> None:
    assert revise().requests is None
    rules = revise(requests={"kinds": ["move", "move"], "cancel_reasons": ["Away", "Away"]}).requests
    assert rules
    assert (rules.kinds, rules.notice_hours, rules.cancel_reasons) == (("move",), 24, ("Away",))
