"""Settle what changed of a customer's visits: each contact's news, folded, as deliveries; or none."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from chassis.database import Transaction
from servicehub_events import Business

from notifier import metrics
from notifier.context import Context
from notifier.domain.delivery import NotificationDelivery, message_id
from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import RULES, VisitKind
from notifier.domain.notifications import PendingNotification
from notifier.domain.recipients import (
    Addressee,
    ContactPreferences,
    NotifiedCustomer,
    channels_of,
    declines,
    language_of,
    reachable_by,
    readers_of,
)
from notifier.domain.visit_news import (
    FOLDED,
    VisitTold,
    folds_until,
    hurries,
    is_near,
    known_before_the_move,
    last_moment_of,
    news_of,
    told_by,
)
from notifier.messages.visit_words import TellableVisit
from notifier.store import contacts, deliveries, notifications, visits
from notifier.store.notifications import KnownSource
from notifier.store.visits import Reader, Telling, TellingStatus


class VisitNews(NamedTuple):
    """What is news of a visit to a contact who was `told` something: until when, and by which event."""

    kind: VisitKind
    cause: PendingNotification
    facts: AppointmentFacts
    told: VisitTold | None
    version: int
    until: datetime


async def settle_visits(
    ctx: Context,
    tx: Transaction,
    pending: PendingNotification,
    business: Business,
    customer: NotifiedCustomer,
) -> None:
    """Settle one that is due with all that is folded with it, or let them wait until nothing changes."""
    # Who erases the customer waits for these rows, and deletes what is told of visits after them.
    waiting = await visits.lock_pending(tx, pending.customer_id)
    if pending.event_id not in {each.event_id for each in waiting}:
        return  # it was settled with another
    ids = sorted({each.subject_id for each in waiting})
    sources = await visits.list_visits(tx, pending.customer_id, ids, ctx.cipher)
    now = ctx.clock()
    folded = [each for each in waiting if _folds(each, sources, now)]
    if pending in folded:
        fold = ctx.settings.news_fold
        times = [each.happened_at(fold) for each in folded]
        ready_at = folds_until(min(times), max(times), fold)
        if ready_at > now:
            for each in folded:
                await notifications.mark_due(tx, each, ready_at)
            return
    else:
        folded = [each for each in waiting if each == pending or _is_told_with(pending, each)]
    await notifications.forget_pending(tx, folded)
    causes: dict[str, list[PendingNotification]] = {}
    for each in sorted(folded, key=lambda each: each.subject_version, reverse=True):
        causes.setdefault(each.subject_id, []).append(each)
    known = {id_: source for id_, source in sources.items() if id_ in causes}
    if not (business.enabled and customer.portal_access and known):
        metrics.count_notification(pending.kind, "unwanted")
        return
    await _Settling(ctx, tx, business, customer, pending.customer_id).run(causes, known)


def _folds(pending: PendingNotification, sources: Mapping[str, KnownSource], now: datetime) -> bool:
    """Whether it waits for others: not what happens at the door, nor what somebody waits for."""
    source = sources.get(pending.subject_id)
    urgent = source and isinstance(source.facts, AppointmentFacts) and hurries(source.facts, now)
    return RULES[pending.kind].until is None and not urgent


def _is_told_with(pending: PendingNotification, other: PendingNotification) -> bool:
    """What else changed of the visit is told with it, but what waits for its own time."""
    return other.subject_id == pending.subject_id and not RULES[other.kind].waits


def _begins(source: KnownSource) -> datetime:
    facts = source.facts
    return facts.start if isinstance(facts, AppointmentFacts) else datetime.max.replace(tzinfo=UTC)


class _Settling(NamedTuple):
    """One settling, of one customer."""

    ctx: Context
    tx: Transaction
    business: Business
    customer: NotifiedCustomer
    customer_id: str

    async def run(
        self, causes: Mapping[str, Sequence[PendingNotification]], sources: Mapping[str, KnownSource]
    ) -> None:
        """Add the deliveries of each reader; each address is one reader's. Of causes the newest is first."""
        preferences = await contacts.list_preferences(self.tx, self.customer.contacts)
        for addressees in readers_of("visit_changed", self.customer.contacts):
            reader = Reader(self.customer_id, addressees.contact_id)
            tellings = await visits.list_tellings(self.tx, reader, list(sources), self.ctx.cipher)
            news: dict[str, VisitNews] = {}
            for id_ in sorted(sources, key=lambda id_: _begins(sources[id_])):
                each = await self._news(reader, causes[id_], sources[id_], tellings.get(id_), news)
                if each is not None:
                    news[id_] = each
            await self._address(reader, news, preferences)

    async def _news(
        self,
        reader: Reader,
        causes: Sequence[PendingNotification],
        source: KnownSource,
        telling: Telling | None,
        before: Mapping[str, VisitNews],
    ) -> VisitNews | None:
        """What is news to this reader; None for nothing, or nothing that is worth telling any more."""
        facts = source.facts
        if not isinstance(facts, AppointmentFacts):
            return None
        now, told = self.ctx.clock(), told_to_date(telling, source, causes[0].kind)
        for kind in news_of(told, facts, now):
            cause = next((each for each in causes if each.kind == kind), causes[0])
            until = last_moment_of(kind, told, facts) if RULES[kind].until is None else cause.expires_at
            if until is None or until <= now:
                metrics.count_notification(kind, "old")
                continue
            news = VisitNews(kind, cause, facts, told, source.version, until)
            if kind == "visit_completed" and await self._is_invoiced(cause, facts):
                await self._keep(reader, news)
                return None
            if kind == "visit_confirmed" and await self._is_of_told_series(reader, news, before):
                await self._keep(reader, news)
                return None
            return news
        return None

    async def _is_invoiced(self, cause: PendingNotification, facts: AppointmentFacts) -> bool:
        since = cause.received_at - RULES["visit_completed"].waits
        ids = facts.invoice_ids
        return await visits.is_invoiced(self.tx, self.customer_id, cause.subject_id, ids, since)

    async def _is_of_told_series(
        self, reader: Reader, news: VisitNews, before: Mapping[str, VisitNews]
    ) -> bool:
        """Visits that a series grows are not told of: the first one said that they come."""
        series_id, subject_id = news.facts.series_id, news.cause.subject_id
        if not series_id or news.told:
            return False
        if any(
            each.kind == "visit_confirmed" and each.facts.series_id == series_id for each in before.values()
        ):
            return True
        return await visits.is_series_told(self.tx, reader, series_id, subject_id)

    async def _address(
        self, reader: Reader, news: Mapping[str, VisitNews], preferences: Mapping[str, ContactPreferences]
    ) -> None:
        changed = {id_: each for id_, each in news.items() if each.kind in FOLDED and self._may_wait(each)}
        if len(changed) > 1:
            await self._deliver(reader, "visits_changed", changed, preferences)
            news = {id_: each for id_, each in news.items() if id_ not in changed}
        for id_, each in news.items():
            await self._deliver(reader, each.kind, {id_: each}, preferences)

    def _may_wait(self, news: VisitNews) -> bool:
        return not is_near(news.told, news.facts, self.ctx.clock())

    async def _deliver(
        self,
        reader: Reader,
        kind: VisitKind,
        news: Mapping[str, VisitNews],
        preferences: Mapping[str, ContactPreferences],
    ) -> None:
        contact = next(each for each in self.customer.contacts if each.contact_id == reader.contact_id)
        at_once = kind in ("visit_changed", "visit_cancelled") and not all(map(self._may_wait, news.values()))
        channels = channels_of(kind, reachable_by(contact), both=at_once)
        ways = [Addressee(contact, channel) for channel in channels]
        declined = [way for way in ways if declines(kind, *way, preferences)]
        wanted = [self._delivery(way, kind, news, preferences) for way in ways if way not in declined]
        refused = [self._delivery(way, kind, news, preferences) for way in declined]
        await deliveries.add_notifications(self.tx, wanted)
        await deliveries.add_declined(self.tx, refused, self.ctx.clock())
        metrics.count_notification(kind, "addressed" if wanted else "unwanted")
        if not wanted:  # who wants to hear nothing of it still hears what comes after
            for each in news.values():
                await self._keep(reader, each)

    async def _keep(self, reader: Reader, news: VisitNews) -> None:
        """Keep it as told, without a message."""
        cause = news.cause
        visit = TellableVisit(cause.subject_id, news.kind, news.facts, news.told, news.version)
        await keep_telling(self.ctx, self.tx, reader, visit, cause.event_id, "told")

    def _delivery(
        self,
        way: Addressee,
        kind: VisitKind,
        news: Mapping[str, VisitNews],
        preferences: Mapping[str, ContactPreferences],
    ) -> NotificationDelivery:
        contact, channel = way
        fold = self.ctx.settings.news_fold
        causes = (each.cause for each in news.values())
        cause = max(causes, key=lambda each: (each.happened_at(fold), each.event_id))
        others = tuple(id_ for id_ in news if id_ != cause.subject_id)
        return NotificationDelivery(
            business_id=cause.business_id,
            message_id=message_id(
                caused_by=cause.event_id, recipient=contact.contact_id, kind=kind, channel=channel
            ),
            kind=kind,
            channel=channel,
            locale=language_of(self.business, contact, preferences),
            caused_by=cause.event_id,
            customer_id=self.customer_id,
            contact_id=contact.contact_id,
            aggregate="appointment",
            subject_id=cause.subject_id,
            subject_version=news[cause.subject_id].version,
            others=others,
            expires_at=max(each.until for each in news.values()),
            requested_at=self.ctx.clock(),
            traceparent=cause.traceparent,
        )


async def keep_telling(
    ctx: Context, tx: Transaction, reader: Reader, visit: TellableVisit, round_: str, status: TellingStatus
) -> None:
    """Keep what a contact is told of a visit by this `round_` of messages."""
    telling = Telling(
        appointment_id=visit.appointment_id,
        series_id=visit.facts.series_id,
        former=visit.told,
        told=told_by(visit.kind, visit.facts, visit.told),
        round=round_,
        status=status,
    )
    await visits.put_telling(tx, reader, telling, visit.facts.end, ctx.cipher)


def told_to_date(
    telling: Telling | None, source: KnownSource, kind: str, round_: str = ""
) -> VisitTold | None:
    """What a contact was told of a visit before this `round_` of messages."""
    if telling:
        return telling.former if telling.round == round_ else telling.stands
    if source.known or source.is_sealed or not isinstance(source.facts, AppointmentFacts):
        return source.known
    # Its row is from before tellings were kept: its event was the first, or changed what everybody knew.
    return None if kind == "visit_confirmed" else known_before_the_move(source.facts)
