"""Writes news at the moment of sending, from what is true then."""

from dataclasses import dataclass
from typing import get_args

import msgspec
from chassis.clock import Clock
from chassis.database.database import Database
from servicehub_events import Business
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.domain import Job
from notifier.messages.brand import brand_of
from notifier.messages.mail import Letter, MailText
from notifier.messages.news_message import Scene, invoice_mail, receipt_mail, visit_mail
from notifier.news import records
from notifier.news.domain import Kind, Person, Wishes, is_true, may_read
from notifier.news.planner import language_of
from notifier.news.subjects import Aggregate, Bill, Paid, State, Visit
from notifier.people import People
from notifier.ports import Moot

KINDS: tuple[Kind, ...] = get_args(Kind)


class _About(msgspec.Struct, frozen=True, kw_only=True):
    """What a news job names; no such job lacks any of it."""

    kind: Kind
    customer_id: str
    contact_id: str
    aggregate: Aggregate
    subject_id: str
    subject_version: int


@dataclass(frozen=True, slots=True)
class NewsWriter:
    """Writes to contacts about visits, invoices and payments."""

    database: Database
    people: People
    public_origin: str
    clock: Clock

    async def write(self, job: Job, business: Business) -> Letter:
        """The mail. Raises `Moot` when it is no longer true, or the contact may or will no longer read it."""
        about = msgspec.convert(job, _About, from_attributes=True)
        async with self.database.transaction() as connection:
            state = await self._state(connection, business, about)
            person, wishes = await self._person(connection, business, about)
            bills = await self._bills(connection, business, state)
        locale = language_of(business, person, wishes)
        scene = Scene.of(business, locale, self.public_origin)
        return Letter(
            person.email, brand_of(business, self.public_origin), locale, _text(about, scene, state, bills)
        )

    async def _state(self, connection: AsyncConnection, business: Business, about: _About) -> State:
        known = await records.find(connection, business.business_id, about.aggregate, about.subject_id)
        if known is None or known.state is None:
            raise Moot("erased")
        if known.news_version > about.subject_version or not is_true(about.kind, known.state, self.clock()):
            raise Moot("superseded")
        return known.state

    async def _person(
        self, connection: AsyncConnection, business: Business, about: _About
    ) -> tuple[Person, Wishes | None]:
        household = await self.people.household(connection, business.business_id, about.customer_id)
        if household is None or not household.portal_access or not business.enabled:
            raise Moot("no_access")
        found = [person for person in household.people if person.contact_id == about.contact_id]
        wishes = await self.people.wishes(connection, business.business_id, found)
        for person in found:
            if may_read(about.kind, person, wishes.get(person.contact_id)):
                return person, wishes.get(person.contact_id)
        raise Moot("unwanted")

    async def _bills(self, connection: AsyncConnection, business: Business, state: State) -> list[str]:
        """The numbers of the invoices that a payment is for."""
        if not isinstance(state, Paid):
            return []
        found = await records.bills(connection, business.business_id, state.invoice_ids)
        bills = (found.get(invoice_id) for invoice_id in state.invoice_ids)
        return [bill.number for bill in bills if bill]


def _text(about: _About, scene: Scene, state: State, numbers: list[str]) -> MailText:
    match state:
        case Visit():
            return visit_mail(about.kind, scene, about.subject_id, state)
        case Bill():
            return invoice_mail(scene, about.subject_id, state)
        case Paid():
            return receipt_mail(scene, about.subject_id, state, numbers)
