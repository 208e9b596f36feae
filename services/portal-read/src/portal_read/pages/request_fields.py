"""The form of a request: its fields, filled in with what was typed before, or with what is usual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import Appointment, CustomerSite, Invoice

from portal_read.domain.request_form import DETAILS, WISHES_LIMIT, RequestForm
from portal_read.domain.requests import RequestKind, reasons_of
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.request_item import DETAIL_NAMES, PARTS, REASONS

_DAY_LABELS: Final = (N_("First choice"), N_("Second choice"), N_("Third choice"))
_SENDS: Final[Mapping[RequestKind, str]] = {
    "move": N_("Send the request"),
    "cancel": N_("Ask to cancel"),
    "book": N_("Send the request"),
    "message": N_("Send"),
    "details": N_("Send"),
}
_DAYS_SHOWN: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several to pick from."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class DayField:
    """A day and a part of it; only the first has to be given."""

    id: str
    label: str
    value: str
    parts: Sequence[Choice]
    required: bool


@dataclass(frozen=True, slots=True)
class RequestFields:
    """What a form asks for; what its kind does not ask for is empty. `like` names the visit to have again."""

    kind: RequestKind
    action: str
    send: str
    first_day: str
    last_day: str
    days: Sequence[DayField]
    reasons: Sequence[Choice]
    details: Sequence[Choice]
    sites: Sequence[Choice]
    about: Sequence[Choice]
    like: str
    service: str
    note: str


def request_fields(
    ctx: PageContext,
    language: Language,
    form: RequestForm,
    action: str,
    today: date,
    about: Sequence[Choice] = (),
) -> RequestFields:
    """`action` is where the form is posted to, `today` where the visit takes place."""
    kind, say = form.kind, language.words.gettext
    return RequestFields(
        kind=kind,
        action=action,
        send=say(_SENDS[kind]),
        first_day=today.isoformat(),
        last_day=(today + _DAYS_SHOWN).isoformat(),
        days=_days(language, form) if kind in ("move", "book") else (),
        reasons=_reasons(ctx, language, form) if kind == "cancel" else (),
        details=_changes(language, form) if kind == "details" else (),
        sites=_sites(ctx, form) if kind == "book" else (),
        about=about if kind == "message" and len(about) > 1 else (),
        like=form.about if kind == "book" else "",
        service=form.service,
        note=form.note,
    )


def _days(language: Language, form: RequestForm) -> list[DayField]:
    say, days, parts = language.words.gettext, form.days, form.parts
    return [
        DayField(
            id=f"day-{n + 1}",
            label=say(_DAY_LABELS[n]),
            value=days[n] if n < len(days) else "",
            parts=[
                Choice(value, say(label), value == (parts[n] if n < len(parts) else ""))
                for value, label in PARTS.items()
            ],
            required=n == 0,
        )
        for n in range(WISHES_LIMIT)
    ]


def _reasons(ctx: PageContext, language: Language, form: RequestForm) -> list[Choice]:
    rules = ctx.business.requests
    reasons = reasons_of(rules) if rules else ()
    say = language.words.gettext
    return [
        Choice(reason, say(REASONS[reason]) if reason in REASONS else reason, reason == form.reason)
        for reason in reasons
    ]


def _changes(language: Language, form: RequestForm) -> list[Choice]:
    say = language.words.gettext
    return [Choice(name, say(DETAIL_NAMES[name]), name in form.changed) for name in DETAILS]


def _sites(ctx: PageContext, form: RequestForm) -> list[Choice]:
    """Where, of a customer with several places."""
    sites: Sequence[CustomerSite] = ctx.customer.sites if ctx.customer else ()
    if len(sites) < 2:
        return []
    return [Choice(site.site_id, site.label, site.site_id == form.site) for site in sites]


def about_choices(
    language: Language, form: RequestForm, visits: Sequence[Appointment], invoices: Sequence[Invoice]
) -> list[Choice]:
    """What a message may be about: these visits and invoices, or something else."""
    say = language.words.gettext
    texts = {"": say("Something else")}
    for visit in visits:
        day = language.format.short_with_weekday(visit.window.start.astimezone(language.format.zone).date())
        name = say("{service}, {day}", service=visit.service.name, day=day)
        texts.setdefault(f"visit:{visit.appointment_id}", name)
    for invoice in invoices:
        texts.setdefault(f"invoice:{invoice.invoice_id}", say("Invoice {number}", number=invoice.number))
    return [Choice(value, text, value == form.about) for value, text in texts.items()]
