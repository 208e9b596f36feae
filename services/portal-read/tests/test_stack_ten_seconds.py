"""A property manager with 40 units, 300 visits and 120 invoices finds any of them in a few steps.

The pages are those of the real database, in Chromium on a phone; pictures of each step lie in
`.local/ten-seconds`. A step is a click, a choice, or a word that is typed: ten seconds hold about eight.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, Route, async_playwright
from portal_testing.chromium import find_browser
from portal_world import ROOT, World
from servicehub_events import (
    AppointmentCompleted,
    AppointmentScheduled,
    Completion,
    CustomerRevised,
    CustomerSite,
    Event,
    InvoiceIssued,
    InvoiceSite,
    RecordedPayment,
    Service,
    Site,
    StaffMember,
    Window,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
FOLDER: Final = Path(__file__).parents[3] / ".local" / "ten-seconds"
ORIGIN: Final = "https://portal.example.com"
UNITS, VISITS, INVOICES, COMING = 40, 300, 120, 17
SERVICES: Final = ("Regular cleaning", "Window cleaning", "Boiler service", "Gutters", "Deep clean")
STAFF: Final = ("Maria Reyes", "Devon Park", "Ken Ito", "Ada Blum")
PHONE: Final = {"width": 390, "height": 844}
IN_SIGHT: Final = """(row) => { const box = row.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight; }"""


def unit(n: int) -> CustomerSite:
    return CustomerSite(site_id=f"u-{n}", label=f"Unit {n}", address=f"{n} Canal Street")


def visit(n: int, world: World) -> Event:
    """The first few are to come; the others go back, one every two days."""
    place, day = unit(n % UNITS + 1), timedelta(days=COMING - n if n < COMING else 2 * (COMING - n) - 1)
    start = world.clock.now.replace(hour=1) + day
    values: dict[str, object] = {
        "appointment_id": f"v-{n}",
        "service": Service(name=SERVICES[n % 7 % len(SERVICES)]),
        "window": Window(start=start, end=start + timedelta(hours=2), time_zone="Asia/Tokyo"),
        "staff": (StaffMember(staff_id=f"p-{n % 4}", name=STAFF[n % len(STAFF)]),),
        "site": Site(label=place.label, address=place.address, site_id=place.site_id),
        "invoice_ids": (f"i-{n}",) if n < INVOICES else (),
        "attachments": (),
    }
    if n < COMING:
        return as_event(AppointmentScheduled, samples.appointment(), **values, rescheduled_from=None)
    done = Completion(at=start + timedelta(hours=2), summary=f"Order {n} done")
    return as_event(AppointmentCompleted, samples.completed_appointment(), **values, completed=done)


def invoice(n: int, world: World) -> Event:
    """Every fourth is still to be paid."""
    place, bill, issued = (
        unit(n % UNITS + 1),
        samples.invoice(),
        world.clock.now.date() - timedelta(days=3 * n),
    )
    paid = RecordedPayment(id=f"r-{n}", method="transfer", amount=bill.total, received_on=issued)
    return as_event(
        InvoiceIssued,
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


@dataclass
class Steps:
    """What somebody does on the way, counted and photographed."""

    page: Page
    name: str
    count: int = 0
    told: list[str] = field(default_factory=list[str])

    async def click(self, role: str, name: str) -> None:
        await self.page.get_by_role(role, name=name, exact=True).first.click()  # pyright: ignore[reportArgumentType]  # a role
        await self._taken(f"click {name}")

    async def find(self, words: str) -> None:
        """Type into the search and press Enter, which is a step too."""
        await self.page.get_by_role("searchbox").fill(words)
        self.count += len(words.split())
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url("**q=*")
        await self._taken(f"type {words}")

    async def choose(self, field_name: str, option: str) -> None:
        await self.page.get_by_label(field_name, exact=True).select_option(label=option)
        await self._taken(f"choose {option}")

    async def open_row(self, path: str) -> None:
        """The row is in sight without scrolling: seen, and clicked."""
        row = self.page.locator(f'main a[href="{ROOT}{path}"]').first
        assert await row.evaluate(IN_SIGHT), f"{path} is out of sight after {self.told}"
        await row.click()
        await self.page.wait_for_url(f"**{path}")
        await self._taken(f"open {path}")

    async def _taken(self, what: str) -> None:
        self.count += 1
        self.told.append(what)
        FOLDER.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=FOLDER / f"{self.name}-{len(self.told)}.png", animations="disabled")


@pytest.fixture
async def manager(full: World) -> World:
    """The sample's customer, with many units."""
    customer = samples.customer()
    await full.apply(
        as_event(CustomerRevised, customer, sites=tuple(unit(n) for n in range(1, UNITS + 1))),
        *(visit(n, full) for n in range(VISITS)),
        *(invoice(n, full) for n in range(INVOICES)),
    )
    return full


@asynccontextmanager
async def phone(world: World) -> AsyncGenerator[Page]:
    """Chromium, whose every request is answered by the pages, as by a gateway."""

    async def answer(route: Route) -> None:
        url = route.request.url.removeprefix(ORIGIN)
        if url.endswith(("/live", "/sw.js")):
            await route.abort()
            return
        got = await world.get(url, f"{world.cookie()}; __Host-lang=en")
        headers = {name: value for name, value in got.headers.items() if name in ("content-type", "location")}
        await route.fulfill(status=got.status_code, headers=headers, body=got.content)

    found = find_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.executable, args=found.args, env=found.environment
        )
        context = await browser.new_context(viewport=PHONE, service_workers="block")  # pyright: ignore[reportArgumentType]  # a size
        page = await context.new_page()
        page.set_default_timeout(60_000)
        await page.route("**/*", answer)
        await page.goto(f"{ORIGIN}{ROOT}")
        yield page
        await browser.close()


async def test_any_visit_and_any_invoice_is_found_in_a_few_steps(manager: World) -> None:
    async with phone(manager) as page:
        by_words = Steps(page, "visit-by-words")
        await by_words.click("link", "Visits")
        await by_words.find("boiler unit 24")
        await by_words.open_row("/appointments/v-23")

        by_place = Steps(page, "visit-by-place-and-year")
        await by_place.click("link", "Visits")
        await by_place.choose("Property", "Unit 40")
        await by_place.choose("Year", "2025")
        await by_place.click("button", "Show")
        await by_place.open_row("/appointments/v-239")

        by_number = Steps(page, "invoice-by-number")
        await by_number.click("link", "Invoices")
        await by_number.find("INV-1087")
        await by_number.open_row("/invoices/i-87")

        by_state = Steps(page, "invoice-by-place-and-state")
        await by_state.click("link", "Invoices")
        await by_state.choose("Property", "Unit 13")
        await by_state.choose("State", "To pay")
        await by_state.click("button", "Show")
        await by_state.open_row("/invoices/i-92")

        by_work = Steps(page, "invoice-by-what-was-done")
        await by_work.click("link", "History")
        await by_work.find("order 87")
        await by_work.open_row("/invoices/i-87")

    ways = (by_words, by_place, by_number, by_state, by_work)
    assert {way.name: way.count for way in ways} == {
        "visit-by-words": 6,
        "visit-by-place-and-year": 5,
        "invoice-by-number": 4,
        "invoice-by-place-and-state": 5,
        "invoice-by-what-was-done": 5,
    }
