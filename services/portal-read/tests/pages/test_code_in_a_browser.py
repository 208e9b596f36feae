"""The field of a code in Chromium: it reads what the server reads, and submits what the reader finished."""

from dataclasses import replace

import pytest
from little_site import Site, opened
from page_samples import SPARKLE_SEASON
from playwright.sync_api import Browser, Page, expect
from portal_read import pages
from portal_testing.spellings import CODES

pytestmark = pytest.mark.e2e

READ = """async (texts) => {
  const script = await import(document.querySelector("script[src*='/code-']").src);
  return texts.map(script.readCode);
}"""
PASTE = """(field, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  const bubbling = {bubbles: true, cancelable: true};
  if (!field.dispatchEvent(new ClipboardEvent("paste", {clipboardData, ...bubbling}))) return;
  field.value = text;
  field.dispatchEvent(new InputEvent("input", {inputType: "insertFromPaste", ...bubbling}));
}"""


def code_page(browser: Browser, site: Site, digits: str = "6") -> Page:
    """The page that asks for so many digits."""
    outside = replace(SPARKLE_SEASON.ctx, contact=None, customer=None)
    html = pages.code(outside, "hannah@mail.example")
    site.pages["/code"] = html.replace('data-digits="6"', f'data-digits="{digits}"')
    return opened(browser, site, "/code")


def test_the_script_reads_every_spelling_as_the_table_says(browser: Browser, site: Site) -> None:
    page = code_page(browser, site)
    read = page.evaluate(READ, [spelling.typed for spelling in CODES])
    wrong = [(row, code) for row, code in zip(CODES, read, strict=True) if code != row.means]
    assert wrong == []
    page.close()


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("123456", "123456"),
        ("１２３ ４５６", "123456"),
        ("「482913」。", "482913"),
        ("0427 1983", "04271983"),
        ("24/7 Fx Cleaning: your code is 404849\n\n@127.0.0.1 #404849", "404849"),
    ],
)
def test_a_whole_code_is_submitted_once(browser: Browser, site: Site, pasted: str, code: str) -> None:
    page = code_page(browser, site)
    page.locator("#code").evaluate(PASTE, pasted)
    expect(page).to_have_title("posted")
    assert [form.get("code") for form in site.posted] == [[code]]
    page.close()


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("24/7 Fx Cleaning: your code is 404849", "404849"),
        ("Your sign-in code\n404849\nIt works for 10 minutes.", "404849"),
        ("Another site's code\n\n@bank.example #404849", "404849"),
        ("Taxi 247247", "247247"),
        ("Taxi 247247: your code is 404849", "Taxi 247247: your code is 404849"),
        ("24/7 Fx Cleaning: your code is", "24/7 Fx Cleaning: your code is"),
        ("12345", "12345"),
    ],
)
def test_digits_among_words_wait_for_the_reader(
    browser: Browser, site: Site, pasted: str, shown: str
) -> None:
    page = code_page(browser, site)
    page.locator("#code").evaluate(PASTE, pasted)
    expect(page.locator("#code")).to_have_value(shown)
    assert not site.posted
    page.close()


@pytest.mark.parametrize(
    ("digits", "typed", "posted"),
    [("6", "482 913", "482913"), ("6", "４８２９１３", "482913"), ("8", "0427 1983", "04271983")],
)
def test_the_last_digit_that_the_page_asks_for_submits_what_is_typed(
    browser: Browser, site: Site, digits: str, typed: str, posted: str
) -> None:
    page = code_page(browser, site, digits)
    page.locator("#code").press_sequentially(typed)
    expect(page).to_have_title("posted")
    assert [form.get("code") for form in site.posted] == [[posted]]
    page.close()


@pytest.mark.parametrize(
    ("digits", "typed"), [("6", "１２３-45"), ("8", "042719"), ("16", "0427 1983"), ("", "042719")]
)
def test_what_is_typed_in_part_stays_as_it_is(browser: Browser, site: Site, digits: str, typed: str) -> None:
    page = code_page(browser, site, digits)
    page.locator("#code").press_sequentially(typed)
    expect(page.locator("#code")).to_have_value(typed)
    assert not site.posted
    page.close()


def test_a_digit_that_is_taken_back_submits_nothing(browser: Browser, site: Site) -> None:
    page = code_page(browser, site, "8")
    page.locator("#code").press_sequentially("1234567")
    page.locator("#code").evaluate("field => field.dataset.digits = '6'")
    page.keyboard.press("Backspace")
    expect(page.locator("#code")).to_have_value("123456")
    assert not site.posted
    page.close()
