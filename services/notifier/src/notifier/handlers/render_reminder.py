"""Render what is said because time passes, from what is true of its visits or invoices at that moment."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from servicehub_events import Business, has_role

from notifier.context import Context
from notifier.domain.asking import still_asks
from notifier.domain.delivery import DeliveryPostponed, NotificationDelivery, Obsolete
from notifier.domain.facts import AppointmentFacts, InvoiceFacts
from notifier.domain.kinds import ReminderKind
from notifier.domain.quiet_hours import morning_after
from notifier.domain.recipients import NotifiedContact
from notifier.domain.reminders import SECOND_AFTER_DAYS
from notifier.messages.email import EmailText
from notifier.messages.invoice_reminders import (
    AskedInvoice,
    InvoiceReminder,
    invoice_reminder_email,
    invoice_reminder_sms,
)
from notifier.messages.style import MessageStyle
from notifier.messages.visit_reminders import (
    RemindedVisit,
    VisitReminder,
    visit_reminder_email,
    visit_reminder_sms,
)
from notifier.store import reminders
from notifier.store.invoice_standings import list_asked


@dataclass(frozen=True, slots=True)
class ReminderNews:
    """What one message tells: the visits of a day, or what is asked for."""

    kind: ReminderKind
    about: VisitReminder | InvoiceReminder

    def email(self, style: MessageStyle) -> EmailText:
        """As an email."""
        if isinstance(self.about, VisitReminder):
            return visit_reminder_email(style, self.about)
        return invoice_reminder_email(self.kind, style, self.about)

    def sms(self, style: MessageStyle) -> str:
        """As a text message."""
        if isinstance(self.about, VisitReminder):
            return visit_reminder_sms(style, self.about)
        return invoice_reminder_sms(self.kind, style, self.about)


async def find_news(
    ctx: Context,
    tx: Transaction,
    delivery: NotificationDelivery,
    kind: ReminderKind,
    business: Business,
    contact: NotifiedContact,
) -> ReminderNews:
    """What a delivery tells now.

    Raises `DeliveryPostponed` in quiet hours, and `Obsolete` when there is nothing left to tell, or it would
    be told too late in the morning.
    """
    told = await reminders.list_told(tx, delivery.customer_id, delivery.caused_by)
    if not told:
        raise Obsolete("superseded")
    facts = await reminders.list_facts(tx, told[0].aggregate, [one.subject_id for one in told], ctx.cipher)
    asked = await list_asked(tx, delivery.customer_id, facts)
    told = [one for one in told if still_asks(one, facts.get(one.subject_id), asked)]
    if not told:
        raise Obsolete("superseded")
    now, today = ctx.clock(), ctx.clock().astimezone(ZoneInfo(business.time_zone)).date()
    visits = {id_: one for id_, one in facts.items() if isinstance(one, AppointmentFacts)}
    if kind == "visit_reminder":
        first = told[0]
        about = VisitReminder(
            [RemindedVisit(one.subject_id, visits[one.subject_id]) for one in told], first.on_the_day, now
        )
        zone = about.visits[0].zone
    else:
        invoices = {id_: one for id_, one in facts.items() if isinstance(one, InvoiceFacts)}
        rows = [AskedInvoice(one.subject_id, invoices[one.subject_id], asked[one.subject_id]) for one in told]
        can_pay = business.stripe_account is not None and has_role(contact.roles, "pay")
        last = any(one.step == SECOND_AFTER_DAYS for one in told)
        about, zone = InvoiceReminder(rows, last, can_pay, today), ZoneInfo(business.time_zone)
    _check_hour(delivery, now, zone)
    return ReminderNews(kind, about)


def _check_hour(delivery: NotificationDelivery, now: datetime, zone: ZoneInfo) -> None:
    """At night nobody is reminded of anything."""
    if morning := morning_after(now, zone):
        if morning < delivery.expires_at:
            raise DeliveryPostponed("quiet_hours", morning)
        raise Obsolete("expired")
