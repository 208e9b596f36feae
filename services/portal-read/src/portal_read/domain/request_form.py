"""The form of a request: what was typed, and the event that it asks for, or why it can't be sent."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from servicehub_events import Appointment, Business, Customer, DayWish, RequestMade, RequestRules

from portal_read.domain.requests import (
    OF_A_VISIT,
    RequestKind,
    RequestProblem,
    asked_by,
    is_changeable,
    reasons_of,
)

DAY_PARTS: Final = ("morning", "afternoon", "evening")
DETAILS: Final = ("name", "address", "phone", "email", "invoice_name")
WISHES_LIMIT: Final = 3
TEXT_LIMIT: Final = 1000
"""Characters of a note: what fits a letter, and a staff member reads."""
LINE_LIMIT: Final = 200
_FARTHEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """What was typed and chosen, as it was: texts of any kind. `days` and `parts` belong together."""

    kind: RequestKind
    days: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    service: str = ""
    site: str = ""
    about: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, of whom, in which language, and when."""

    business: Business
    customer: Customer
    contact_id: str
    locale: str
    now: datetime


def request_of(
    form: RequestForm, asker: Asker, request_id: str, appointment: Appointment | None, invoice_id: str | None
) -> RequestMade | RequestProblem:
    """The event that a form asks for; `appointment` and `invoice_id` are those it names, and the asker's."""
    rules = asker.business.requests
    if rules is None or form.kind not in rules.kinds:
        return RequestProblem("request_not_offered")
    if form.kind in OF_A_VISIT and (problem := _too_late(appointment, rules, asker.now)):
        return problem
    wishes = _wishes(form, _today(asker, appointment)) if form.kind in ("move", "book") else ()
    if isinstance(wishes, RequestProblem):
        return wishes
    note = clean_text(form.note)
    if problem := _missing(form, rules, note):
        return problem
    return RequestMade(
        business_id=asker.business.business_id,
        request_id=request_id,
        customer_id=asker.customer.customer_id,
        contact_id=asker.contact_id,
        kind=form.kind,
        status="open",
        sent_at=asker.now,
        locale=asker.locale,
        appointment_id=appointment.appointment_id if appointment else None,
        invoice_id=invoice_id if form.kind == "message" else None,
        window_start=appointment.window.start if appointment else None,
        window_end=appointment.window.end if appointment else None,
        wishes=wishes,
        reason=form.reason if form.kind == "cancel" else None,
        service=clean_line(form.service) if form.kind == "book" else None,
        site_id=_site(form, asker.customer) if form.kind == "book" else None,
        changed=_changed(form) if form.kind == "details" else (),
        text=note or None,
    )


def _too_late(appointment: Appointment | None, rules: RequestRules, now: datetime) -> RequestProblem | None:
    if appointment is None or not is_changeable(appointment, now):
        return RequestProblem("request_over")
    if now >= asked_by(appointment, rules):
        return RequestProblem("request_too_late")
    return None


def _today(asker: Asker, appointment: Appointment | None) -> date:
    zone = appointment.window.time_zone if appointment else asker.business.time_zone
    return asker.now.astimezone(ZoneInfo(zone)).date()


def _wishes(form: RequestForm, today: date) -> tuple[DayWish, ...] | RequestProblem:
    """The days that were given, each once, the best one first."""
    parts = (*form.parts, *[""] * len(form.days))
    typed = [(day.strip(), part) for day, part in zip(form.days, parts, strict=False) if day.strip()]
    if not typed:
        return RequestProblem("request_day_missing")
    wishes: dict[DayWish, None] = {}
    for day, part in typed[:WISHES_LIMIT]:
        wished = _day(day)
        if wished is None or not today <= wished <= today + _FARTHEST:
            return RequestProblem("request_day_invalid")
        wishes[DayWish(day=wished, part=part if part in DAY_PARTS else None)] = None
    return tuple(wishes)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _missing(form: RequestForm, rules: RequestRules, note: str) -> RequestProblem | None:
    """What a form of its kind can't be sent without, or has too much of."""
    if len(note) > TEXT_LIMIT:
        return RequestProblem("request_text_too_long")
    if form.kind == "cancel" and form.reason not in reasons_of(rules):
        return RequestProblem("request_reason_missing")
    if form.kind == "book" and not clean_line(form.service):
        return RequestProblem("request_service_missing")
    if form.kind == "message" and not note:
        return RequestProblem("request_text_missing")
    if form.kind == "details" and not (note and _changed(form)):
        return RequestProblem("request_details_missing")
    return None


def _site(form: RequestForm, customer: Customer) -> str | None:
    return form.site if any(site.site_id == form.site for site in customer.sites) else None


def _changed(form: RequestForm) -> tuple[str, ...]:
    return tuple(detail for detail in DETAILS if detail in form.changed)


def clean_text(text: str) -> str:
    """As it was typed, in the one line ending, without what no keyboard writes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or c == "\t" or (c >= " " and c != "\x7f")).strip()


def clean_line(text: str) -> str:
    """The same on one line, cut to what a line of a page holds."""
    return " ".join(clean_text(text).split())[:LINE_LIMIT].strip()
