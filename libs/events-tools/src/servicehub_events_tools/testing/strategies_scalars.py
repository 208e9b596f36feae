"""Strategies for ids, text, times and money."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# The constraints of the wire: no lone surrogates (not UTF-8) and no U+0000 (not storable); see `codec.py`.
_PRINTABLE: Final = st.characters(exclude_categories=("Cs", "Cc"))

ids: Final = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"), min_size=1, max_size=64
).filter(lambda text: text not in (".", ".."))
text: Final = st.text(_PRINTABLE, max_size=30)
optional_text: Final = st.none() | text
optional_ids: Final = st.none() | ids
zones: Final = st.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/London", "Asia/Kathmandu", "UTC"])
locales: Final = st.sampled_from(["en", "ja", "en-GB", "zh-Hant-TW"])
currencies: Final = st.sampled_from(["JPY", "USD", "KWD", "EUR"])
days: Final = st.dates(date(2000, 1, 1), date(2100, 1, 1))
times: Final = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.builds(
        timezone, st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))
    ),
)
spans: Final = st.timedeltas(timedelta(microseconds=1), timedelta(days=30))
charges: Final = st.integers(1, 10**9)
emails: Final = st.sampled_from(["a@example.com", "b.c+d@example.org", "名前@例え.jp"])
phones: Final = st.sampled_from(["+819012345678", "+14155550100", "+447700900123"])
words: Final = st.sampled_from(["reminder", "receipt", "invoice_issued", "visit.moved"])


def unique_ids(*, min_size: int = 0, max_size: int = 4) -> SearchStrategy[list[str]]:
    """Some ids, none twice."""
    return st.lists(ids, min_size=min_size, max_size=max_size, unique=True)
