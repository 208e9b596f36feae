"""The script of the code page and the server read the same code out of any text."""

import pytest
from auth_otp.domain.typed_text import read_code
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from portal_read import pages

pytestmark = pytest.mark.e2e

READ = """async ([source, texts]) => {
  const script = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  return texts.map(script.readCode);
}"""
WRITTEN = "482913 0427 1983 042719 24 7 0 １２３ ② १ x Code コード é . 。 : ： / _ + ( @ # 「 」 - ー ‑ —"
SPACES = (" ", "  ", "\u3000", "\u00a0", "\t", "\n", "\r\n", "\u2028", "\x0b", "\x85")
HIDDEN = ("\u200b", "\u00ad", "\u2066", "\ufe0f", "\ufeff", "\x00")
HOSTS = ("@my.mail.example #482913", "https://my.mail.example/n/")
PIECES = st.sampled_from([*WRITTEN.split(" "), *SPACES, *HIDDEN, *HOSTS])
# What Unicode assigned since this Python is read by newer tables in the browser.
ANY = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=40)
TEXTS = st.lists(st.lists(PIECES, max_size=12).map("".join) | ANY, min_size=40, max_size=40)


def test_the_script_and_the_server_read_the_same_code_out_of_any_text(browser: Browser) -> None:
    page = browser.new_page()
    source = pages.assets()["code.js"].body.decode()

    @settings(max_examples=60, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
    @given(TEXTS)
    def agree(texts: list[str]) -> None:
        read = page.evaluate(READ, [source, texts])
        differing = [(text, code, read_code(text)) for text, code in zip(texts, read, strict=True)]
        assert [row for row in differing if row[1] != row[2]] == []

    agree()
    page.close()
