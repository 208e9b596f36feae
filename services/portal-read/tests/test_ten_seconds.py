"""A property manager with 40 units, 300 visits and 120 invoices finds any of them in a few steps.

The pages are made of the rows that each statement reads, in Chromium on a phone; pictures of each step lie in
`.local/ten-seconds`. A step is a click, a choice, or a word that is typed: ten seconds hold about eight.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec import structs
from opened_pages import NOW, context_of_sample, opened, stored
from playwright.sync_api import Browser, Error, Page, Route
from portal_read import pages, store
from portal_read.http import appointment_list, history, invoice_list
from portal_read.http.appointments import show_appointment
from portal_read.http.invoices import show_invoice
from portal_read.http.list_request import read_query
from portal_read.http.page_request import PageRequest
from portal_read.pages import PageContext
from portal_read.read_model import StoredRow
from portal_testing.chromium import chromium
from servicehub_events import (
    Appointment,
    Completion,
    CustomerSite,
    Invoice,
    InvoiceSite,
    RecordedPayment,
    Service,
    Site,
    StaffMember,
    Window,
)
from servicehub_events_tools.testing import samples

FOLDER: Final = Path(__file__).parents[3] / ".local" / "ten-seconds"
ORIGIN: Final = "https://portal.example.com"
ROOT: Final = f"/portal/{samples.business().slug}"
UNITS, VISITS, INVOICES, COMING = 40, 300, 120, 17
SERVICES: Final = ("Regular cleaning", "Window cleaning", "Boiler service", "Gutters", "Deep clean")
STAFF: Final = ("Maria Reyes", "Devon Park", "Ken Ito", "Ada Blum")
IN_SIGHT: Final = """(row) => { const box = row.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight; }"""


def unit(n: int) -> CustomerSite:
    return CustomerSite(site_id=f"u-{n}", label=f"Unit {n}", address=f"{n} Canal Street")


def visit(n: int) -> Appointment:
    """The first few are to come; the others go back, one every two days."""
    place, day = unit(n % UNITS + 1), timedelta(days=COMING - n if n < COMING else 2 * (COMING - n) - 1)
    start = NOW.replace(hour=1) + day
    window = Window(start=start, end=start + timedelta(hours=2), time_zone="Asia/Tokyo")
    return structs.replace(
        samples.appointment() if n < COMING else samples.completed_appointment(),
        appointment_id=f"v-{n}",
        service=Service(name=SERVICES[n % 7 % len(SERVICES)]),
        window=window,
        staff=(StaffMember(staff_id=f"p-{n % 4}", name=STAFF[n % len(STAFF)]),),
        site=Site(label=place.label, address=place.address, site_id=place.site_id),
        rescheduled_from=None,
        completed=Completion(at=window.end, summary=f"Order {n} done") if n >= COMING else None,
        invoice_ids=(f"i-{n}",) if n < INVOICES else (),
        attachments=(),
        answers=(),
    )


def invoice(n: int) -> Invoice:
    """Every fourth is still to be paid."""
    place, bill, issued = unit(n % UNITS + 1), samples.invoice(), NOW.date() - timedelta(days=3 * n)
    paid = RecordedPayment(id=f"r-{n}", method="transfer", amount=bill.total, received_on=issued)
    return structs.replace(
        bill,
        invoice_id=f"i-{n}",
        number=f"INV-{1000 + n}",
        issued_on=issued,
        due_on=issued + timedelta(days=30),
        deposit=None,
        site=InvoiceSite(label=place.label, site_id=place.site_id),
        recorded_payments=(paid,) if n % 4 else (),
        appointment_ids=(f"v-{n}",),
    )


VISITS_OF_ALL: Final = {f"v-{n}": stored(f"v-{n}", visit(n)) for n in range(VISITS)}
INVOICES_OF_ALL: Final = {f"i-{n}": stored(f"i-{n}", invoice(n)) for n in range(INVOICES)}
"""Both newest first."""


def read(path: str, *, searches: bool) -> Mapping[str, list[StoredRow]]:
    """What the statement of a page reads of them."""
    coming, past = list(islice(VISITS_OF_ALL.values(), COMING)), [*VISITS_OF_ALL.values()][COMING:]
    unpaid = [row for key, row in INVOICES_OF_ALL.items() if int(key[2:]) % 4 == 0]
    settled = [row for key, row in INVOICES_OF_ALL.items() if int(key[2:]) % 4]
    least = None if searches else store.PAST_AT_ONCE + 1
    return {
        "oldest_year": [StoredRow("all", 2025, None)],
        "upcoming": coming,
        "searched": [*VISITS_OF_ALL.values()],
        "past": past[:least],
        "unpaid": unpaid,
        "settled": settled[:least],
        "invoice": [*INVOICES_OF_ALL.values()],
        **({"appointment": [VISITS_OF_ALL[path]], "invoice": []} if path in VISITS_OF_ALL else {}),
        **({"invoice": [INVOICES_OF_ALL[path]]} if path in INVOICES_OF_ALL else {}),
    }


def manager() -> PageContext:
    """The sample's contact, of a customer with many units."""
    context = context_of_sample()
    assert context.customer
    sites = tuple(unit(n) for n in range(1, UNITS + 1))
    return replace(context, customer=structs.replace(context.customer, sites=sites))


