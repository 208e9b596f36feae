"""Exact strings: a no-break space inside every date, time and amount, written here as `~`."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from chassis.words.formats import Formatter, locale_of, whole
from servicehub_events.money import EXPONENTS

NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
US = Formatter(locale_of("en", "US"), NEW_YORK)
GB = Formatter(locale_of("en", "GB"), ZoneInfo("Europe/London"))
JP = Formatter(locale_of("ja", "JP"), TOKYO)
JP_IN_ENGLISH = Formatter(locale_of("en", "JP"), TOKYO)
IN = Formatter(locale_of("en", "IN"), ZoneInfo("Asia/Kolkata"))
TUESDAY = date(2026, 11, 24)


def same(shown: str, expected: str) -> bool:
    return shown == expected.replace("~", "\u00a0")


@pytest.mark.parametrize(
    ("formatter", "minor", "currency", "expected"),
    [
        (US, 19598, "USD", "$195.98"),
        (US, -5000, "USD", "−$50.00"),
        (US, 0, "USD", "$0.00"),
        (US, 5000, "JPY", "¥5,000"),
        (US, 1234, "KWD", "KWD~1.234"),
        (US, 123450, "RSD", "RSD~1,234.50"),
        (GB, 123456, "GBP", "£1,234.56"),
        (GB, 2000, "USD", "US$20.00"),
        (IN, 12345678, "INR", "₹1,23,456.78"),
        (JP, 5000, "JPY", "¥5,000"),
        (JP, -10000, "JPY", "−¥10,000"),
        (JP, 19598, "USD", "$195.98"),
        (JP, 12345, "IQD", "IQD~12.345"),
        (JP_IN_ENGLISH, 11850, "JPY", "¥11,850"),
    ],
)
def test_money_has_the_digits_of_its_currency_and_a_real_minus(
    formatter: Formatter, minor: int, currency: str, expected: str
) -> None:
    assert same(formatter.money(minor, currency), expected)


@pytest.mark.parametrize("formatter", [US, IN, JP], ids=lambda formatter: str(formatter.locale))
def test_no_currency_loses_a_digit(formatter: Formatter) -> None:
    for currency in EXPONENTS:
        text = formatter.money(123456789, currency)
        assert re.sub(r"\D", "", text.replace(currency, "")) == "123456789", text
        shown = len(text) - text.rindex(".") - 1 if "." in text else 0
        assert shown == EXPONENTS[currency], text


def test_an_unknown_country_falls_back_to_the_language() -> None:
    assert str(locale_of("ja", "XX")) == "ja"


def at(zone: ZoneInfo, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("formatter", "zone", "start", "end", "expected"),
    [
        (US, NEW_YORK, (24, 10), (24, 12), "10:00~AM – 12:00~PM"),
        (US, NEW_YORK, (24, 13), (24, 15), "1:00 – 3:00~PM"),
        (US, NEW_YORK, (24, 22), (25, 2), "10:00~PM – Nov~25,~2:00~AM"),
        (GB, NEW_YORK, (24, 10), (24, 12), "10:00 – 12:00"),
        (JP, TOKYO, (22, 10), (22, 12), "10:00〜12:00"),
        (JP, TOKYO, (22, 22), (23, 2), "22:00〜11月23日~2:00"),
    ],
)
def test_a_window_is_shown_in_the_zone_of_the_site(
    formatter: Formatter, zone: ZoneInfo, start: tuple[int, int], end: tuple[int, int], expected: str
) -> None:
    in_utc = [at(zone, *moment).astimezone(ZoneInfo("UTC")) for moment in (start, end)]
    assert same(formatter.window(in_utc[0], in_utc[1], zone), expected)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (US.month_day(TUESDAY), "November~24"),
        (US.short(TUESDAY), "Nov~24"),
        (US.full(TUESDAY), "November~24,~2026"),
        (US.with_weekday(TUESDAY), "Tuesday, November~24"),
        (US.full_with_weekday(TUESDAY), "Tuesday,~November~24,~2026"),
        (US.short_with_weekday(TUESDAY), "Tue,~Nov~24"),
        (US.in_year(TUESDAY, date(2027, 1, 2)), "Nov~24,~2026"),
        (US.stamp(at(NEW_YORK, 18, 16, 12)), "Nov~18,~4:12~PM"),
        (US.hour(18), "6~PM"),
        (US.percent("8.875"), "8.875%"),
        (US.number("2.50"), "2.5"),
        (US.place_of_zone(TOKYO), "Tokyo"),
        (GB.with_weekday(TUESDAY), "Tuesday, 24~November"),
        (GB.full_with_weekday(TUESDAY), "Tuesday,~24~November~2026"),
        (GB.short_with_weekday(TUESDAY), "Tue~24~Nov"),
        (GB.hour(18), "18:00"),
        (JP.with_weekday(date(2026, 11, 22)), "2026年11月22日(日)"),
        (JP.full_with_weekday(date(2026, 11, 22)), "2026年11月22日(日)"),
        (JP.short_with_weekday(date(2026, 11, 22)), "11月22日(日)"),
        (JP.short(TUESDAY), "11月24日"),
        (JP.full(TUESDAY), "2026年11月24日"),
        (JP.in_year(TUESDAY, date(2027, 1, 2)), "2026年11月24日"),
        (JP.stamp(at(TOKYO, 18, 16, 12)), "11月18日~16:12"),
        (JP.hour(8), "8時"),
        (JP.percent("10"), "10%"),
        (JP.place_of_zone(NEW_YORK), "ニューヨーク"),
        (JP.names(["佐藤 健一", "鈴木 美咲"]), "佐藤 健一・鈴木 美咲"),
        (US.names(["Maria", "Devon", "Ken"]), "Maria, Devon, and Ken"),
    ],
)
def test_dates_times_and_names_read_as_people_write_them(shown: str, expected: str) -> None:
    assert same(shown, expected)


def test_a_whole_text_has_no_space_to_break_at() -> None:
    start, end = at(NEW_YORK, 24, 10), at(NEW_YORK, 24, 12)
    assert same(whole(US.window(start, end, NEW_YORK)), "10:00~AM~–~12:00~PM")


@pytest.mark.parametrize(
    ("formatter", "short", "with_year"),
    [
        (US, "Mon,~Mar~2~– Wed,~Mar~4", "Mon,~Mar~2~– Wed,~Mar~4,~2026"),
        (GB, "Mon~2~Mar~– Wed~4~Mar", "Mon,~2~Mar~– Wed,~4~Mar~2026"),
        (JP, "3月2日(月)〜4日(水)", "2026年3月2日(月)〜4日(水)"),
    ],
)
def test_days_from_to_break_after_the_dash_alone(formatter: Formatter, short: str, with_year: str) -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 4)
    assert same(formatter.days(first, last), short)
    assert same(formatter.days(first, last, year=True), with_year)
