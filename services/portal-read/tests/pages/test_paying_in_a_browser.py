"""Paying in Chromium: what was typed survives a live change, a form is sent once, no script is needed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from little_site import Site, opened
from page_samples import DEPOSIT, OVERDUE, US_CONTEXT, view
from paying_samples import payments_of, takes_parts
from playwright.sync_api import Browser, Page, expect
from portal_read import pages

pytestmark = pytest.mark.e2e

ONLINE = replace(US_CONTEXT, pays_online=True)
PATH, RESULT = "/portal/sparkle-home/pay", "/portal/sparkle-home/result/pay-1"
ENDS = payments_of(OVERDUE)


def result(name: str) -> str:
    attempt, came_back = ENDS[name]
    return pages.result(replace(ONLINE, path=RESULT), attempt, [view(OVERDUE, attempt)], came_back)


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A browser with scripts off."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


def test_processing_becomes_paid_without_a_reload(browser: Browser, site: Site) -> None:
    site.pages[RESULT] = result("confirming")
    page = opened(browser, site, RESULT)
    expect(page.get_by_role("heading", name="Confirming your payment")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    site.pages[RESULT] = result("paid")
    site.events.put("changed")
    expect(page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()
    assert page.evaluate("window.loadedOnce") is True
    page.close()


def test_without_scripts_processing_looks_again_by_itself_and_paid_does_not(site: Site, plain: Page) -> None:
    site.pages[RESULT] = result("confirming")
    plain.goto(site.origin + RESULT)
    site.pages[RESULT] = result("paid")
    expect(plain.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()
    assert plain.locator("noscript").count() == 0


def test_what_was_typed_and_chosen_survives_a_live_change(browser: Browser, site: Site) -> None:
    site.pages[PATH] = pages.pay(ONLINE, (takes_parts(view(DEPOSIT)),))
    page = opened(browser, site, PATH)
    page.get_by_text("Another amount").click()
    field = page.get_by_role("textbox", name="Amount")
    field.fill("120.5")
    field.press("ArrowLeft")
    site.pages[PATH] = pages.pay(ONLINE, (takes_parts(view(DEPOSIT), minimum=2500),))
    site.events.put("changed")
    expect(page.get_by_text("$25.00 to $489.94")).to_be_visible()
    expect(field).to_have_value("120.5")
    expect(page.locator("[value=amount]")).to_be_checked()
    expect(field).to_be_focused()
    field.press("Backspace")
    expect(field).to_have_value("1205")
    page.close()


def test_a_choice_that_is_gone_leaves_the_page_with_its_own(browser: Browser, site: Site) -> None:
    site.pages[PATH] = pages.pay(ONLINE, (takes_parts(view(DEPOSIT)),))
    page = opened(browser, site, PATH)
    page.get_by_text("Another amount").click()
    site.pages[PATH] = pages.pay(ONLINE, (view(DEPOSIT),))
    site.events.put("changed")
    expect(page.get_by_text("Another amount")).to_have_count(0)
    expect(page.locator("[value=deposit]")).to_be_checked()
    page.close()


TWICE = """() => {
  const refused = [];
  addEventListener("submit", (event) => { refused.push(event.defaultPrevented); event.preventDefault(); });
  const form = document.querySelector("form[data-once]");
  form.requestSubmit();
  form.requestSubmit();
  return refused;
}"""


def test_a_form_is_sent_once_and_again_after_coming_back(browser: Browser, site: Site) -> None:
    site.pages[PATH] = pages.pay(ONLINE, (view(OVERDUE),))
    page = opened(browser, site, PATH)
    assert page.evaluate(TWICE) == [False, True]
    expect(page.get_by_role("button", name="Pay $95.98", disabled=True)).to_be_visible()
    page.reload()
    for _ in range(2):
        page.get_by_role("button", name="Pay $95.98").click()
        expect(page).to_have_title("posted")
        page.go_back()
    assert [form["pay"] for form in site.posted] == [["balance"], ["balance"]]
    page.close()


def test_a_deposit_is_paid_without_scripts(site: Site, plain: Page) -> None:
    site.pages[PATH] = pages.pay(ONLINE, (takes_parts(view(DEPOSIT)),))
    plain.goto(site.origin + PATH)
    plain.get_by_role("button", name="Continue to payment").click()
    expect(plain).to_have_title("posted")
    assert site.posted == [{"invoice_id": ["i-1047"], "locale": ["en"], "pay": ["deposit"]}]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_printed_invoice_is_one_sheet_without_anything_to_press(
    browser: Browser, site: Site, width: int
) -> None:
    site.pages[PATH] = pages.invoice(ONLINE, view(OVERDUE))
    page = opened(browser, site, PATH, width)
    page.emulate_media(media="print")
    for selector in ("form", "button", ".acts", ".nav", ".where", ".foot"):
        for one in page.locator(selector).all():
            expect(one).to_be_hidden()
    expect(page.get_by_role("heading", name="What it’s for")).to_be_visible()
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
