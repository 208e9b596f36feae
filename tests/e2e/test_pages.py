"""What a signed-in customer sees, in both languages and on both sizes, and that it is accessible."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from portal_testing.chromium import violations

from tests.e2e.support.guests import Guests, Person
from tests.e2e.support.outside_world import ServiceHub

pytestmark = pytest.mark.e2e
HANNAH = Person("sparkle-home", "hannah@mail.example", "en", "phone")
YUMI = Person("hikari-seisou", "yumi@mail.example", "ja", "desktop")
MINE = (
    "",
    "/appointments",
    "/invoices",
    "/history",
    "/appointments/{visit}",
    "/invoices/{invoice}",
    "/appointments/nobody-has-this",
)
BEFORE = ("/sign-in", "/code")
LOGO_FITS = """(() => {
  const frame = document.querySelector(".logo");
  return frame.firstElementChild.getBoundingClientRect().bottom <= frame.getBoundingClientRect().bottom;
})()"""


@pytest.mark.parametrize("person", [HANNAH, YUMI], ids=["en-phone", "ja-desktop"])
def test_every_page_is_clean_for_axe_and_fits_the_screen(
    guests: Guests, servicehub: ServiceHub, person: Person
) -> None:
    records = servicehub.records(person.slug)
    visit = next(
        v.appointment_id for v in records.appointments if v.customer_id == "c-1001" and v.rescheduled_from
    )
    bill = next(i.invoice_id for i in records.invoices if i.customer_id == "c-1001" and i.recorded_payments)
    page = guests.inside(person)
    for path in (*MINE, *BEFORE):
        if path == BEFORE[0]:
            page = guests.new(person)
        page.goto(person.root + path.format(visit=visit, invoice=bill))
        assert violations(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        assert page.evaluate(LOGO_FITS), page.url


@pytest.mark.parametrize(
    ("person", "lines", "sums"),
    [
        (HANNAH, ("Regular cleaning", "Bed linen"), ("$170.93", "$75.00", "$95.93")),
        (YUMI, ("定期清掃(2時間)",), ("¥14,850", "¥8,000", "¥6,850")),
    ],
    ids=["en", "ja"],
)
def test_an_invoice_shows_its_lines_what_was_paid_and_what_is_left(
    guests: Guests, person: Person, lines: tuple[str, ...], sums: tuple[str, ...]
) -> None:
    page = guests.inside(person)
    page.goto(f"{person.root}/invoices/inv-1042")
    for text in lines:
        expect(page.locator("table.lines")).to_contain_text(text)
    for amount in sums:
        expect(page.locator("main")).to_contain_text(amount)


def test_dashboard_leads_to_every_visit_and_invoice(guests: Guests) -> None:
    person = replace(HANNAH, size="desktop")
    page = guests.inside(person)
    page.locator(".nav").get_by_role("link", name="Visits").click()
    expect(page.get_by_role("heading", name="Coming up")).to_be_visible()
    expect(page.get_by_role("heading", name="Past visits")).to_be_visible()
    page.locator(".nav").get_by_role("link", name="Invoices").click()
    expect(page.get_by_text("Invoice 1042")).to_be_visible()
    expect(page.get_by_text(re.compile("^Paid ")).first).to_be_visible()


def test_what_belongs_to_another_customer_is_not_found_like_what_never_was(
    guests: Guests, servicehub: ServiceHub
) -> None:
    page = guests.inside(HANNAH)
    records = servicehub.records(HANNAH.slug)
    others = [f"appointments/{v.appointment_id}" for v in records.appointments if v.customer_id != "c-1001"][
        :2
    ]
    others += [f"invoices/{i.invoice_id}" for i in records.invoices if i.customer_id != "c-1001"][:2]
    shown: set[str] = set()
    for path in ("appointments/v-0", "invoices/inv-0", *others):
        answer = page.goto(f"{HANNAH.root}/{path}")
        assert answer
        assert answer.status == 404
        shown.add(answer.text())
    assert len(shown) == 1
