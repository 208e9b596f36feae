"""What autopay does about an invoice, in each state that customers see."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import servicehub_events as e
from msgspec import structs
from page_samples import Season
from portal_read import pages
from portal_read.pages import InvoiceView, PageContext

DAY = date(2026, 11, 28)
AGREED = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
SOFT = e.Failure(code="insufficient_funds", retryable=True)


def failed(code: str) -> Mapping[str, object]:
    """A charge that is tried no more, for this reason."""
    return {"status": "ended", "tries": 1, "failure": e.Failure(code=code, retryable=False)}


CHARGES: Mapping[str, Mapping[str, object]] = {
    "planned": {"status": "planned"},
    "announced": {"status": "announced"},
    "told": {"status": "confirmed"},
    "again": {"status": "confirmed", "tries": 1, "failure": SOFT},
    "charging": {"status": "charging"},
    "declined": failed("stolen_card"),
    "to_confirm": failed("authentication_required"),
    "unconfirmed": failed("unconfirmed"),
    "untold": failed("notice_failed"),
}


def with_autopay(ctx: PageContext, view: InvoiceView, **charge: object) -> PageContext:
    """The page's context, autopay being on; with a charge of this invoice."""
    fields: dict[str, object] = {
        "invoice_id": view.invoice.invoice_id,
        "amount": view.money.amount_due,
        "currency": view.money.currency,
        "charge_on": DAY,
        **charge,
    }
    charges = (e.AutopayCharge(**fields),) if charge else ()  # pyright: ignore[reportArgumentType]  # by name
    contact_id = ctx.contact.contact_id if ctx.contact else "co-1"
    autopay = e.Autopay(
        business_id=ctx.business.business_id,
        customer_id=view.invoice.customer_id,
        contact_id=contact_id,
        status="on",
        card=e.Method(type="card", brand="visa", last4="4242"),
        consent=e.AutopayConsent(terms="autopay-1", locale="en", at=AGREED),
        charges=charges,
        occurred_at=AGREED,
    )
    business = structs.replace(ctx.business, saved_cards=True, stripe_account="acct_1")
    return replace(ctx, autopay=autopay, business=business, pays_online=True)


def switched_off(ctx: PageContext, at: datetime) -> PageContext:
    """The same, switched off then."""
    assert ctx.autopay
    end = e.AutopayEnd(reason="customer", at=at)
    off = e.as_event(e.AutopaySwitchedOff, ctx.autopay, status="off", end=end)
    return replace(ctx, autopay=off)


def autopay_pages(season: Season) -> dict[str, str]:
    """The page of an unpaid invoice in each state, and the lists in one."""
    view = next(one for one in season.invoices if one.money.payable)
    shown = {
        f"invoice_autopay_{name}": pages.invoice(with_autopay(season.ctx, view, **charge), view)
        for name, charge in CHARGES.items()
    }
    off = switched_off(with_autopay(season.ctx, view), season.ctx.now - timedelta(days=1))
    told = with_autopay(season.ctx, view, **CHARGES["told"])
    again = with_autopay(season.ctx, view, **CHARGES["again"])
    return {
        **shown,
        "invoice_autopay_off": pages.invoice(off, view),
        "dashboard_autopay_told": pages.dashboard(told, season.upcoming, season.past, season.invoices),
        "dashboard_autopay_again": pages.dashboard(again, season.upcoming, season.past, season.invoices),
    }