def shown(address: str) -> str:
    """The page at an address of the portal."""
    parts = urlsplit(address)
    query, place = parse_qsl(parts.query), parts.path.removeprefix(ROOT).strip("/")
    name, _, key = place.partition("/")
    asked = opened({}, context=manager(), query=query)
    searches = read_query(asked.request).searches
    page = opened(read(key, searches=searches), key, context=manager(), query=query)
    shows: Mapping[str, Callable[[PageRequest], str | None]] = {
        "appointments": appointment_list.show_found if searches else appointment_list.show_appointments,
        "invoices": invoice_list.show_found if searches else invoice_list.show_invoices,
        "history": history.show_history,
    }
    show = {"appointments": show_appointment, "invoices": show_invoice}[name] if key else shows[name]
    return show(page) or ""


def answer(route: Route) -> None:
    """As the gateway would: a page, or one of its files."""
    address = route.request.url.removeprefix(ORIGIN)
    file = pages.asset_named(address.removeprefix("/portal/assets/"))
    if file:
        route.fulfill(body=file.body, content_type=file.content_type)
    elif re.fullmatch(rf"{ROOT}(/(appointments|invoices|history)\b.*)", address):
        route.fulfill(body=shown(address), content_type="text/html; charset=utf-8")
    else:
        route.fulfill(body="", content_type="text/css")


@dataclass
class Steps:
    """What somebody does on the way, counted and photographed."""

    page: Page
    name: str
    count: int = 0
    told: list[str] = field(default_factory=list[str])

    def click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()  # pyright: ignore[reportArgumentType]  # a role
        self._taken(f"click {name}")

    def find(self, words: str) -> None:
        """Type into the search and press Enter, which is a step too."""
        self.page.get_by_role("searchbox").fill(words)
        self.count += len(words.split())
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**q=*")
        self._taken(f"type {words}")

    def choose(self, field_name: str, option: str) -> None:
        self.page.get_by_label(field_name, exact=True).select_option(label=option)
        self._taken(f"choose {option}")

    def open_row(self, path: str) -> None:
        """The row is in sight without scrolling: seen, and clicked."""
        row = self.page.locator(f'main a[href="{ROOT}{path}"]').first
        assert row.evaluate(IN_SIGHT), f"{path} is out of sight after {self.told}"
        row.click()
        self.page.wait_for_url(f"**{path}")
        self._taken(f"open {path}")

    def _taken(self, what: str) -> None:
        self.count += 1
        self.told.append(what)
        FOLDER.mkdir(parents=True, exist_ok=True)
        with suppress(Error):  # a picture is to look at; a busy browser may refuse to take one
            self.page.screenshot(path=FOLDER / f"{self.name}-{len(self.told)}.png", animations="disabled")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone on which the list of visits is open."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, service_workers="block")
    page.route("**/*", answer)
    page.goto(f"{ORIGIN}{ROOT}/appointments")
    yield page
    page.close()


def test_any_visit_and_any_invoice_is_found_in_a_few_steps(page: Page) -> None:
    by_words = Steps(page, "visit-by-words")
    by_words.click("link", "Visits")
    by_words.find("boiler unit 24")
    by_words.open_row("/appointments/v-23")

    by_place = Steps(page, "visit-by-place-and-year")
    by_place.click("link", "Visits")
    by_place.choose("Property", "Unit 40")
    by_place.choose("Year", "2025")
    by_place.click("button", "Show")
    by_place.open_row("/appointments/v-239")

    by_number = Steps(page, "invoice-by-number")
    by_number.click("link", "Invoices")
    by_number.find("INV-1087")
    by_number.open_row("/invoices/i-87")

    by_state = Steps(page, "invoice-by-place-and-state")
    by_state.click("link", "Invoices")
    by_state.choose("Property", "Unit 13")
    by_state.choose("State", "To pay")
    by_state.click("button", "Show")
    by_state.open_row("/invoices/i-92")

    by_work = Steps(page, "invoice-by-what-was-done")
    by_work.click("link", "History")
    by_work.find("order 87")
    by_work.open_row("/invoices/i-87")

    ways = (by_words, by_place, by_number, by_state, by_work)
    assert {way.name: way.count for way in ways} == {
        "visit-by-words": 6,
        "visit-by-place-and-year": 5,
        "invoice-by-number": 4,
        "invoice-by-place-and-state": 5,
        "invoice-by-what-was-done": 5,
    }
