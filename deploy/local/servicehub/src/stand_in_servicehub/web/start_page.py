"""The start page of the whole local stack, at `/` of the gateway: whom to be, and what to try."""

from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple

from servicehub_events import Appointment, Contact, Customer, Invoice
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from stand_in_servicehub.business import Desk
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo, StartPage
from stand_in_servicehub.demo.rows import PersonRow
from stand_in_servicehub.settings import Links
from stand_in_servicehub.web import views
from stand_in_servicehub.web.pages import TEMPLATES

COMING = ("scheduled", "en_route", "started")


class PersonView(NamedTuple):
    """A customer to be, with what awaits them now; `due` and `late` are amounts in minor units."""

    desk: Desk
    customer: Customer
    contact: Contact
    text: str
    visit: Appointment | None
    due: int
    late: int

    @property
    def address(self) -> str:
        """What to sign in with."""
        return self.contact.email or self.contact.phone or ""


def start_page_routes(core: Core, links: Links, demos: Mapping[str, Demo], page: StartPage) -> list[Route]:
    """The one page, at an address that the gateway knows."""
    logos = {name: f"data:image/png;base64,{b64encode(demo.logo).decode()}" for name, demo in demos.items()}

    async def start(_request: Request) -> Response:
        html = TEMPLATES.get_template("start.html").render(
            people=people(core, page),
            businesses=[(core.desk(row.business).profile, row.text) for row in page.businesses],
            steps=page.steps,
            logos=logos,
            links=links,
            text=views,
            ready=core.ready.is_set(),
        )
        return HTMLResponse(html)

    return [Route("/start-page", start)]


def people(core: Core, page: StartPage) -> list[PersonView]:
    """Whom a visitor can be now."""
    return [person for row in page.people if (person := _person(core.desk(row.business), row))]


def _person(desk: Desk, row: PersonRow) -> PersonView | None:
    """None until the demo is set up, and for somebody who was erased or cannot sign in any more."""
    named = (customer for customer in desk.living(Customer) if customer.display_name == row.customer)
    customer = next((customer for customer in named if customer.portal_access), None)
    contacts = customer.contacts if customer else ()
    contact = next((contact for contact in contacts if contact.name == row.contact), None)
    if not customer or not contact:
        return None
    visits = desk.living(Appointment, customer.customer_id)
    coming = [visit for visit in visits if visit.status in COMING and visit.window.end > desk.now]
    visit = min(coming, key=lambda visit: visit.window.start, default=None)
    money = [desk.money(invoice) for invoice in desk.living(Invoice, customer.customer_id)]
    late = [each for each in money if each.overdue(desk.today)]
    due, overdue = (sum(each.amount_due for each in listed) for listed in (money, late))
    return PersonView(desk, customer, contact, row.text, visit, due, overdue)
