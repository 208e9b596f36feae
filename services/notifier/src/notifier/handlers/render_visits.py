"""Render news of visits: what differs, at the moment of sending, from what this contact was last told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.database import Transaction, lock_named
from chassis.origins import origin_of
from servicehub_events import Business

from notifier.context import Context
from notifier.domain.delivery import DeliveryPostponed, NotificationDelivery, Obsolete, Sms
from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import VisitKind
from notifier.domain.quiet_hours import held_until
from notifier.domain.recipients import ContactPreferences, NotifiedContact, declines, language_of
from notifier.domain.visit_news import FOLDED, is_near, news_of, told_by
from notifier.handlers.find_reader import find_reader
from notifier.handlers.settle_visits import keep_telling, told_to_date
from notifier.handlers.unsubscribe import stop_url
from notifier.messages.email import OutgoingEmail
from notifier.messages.style import MessageStyle
from notifier.messages.visit_words import TellableVisit
from notifier.messages.visits import VisitsNews, visits_calendar, visits_email, visits_sms
from notifier.store import contacts, visits
from notifier.store.notifications import KnownSource
from notifier.store.visits import Reader, Telling

_BEFORE_TEN: Final = timedelta(hours=2)
"""Quiet hours end at 8:00: of a visit before 10:00 the news does not wait for that."""
_NEXT: Final = 3
_MOVE: Final = "move"


async def render_visits(
    ctx: Context, delivery: NotificationDelivery, kind: VisitKind, business: Business
) -> OutgoingEmail | Sms:
    """What to send now; from here on it counts as told, unless it surely fails.

    Raises `DeliveryPostponed`, as in quiet hours, and `Obsolete` when there is no news any more, or nobody.
    """
    reader = Reader(delivery.customer_id, delivery.contact_id)
    async with ctx.all_tenants() as all_tenants:
        tx = all_tenants.of(business.business_id)
        if not await contacts.lock_unless_erased(tx, delivery.customer_id):
            raise Obsolete("erased")
        name = f"tellings/{business.business_id}/{delivery.customer_id}/{delivery.contact_id}"
        await lock_named(tx, [name])  # nobody else tells this contact of a visit meanwhile
        contact, preferences = await find_reader(ctx, tx, delivery, kind, business)
        told = await _visits(ctx, tx, delivery, kind, reader)
        _check_wanted(told, contact, delivery, preferences)
        _check_hour(ctx, delivery, kind, told)
        for visit in told:
            await keep_telling(ctx, tx, reader, visit, delivery.caused_by, "telling")
        news = await _news(ctx, tx, delivery, business, told)
    locale = language_of(business, contact, preferences)
    style = MessageStyle.of(business, locale, origin_of(business, ctx.settings.public_origin))
    if delivery.channel == "sms":
        return Sms(contact.phone, visits_sms(style, news), delivery.expires_at - ctx.clock())
    style = replace(style, stop_url=stop_url(ctx, delivery, kind, style))
    file = visits_calendar(style, news, ctx.settings.sender)
    return OutgoingEmail(
        contact.email, style.brand, locale, visits_email(style, news), style.stop_url, attachment=file
    )


async def _visits(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: VisitKind, reader: Reader
) -> Sequence[TellableVisit]:
    ids = (delivery.subject_id, *delivery.others)
    sources = await visits.list_visits(tx, delivery.customer_id, ids, ctx.cipher)
    if not sources:
        raise Obsolete("erased")
    tellings = await visits.list_tellings(tx, reader, ids, ctx.cipher, lock=True)
    judged = (_judged(ctx, delivery, kind, id_, source, tellings.get(id_)) for id_, source in sources.items())
    told = [visit for visit in judged if visit]
    if not told:
        raise Obsolete("superseded")
    return told


def _judged(
    ctx: Context,
    delivery: NotificationDelivery,
    kind: VisitKind,
    appointment_id: str,
    source: KnownSource,
    telling: Telling | None,
) -> TellableVisit | None:
    """What this delivery tells of a visit; None for nothing, as what a newer one tells as something else."""
    facts = source.facts
    if not isinstance(facts, AppointmentFacts):
        return None
    told = told_to_date(telling, source, kind, delivery.caused_by)
    wanted: Collection[VisitKind] = FOLDED if kind == "visits_changed" else (kind,)
    news = next(filter(wanted.__contains__, news_of(told, facts, ctx.clock())), None)
    if news is None:
        return None
    is_second = telling is not None and telling.round == delivery.caused_by and telling.status != "failed"
    if telling and is_second and telling.told != told_by(news, facts, told):
        return None  # the other channel told what is true no more: a newer message corrects both
    return TellableVisit(appointment_id, news, facts, told, source.version)


def _check_wanted(
    told: Sequence[TellableVisit],
    contact: NotifiedContact,
    delivery: NotificationDelivery,
    preferences: Mapping[str, ContactPreferences],
) -> None:
    """Of several only one may be left, whose kind is switched off."""
    if len(told) == 1 and declines(told[0].kind, contact, delivery.channel, preferences):
        raise Obsolete("declined")


def _check_hour(
    ctx: Context, delivery: NotificationDelivery, kind: VisitKind, told: Sequence[TellableVisit]
) -> None:
    """The quiet hours are those at the site. Who waits, or soon will, is told at any hour."""
    now, first = ctx.clock(), told[0]
    if any(is_near(visit.told, visit.facts, now) for visit in told):
        return
    zone = ZoneInfo(first.facts.time_zone)
    until = held_until(kind, delivery.channel, now, zone, delivery.expires_at)
    starts = [start for visit in told for start in _starts(visit)]
    if until and not any(now < start < until + _BEFORE_TEN for start in starts):
        raise DeliveryPostponed("quiet_hours", until)


def _starts(visit: TellableVisit) -> Sequence[datetime]:
    return [visit.facts.start, *([visit.told.start] if visit.told else [])]


async def _news(
    ctx: Context,
    tx: Transaction,
    delivery: NotificationDelivery,
    business: Business,
    told: Sequence[TellableVisit],
) -> VisitsNews:
    first = told[0].facts
    series_id = first.series_id if told[0].kind == "visit_confirmed" else None
    ahead = await visits.list_ahead(
        tx, delivery.customer_id, ctx.clock(), limit=_NEXT + 1, series_id=series_id
    )
    others = [facts for id_, facts in ahead.items() if id_ != told[0].appointment_id]
    return VisitsNews(
        business_id=business.business_id,
        visits=told,
        now=ctx.clock(),
        ahead=others if series_id or told[0].kind != "visit_confirmed" else (),
        asks=business.requests is not None and _MOVE in business.requests.kinds,
        invoiced=bool(first.invoice_ids),
    )
