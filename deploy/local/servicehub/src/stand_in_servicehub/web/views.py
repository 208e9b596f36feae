"""What the pages show of a business, in their order, and amounts and times as people read them."""

from datetime import datetime
from typing import NamedTuple

from servicehub_events import (
    Allocation,
    Appointment,
    Customer,
    Invoice,
    Payment,
    Rejection,
)
from servicehub_events.money import exponent, to_decimal

from stand_in_servicehub.business import Desk, Profile
from stand_in_servicehub.payments import is_received
from stand_in_servicehub.store import Row

SYMBOLS = {"USD": "$", "JPY": "¥"}


class BusinessView(NamedTuple):
    """A business; what comes next is first, then the past backwards."""

    desk: Desk
    profile: Profile
    enabled: bool
    customers: list[Row[Customer]]
    visits: list[Row[Appointment]]
    invoices: list[Row[Invoice]]
    payments: list[Row[Payment]]
    rejections: list[Rejection]
    names: dict[str, str]
    erased: int

    @property
    def takings(self) -> list[tuple[str, int, int]]:
        """What customers paid, before refunds: currency, amount in minor units, number of payments."""
        received = [row.state for row in self.payments if is_received(row.state)]
        currencies = sorted({payment.currency for payment in received})
        amounts = [[paid.amount for paid in received if paid.currency == name] for name in currencies]
        return [(name, sum(paid), len(paid)) for name, paid in zip(currencies, amounts, strict=True)]

    def paid(self, invoice: Invoice) -> list[tuple[Payment, Allocation]]:
        """What came for it through the portal, or is on its way."""
        money = [row.state for row in self.payments if is_money(row.state)]
        parts = [(payment, part) for payment in money for part in payment.allocations]
        return [(payment, part) for payment, part in parts if part.invoice_id == invoice.invoice_id]


def view(desk: Desk) -> BusinessView:
    """The business as it stands."""
    store, profile, business_id = desk.store, desk.profile, desk.profile.business_id
    customers = store.living(business_id, Customer)
    names = {row.state.customer_id: row.state.display_name for row in customers}
    visits = sorted(store.living(business_id, Appointment), key=lambda row: row.state.window.start)
    payments = store.living(business_id, Payment)
    return BusinessView(
        desk=desk,
        profile=profile,
        enabled=bool(store.portal(business_id)),
        customers=customers,
        visits=[row for row in visits if row.state.window.end >= desk.now]
        + [row for row in visits[::-1] if row.state.window.end < desk.now],
        invoices=store.living(business_id, Invoice)[::-1],
        payments=sorted(payments, key=lambda row: row.state.occurred_at, reverse=True),
        rejections=_rejections(desk),
        names=names,
        erased=store.erased(business_id),
    )


def _rejections(desk: Desk) -> list[Rejection]:
    """What the portal could not use, the newest first."""
    rows = desk.store.living(desk.profile.business_id, Rejection)
    return sorted((row.state for row in rows), key=lambda rejection: rejection.rejected_at, reverse=True)


def is_money(payment: Payment) -> bool:
    """Whether money came or is on its way, unlike an attempt that is open or led to nothing."""
    return payment.status in ("captured", "processing")


def money(amount: int, currency: str) -> str:
    """`$12.50`, `¥5,000`, `EUR 3.00`."""
    symbol, sign = SYMBOLS.get(currency, f"{currency} "), "−" if amount < 0 else ""
    return f"{sign}{symbol}{abs(to_decimal(amount, currency)):,.{exponent(currency)}f}"


def day_and_time(at: datetime, profile: Profile) -> str:
    """`Fri 20 Nov 10:30`, at the business."""
    local = at.astimezone(profile.zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def field_time(at: datetime, profile: Profile) -> str:
    """The value of a `datetime-local` field."""
    return at.astimezone(profile.zone).strftime("%Y-%m-%dT%H:%M")


def coming(visit: Appointment, now: datetime, profile: Profile) -> tuple[str, str]:
    """`tomorrow` and `8:30 AM – 12 PM`, or in Japanese `明日` and `8:30〜12:00`, at the business."""
    start, end, today = (at.astimezone(profile.zone) for at in (visit.window.start, visit.window.end, now))
    days = (start.date() - today.date()).days
    if profile.portal.default_locale == "ja":
        weekday = "月火水木金土日"[start.weekday()]
        day = {0: "本日", 1: "明日"}.get(days, f"{start.month}月{start.day}日({weekday})")
        return day, f"{start.hour}:{start:%M}〜{end.hour}:{end:%M}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"{start:%A}, {start:%b} {start.day}")
    return day, f"{_clock(start)} – {_clock(end)}"


def _clock(at: datetime) -> str:
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'AM' if at.hour < 12 else 'PM'}"
