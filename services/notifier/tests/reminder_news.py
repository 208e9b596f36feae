"""A visit and an invoice of the design's sample, as a reminder finds them on Monday, November 23, 2026."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from notifier.domain.facts import AppointmentFacts, InvoiceFacts
from notifier.messages.invoice_reminders import AskedInvoice, InvoiceReminder
from notifier.messages.visit_reminders import RemindedVisit, VisitReminder

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=NEW_YORK).astimezone(UTC)
VISIT = AppointmentFacts(
    status="scheduled",
    service="Regular cleaning, 2 hours",
    start=datetime(2026, 11, 24, 10, 0, tzinfo=NEW_YORK),
    end=datetime(2026, 11, 24, 12, 0, tzinfo=NEW_YORK),
    time_zone="America/New_York",
    site="Apt 3B",
    staff=("Maria Reyes",),
    address="120 Maple Street, Apt 3B, Brooklyn",
    instructions="Tell the front desk that Maria is coming.",
)
INVOICE = InvoiceFacts(
    number="1052", status="open", total=17098, amount_due=17098, currency="USD", due_on=date(2026, 11, 28)
)


def reminded_visits(
    count: int = 1,
    *,
    now: datetime = NOW,
    on_the_day: bool = False,
    staff: tuple[str, ...] = VISIT.staff,
    **changes: object,
) -> VisitReminder:
    """So many visits of one day, three hours apart; `changes` are of all of them."""
    visits = [
        RemindedVisit(
            f"v-{n}",
            replace(
                VISIT,
                **{
                    "start": VISIT.start + n * timedelta(hours=3),
                    "end": VISIT.end + n * timedelta(hours=3),
                    "staff": staff,
                    **changes,
                },
            ),
        )
        for n in range(count)
    ]
    return VisitReminder(visits, on_the_day, now)


def invoice_news(*left: int, last: bool = False, can_pay: bool = True, **changes: object) -> InvoiceReminder:
    """Invoices of which so much is left, by default one with all of it."""
    invoices = [
        AskedInvoice(f"i-{n}", replace(INVOICE, number=f"{1052 + n}", **changes), amount)
        for n, amount in enumerate(left or (17098,))
    ]
    return InvoiceReminder(invoices, last, can_pay, NOW.date())
