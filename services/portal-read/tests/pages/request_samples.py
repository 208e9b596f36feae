"""A business that takes requests, and a visit with each of their states."""

from dataclasses import replace
from datetime import date, timedelta

from msgspec import structs
from page_samples import Season
from portal_read import pages
from portal_read.domain.request_form import RequestForm
from portal_read.pages import FlashMessage, PageContext, StandingRequest
from servicehub_events import Appointment, CustomerRequest, DayWish, RequestAnswer, RequestRules

ALL_KINDS = ("move", "cancel", "book", "message", "details")


def taking(ctx: PageContext, *kinds: str, notice_hours: int = 24) -> PageContext:
    """The same, of a business that takes requests: of every kind, or of these."""
    rules = RequestRules(kinds=kinds or ALL_KINDS, notice_hours=notice_hours)
    return replace(ctx, business=structs.replace(ctx.business, requests=rules))


def request_about(
    ctx: PageContext, visit: Appointment, kind: str = "move", **more: object
) -> CustomerRequest:
    assert ctx.customer
    assert ctx.contact
    day = visit.window.start.date()
    request = CustomerRequest(
        business_id=ctx.business.business_id,
        request_id="rq-1",
        customer_id=ctx.customer.customer_id,
        contact_id=ctx.contact.contact_id,
        kind=kind,
        status="open",
        sent_at=ctx.now - timedelta(hours=1),
        locale=ctx.locale,
        appointment_id=visit.appointment_id,
        window_start=visit.window.start,
        window_end=visit.window.end,
        wishes=(DayWish(day=day + timedelta(days=1), part="morning"), DayWish(day=day + timedelta(days=3)))
        if kind == "move"
        else (),
        reason="away" if kind == "cancel" else None,
        text="12 / 34\n56",
    )
    return structs.replace(request, **more)


def answer(ctx: PageContext, outcome: str, message: str | None = "№ 10") -> RequestAnswer:
    return RequestAnswer(request_id="rq-1", outcome=outcome, message=message, at=ctx.now)


def requests_of(ctx: PageContext, visit: Appointment) -> list[StandingRequest]:
    """One of each kind and state."""
    asked = request_about(ctx, visit)
    written = structs.replace(request_about(ctx, visit, "message"), request_id="rq-2", window_start=None)
    details = structs.replace(written, kind="details", changed=("phone", "email"), appointment_id=None)
    booked = structs.replace(
        asked, kind="book", service=visit.service.name, appointment_id=None, status="withdrawn"
    )
    return [
        StandingRequest(asked, None, "waiting"),
        StandingRequest(request_about(ctx, visit, "cancel"), answer(ctx, "declined"), "answered"),
        StandingRequest(written, answer(ctx, "replied"), "answered"),
        StandingRequest(details, None, "over"),
        StandingRequest(booked, None, "withdrawn"),
    ]


def asking_pages(season: Season) -> dict[str, str]:
    """A visit's page and that of requests, in each of their states."""
    ctx, visit, invoices = taking(season.ctx), season.upcoming[0], [season.invoices[0].invoice]
    move, cancel = request_about(ctx, visit), request_about(ctx, visit, "cancel")
    typed = RequestForm(kind="move", days=("", date.max.isoformat()), parts=("evening",), note="12 <3")
    states = {
        "waits": StandingRequest(move, None, "waiting"),
        "waits_to_cancel": StandingRequest(cancel, None, "waiting"),
        "of_another": StandingRequest(structs.replace(move, contact_id="k-gone"), None, "waiting"),
        "done": StandingRequest(move, answer(ctx, "done", None), "answered"),
        "declined": StandingRequest(move, answer(ctx, "declined"), "answered"),
        "cancel_declined": StandingRequest(cancel, answer(ctx, "declined"), "answered"),
        "cancel_done": StandingRequest(cancel, answer(ctx, "done"), "answered"),
        "replied": StandingRequest(move, answer(ctx, "in_time"), "answered"),
    }
    refused = replace(ctx, flash=FlashMessage("request_day_invalid"))
    shown = {f"asked_{name}": pages.appointment(ctx, visit, (), (), [one]) for name, one in states.items()}
    shown |= {
        "ask_offer": pages.appointment(ctx, visit),
        "ask_late": pages.appointment(taking(season.ctx, notice_hours=8000), visit),
        "ask_move": pages.appointment(ctx, visit, form=RequestForm(kind="move")),
        "ask_cancel": pages.appointment(ctx, visit, form=RequestForm(kind="cancel")),
        "ask_refused": pages.appointment(refused, visit, form=typed),
        "requests_empty": pages.requests(ctx, (), None),
        "requests": pages.requests(ctx, requests_of(ctx, visit), None, (), (), visit),
        "requests_alone": pages.requests(season.ctx, requests_of(ctx, visit), None),
        "requests_message": pages.requests(ctx, (), RequestForm(kind="message"), [visit], invoices),
        "requests_details": pages.requests(ctx, (), RequestForm(kind="details", changed=("phone",))),
        "requests_sent": pages.requests(
            replace(ctx, flash=FlashMessage("request_sent")), requests_of(ctx, visit), None
        ),
    }
    return shown
