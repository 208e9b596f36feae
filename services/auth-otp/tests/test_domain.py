"""What a device is called, and the language of a page."""

import pytest
from auth_otp.domain.devices import device_name
from auth_otp.domain.languages import page_language


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0"
            " Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0"
            " Safari/537.36 Edg/130.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 15.1; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox on Mac",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari Line/14.0", "LINE on iPhone"),
        ("curl/8.9", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert device_name(agent) == name


@pytest.mark.parametrize(
    ("chosen", "header", "language"),
    [
        ("ja", "en", "ja"),
        ("", "fr, en-GB;q=0.9, ja;q=0.5", "en"),
        ("", "en;q=0.1, ja-JP;q=0.8", "ja"),
        ("", "fr", None),
        ("xx", "en;q=0, ja;q=nonsense", None),
        ("", "", None),
    ],
)
def test_the_page_language_is_the_best_offered(chosen: str, header: str, language: str | None) -> None:
    assert page_language(chosen, header, ("ja", "en")) == language
