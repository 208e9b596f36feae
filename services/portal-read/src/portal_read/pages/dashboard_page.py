"""The dashboard: when they come, who comes, what is owed; everything else is a row below."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from servicehub_events import Appointment

from portal_read.pages.appointment_item import AppointmentItem, appointment_item, appointment_items
from portal_read.pages.calendar_links import calendar_links
from portal_read.pages.changes import changes_since
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.credits import credits_of
from portal_read.pages.due_panel import due_panel
from portal_read.pages.language import Language, language_of
from portal_read.pages.shell import page

NEVER_CLOSED_AFTER: Final = timedelta(hours=1)
"""From when on a visit that nobody said began no longer stands before those to come."""
_LATER: Final = 3
"""Visits in rows below the next one."""


def dashboard(
    ctx: PageContext,
    upcoming: Sequence[Appointment],
    past: Sequence[Appointment],
    invoices: Sequence[InvoiceView],
    upcoming_count: int | None = None,
    cancelled: Sequence[Appointment] = (),
    shown: str = "",
    in_credit: Sequence[InvoiceView] = (),
) -> str:
    """`upcoming` soonest first, `past` newest first; what the contact may not see is not asked for here.

    `upcoming_count` is how many are coming up in all, where those are more; `cancelled` are visits ahead that
    were called off, `shown` stands for the rows of which changes are told. `in_credit` are all invoices of
    which the business holds too much.
    """
    language = language_of(ctx)
    ordered = sorted(upcoming, key=lambda visit: turn_of(visit, ctx.now))
    after_hero = [
        visit
        for visit in ordered[1:]
        if visit.confirmation == "on_hold" or visit.window.start >= ordered[0].window.start
    ]
    items = appointment_items(ctx, language, [*ordered[:1], *after_hero[:_LATER]])
    hero = items[0] if items else None
    title = _title(hero) if hero else language.words.gettext("Home")
    return page(
        ctx,
        "dashboard.html",
        title,
        here="home",
        hero=hero,
        calendar=calendar_links(ctx, language, ordered[0], hero) if hero else None,
        hero_title=_hero_title(language, hero),
        later=items[1:],
        last=appointment_item(ctx, language, past[0]) if past and not hero else None,
        due=due_panel(ctx, language, invoices) if ctx.may_see("invoices") else None,
        credits=credits_of(ctx, language, in_credit) if ctx.may_see("invoices") else (),
        changes=changes_since(
            ctx,
            [*upcoming, *cancelled],
            [view.invoice for view in invoices if view.money.amount_due > 0],
            shown,
        ),
        sees_appointments=ctx.may_see("visits"),
        sees_invoices=ctx.may_see("invoices"),
        appointments_count=_count_visits(language, max(len(upcoming), upcoming_count or 0)),
        invoices_count=_count_invoices(language, invoices),
    )


def turn_of(visit: Appointment, now: datetime) -> tuple[int, datetime]:
    """First what is under way, then what is late or still to come, then what nobody closed; on hold last."""
    over = now >= visit.window.end
    under_way = visit.status in ("en_route", "started") or now >= visit.window.start
    if visit.confirmation == "on_hold":
        turn = 3
    elif visit.status == "scheduled" and now - visit.window.end >= NEVER_CLOSED_AFTER:
        turn = 2
    else:
        turn = 0 if under_way and not over else 1
    return turn, visit.window.start


def _title(hero: AppointmentItem) -> str:
    return f"{hero.time.headline} {hero.time.clock}" if hero.time.clock else hero.time.headline


def _hero_title(language: Language, hero: AppointmentItem | None) -> str | None:
    if hero is None:
        return None
    if hero.on_hold:
        return language.words.gettext("Your visit")
    if hero.time.days_away < 2:
        return language.words.gettext("Your next visit")
    return language.words.ngettext(
        "Your next visit, in {n} day", "Your next visit, in {n} days", hero.time.days_away
    )


def _count_visits(language: Language, number: int) -> str | None:
    return language.words.gettext("{n} coming up", n=str(number)) if number else None


def _count_invoices(language: Language, invoices: Sequence[InvoiceView]) -> str:
    """2 to pay, 1 processing; with nothing of either, that all is settled."""
    return count_by_state(language, invoices) or language.words.gettext("All settled")


def count_by_state(language: Language, invoices: Sequence[InvoiceView], with_settled: bool = False) -> str:
    """Counts of what is to pay, on its way and settled, those that are not zero."""
    say = language.words.gettext
    waiting = sum(view.money.amount_due > 0 and view.money.payable == 0 for view in invoices)
    to_pay = sum(view.money.payable > 0 for view in invoices)
    settled = len(invoices) - waiting - to_pay
    parts = [
        say("{n} to pay", n=str(to_pay)) if to_pay else "",
        say("{n} processing", n=str(waiting)) if waiting else "",
        say("{n} settled", n=str(settled)) if settled and with_settled else "",
    ]
    return ("・" if language.format.japanese else ", ").join(part for part in parts if part)
