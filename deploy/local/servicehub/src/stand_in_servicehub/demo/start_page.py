"""The file of the start page: whom a visitor can be, and what to try."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from stand_in_servicehub.demo.load import FOLDER, Demo
from stand_in_servicehub.demo.replay import find
from stand_in_servicehub.demo.source import Source


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be: names, and the slug of the business."""

    business: str
    customer: str
    contact: str
    text: str


class BusinessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A business to be, by its slug."""

    business: str
    text: str


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something to try, and where."""

    title: str
    text: str
    link: Literal["mailbox", "simulator", "stripe"] | None = None
    label: str = ""


class StartPage(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    people: tuple[PersonRow, ...]
    businesses: tuple[BusinessRow, ...]
    steps: tuple[StepRow, ...]


def load_start_page(demos: Mapping[str, Demo], path: Path = FOLDER / "start-page.yaml") -> StartPage:
    """Read the file and check its names. Raises DemoError."""
    source = Source(path)
    page, by_slug = source.read(StartPage), {demo.profile.portal.slug: demo for demo in demos.values()}
    for number, row in enumerate(page.businesses):
        with source.row("businesses", number):
            find(by_slug, row.business, "business")
    for number, row in enumerate(page.people):
        with source.row("people", number):
            customers = find(by_slug, row.business, "business").file.customers
            customer = find({each.display_name: each for each in customers}, row.customer, "customer")
            find({contact.name: contact for contact in customer.contacts}, row.contact, "contact")
    return page
