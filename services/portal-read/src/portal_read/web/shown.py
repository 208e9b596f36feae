"""What several pages show: visits in their order, invoices with their payments and money."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from servicehub_events import Appointment, Invoice, Payment
from starlette.requests import Request

from portal_read.pages import InvoiceView
from portal_read.queries import decode, decoded
from portal_read.web.arriving import Visit, moment
from portal_read.web.paying import with_money

_LATE: Final = timedelta(hours=6)
"""How long after its window an unfinished visit still counts as the next one."""
_NEWEST: Final = "infinity"


def page_of_visits(request: Request, now: datetime) -> Mapping[str, object]:
    """From `?before=<start>&id=<id>` on, or from the newest."""
    before = moment(request.query_params.get("before", ""))
    key = request.query_params.get("id", "") if before else ""
    return {"ends_after": now - _LATE, "before": before or _NEWEST, "before_id": key.replace("\x00", "")}


def page_of_invoices(request: Request, _: datetime) -> Mapping[str, object]:
    """From `?before=<issued on>&id=<id>` on, or from the newest."""
    asked = request.query_params.get("before", "")
    before = moment(f"{asked}T00:00:00Z") if asked else None
    key = request.query_params.get("id", "") if before else ""
    day = before.date() if before else _NEWEST
    return {"billed_before": day, "billed_before_id": key.replace("\x00", "")}


def upcoming(visit: Visit) -> list[Appointment]:
    """Soonest first."""
    return sorted(decoded(Appointment, visit.found["upcoming"]), key=lambda each: each.window.start)


def past(visit: Visit) -> list[Appointment]:
    """Newest first; one more than fits on a page when there are more."""
    return sorted(decoded(Appointment, visit.found["past"]), key=_start, reverse=True)


def _start(visit: Appointment) -> tuple[datetime, str]:
    return visit.window.start, visit.appointment_id


def bills(visit: Visit) -> tuple[list[InvoiceView], list[InvoiceView]]:
    """Unpaid invoices by due date, and settled ones, newest first."""
    payments = decoded(Payment, visit.found["payment"])
    unpaid = [with_money(decode(Invoice, row), payments, visit.paying) for row in visit.found["unpaid"]]
    settled = [with_money(decode(Invoice, row), payments, visit.paying) for row in visit.found["settled"]]
    unpaid.sort(key=lambda view: (view.invoice.due_on, view.invoice.invoice_id))
    settled.sort(key=lambda view: (view.invoice.issued_on, view.invoice.invoice_id), reverse=True)
    return unpaid, settled
