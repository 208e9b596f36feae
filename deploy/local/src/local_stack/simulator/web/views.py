"""What the pages show, ready to print."""

from datetime import date, datetime
from typing import NamedTuple

from servicehub_events import Appointment, Customer, Invoice
from servicehub_events.money import exponent, to_decimal

from local_stack.simulator.core import Core
from local_stack.simulator.profile import Profile
from local_stack.simulator.store import Kind, Row

SYMBOLS = {"USD": "$", "JPY": "¥"}


class Shown(NamedTuple):
    """A business on the page; what comes next is first, then the past backwards."""

    profile: Profile
    enabled: bool
    customers: list[tuple[Customer, int]]
    visits: list[tuple[Appointment, int]]
    invoices: list[tuple[Invoice, int]]
    names: dict[str, str]
    today: date
    erased: int


def shown(core: Core, profile: Profile) -> Shown:
    """The business as it stands; what was erased is only counted."""
    business_id = profile.business_id
    kinds: tuple[Kind, ...] = ("customer", "appointment", "invoice")
    rows: list[Row] = [row for kind in kinds for row in core.store.all(business_id, kind)]
    customers = [(row.state, row.version) for row in rows if isinstance(row.state, Customer)]
    visits = [(row.state, row.version) for row in rows if isinstance(row.state, Appointment)]
    invoices = [(row.state, row.version) for row in rows if isinstance(row.state, Invoice)]
    return Shown(
        profile=profile,
        enabled=bool(core.store.portal(business_id)),
        customers=customers,
        visits=_coming_first(visits, core.clock()),
        invoices=sorted(invoices, key=lambda invoice: invoice[0].invoice_id, reverse=True),
        names={state.customer_id: state.display_name for state, _ in customers},
        today=core.today(profile),
        erased=len(rows) - len(customers) - len(visits) - len(invoices),
    )


def _coming_first(visits: list[tuple[Appointment, int]], now: datetime) -> list[tuple[Appointment, int]]:
    in_order = sorted(visits, key=lambda visit: visit[0].window.start)
    over = [visit for visit in in_order if visit[0].window.end < now]
    return [visit for visit in in_order if visit not in over] + over[::-1]


def money(amount: int, currency: str) -> str:
    """`$12.50`, `¥5,000`, `EUR 3.00`."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    sign = "−" if amount < 0 else ""
    return f"{sign}{symbol}{abs(to_decimal(amount, currency)):,.{exponent(currency)}f}"


def window(visit: Appointment, profile: Profile) -> str:
    """`Tue 24 Nov 10:00–12:00`, at the business."""
    start, end = (moment.astimezone(profile.zone) for moment in (visit.window.start, visit.window.end))
    return f"{start:%a} {start.day} {start:%b} {start:%H:%M}–{end:%H:%M}"


def field_time(moment: datetime, profile: Profile) -> str:
    """The value of a `datetime-local` field."""
    return moment.astimezone(profile.zone).strftime("%Y-%m-%dT%H:%M")


def left(invoice: Invoice) -> int:
    """What is not recorded as received; payments made in the portal are billing's to know."""
    return invoice.total - sum(payment.amount for payment in invoice.recorded_payments)
