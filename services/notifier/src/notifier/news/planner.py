"""Settles who gets a message: one delivery for each recipient, or none. What is unknown yet is waited for."""

from dataclasses import dataclass

import structlog
from chassis.clock import Clock
from chassis.database.database import Database
from servicehub_events import Business
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier import jobs, measures, queries
from notifier.domain import Job, message_id
from notifier.messages.words import language_for
from notifier.news import records
from notifier.news.domain import TRIED_FOR, Person, Wishes, is_true, next_look, recipients
from notifier.news.records import News
from notifier.news.subjects import Paid
from notifier.people import Household, People

log = structlog.get_logger(__name__)

_MOST, _OF_ONE = 50, 10


@dataclass(frozen=True, slots=True)
class Planner:
    """Works off messages that are due. Any number of replicas may; each message is one's alone."""

    database: Database
    people: People
    clock: Clock

    async def run_due(self) -> None:
        """Settle all that is due now. Raises nothing: what fails is taken again with the next call."""
        try:
            while await self.step():
                pass
        except Exception as error:  # a timer of Faust's ends for good with the first error
            log.warning("news.planning_failed", exc_info=error)

    async def step(self) -> int:
        """Settle some of what is due; gives back how many."""
        async with self.database.transaction() as connection:
            due = await records.take(connection, self.clock(), _MOST, _OF_ONE)
            for news in due:
                await self._settle(connection, news)
        return len(due)

    async def _settle(self, connection: AsyncConnection, news: News) -> None:
        business = await queries.business(connection, news.business_id)
        household = await self.people.household(connection, news.business_id, news.customer_id)
        known = await records.find(connection, news.business_id, news.aggregate, news.subject_id)
        state = known.state if known else None
        if business is None or household is None or not await _bills_known(connection, news, state):
            await self._wait(connection, news)
            return
        await records.done(connection, news)
        wanted = state is not None and is_true(news.kind, state, self.clock())
        if not (wanted and business.enabled and household.portal_access):
            measures.news(news.kind, "unwanted")
            return
        payer = state.contact_id if isinstance(state, Paid) else None
        await self._address(connection, news, business, household, payer)

    async def _wait(self, connection: AsyncConnection, news: News) -> None:
        due_at = next_look(news.heard_at, self.clock())
        if due_at:
            await records.later(connection, news, due_at)
            return
        await records.done(connection, news)
        measures.news(news.kind, "unknown")
        log.warning("news.dropped", event_id=news.event_id, reason="unknown")

    async def _address(
        self,
        connection: AsyncConnection,
        news: News,
        business: Business,
        household: Household,
        payer: str | None,
    ) -> None:
        wishes = await self.people.wishes(connection, news.business_id, household.people)
        found = recipients(news.kind, household.people, wishes, payer)
        await jobs.add(connection, [self._job(news, business, each, wishes) for each in found])
        measures.news(news.kind, "addressed" if found else "unwanted")

    def _job(self, news: News, business: Business, person: Person, wishes: dict[str, Wishes]) -> Job:
        now = self.clock()
        return Job(
            business_id=news.business_id,
            message_id=message_id(
                caused_by=news.event_id, recipient=person.contact_id, kind=news.kind, channel="email"
            ),
            kind=news.kind,
            channel="email",
            locale=language_of(business, person, wishes.get(person.contact_id)),
            caused_by=news.event_id,
            urgent=False,
            customer_id=news.customer_id,
            contact_id=person.contact_id,
            aggregate=news.aggregate,
            subject_id=news.subject_id,
            subject_version=news.subject_version,
            expires_at=now + TRIED_FOR,
            requested_at=news.heard_at,
            traceparent=news.traceparent,
        )


def language_of(business: Business, person: Person, wishes: Wishes | None) -> str:
    """The language a contact is written to in: chosen, their own, the customer's, the business's."""
    tags = (wishes.locale if wishes else None, person.locale, business.default_locale)
    return language_for(*(tag for tag in tags if tag))


async def _bills_known(connection: AsyncConnection, news: News, state: object) -> bool:
    """Whether a receipt can name its invoices."""
    if not isinstance(state, Paid):
        return True
    return set(await records.bills(connection, news.business_id, state.invoice_ids)) >= set(state.invoice_ids)
