"""Strategies for customers, visits, portals, sessions, messages and rejections."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from servicehub_events import (
    Appointment,
    AppointmentJob,
    AppointmentStatus,
    ArrivalWindow,
    AttachedFile,
    Business,
    Cancellation,
    Channel,
    Colours,
    Completion,
    Contact,
    ContactStatus,
    Customer,
    CustomerRequest,
    CustomerSite,
    DayWish,
    DomainCheck,
    FormerWindow,
    Icon,
    Logo,
    Message,
    Preferences,
    Rejection,
    Reminders,
    RequestAnswer,
    RequestRules,
    Series,
    Service,
    Session,
    Site,
    StaffMember,
    Support,
    Tips,
    Unreachable,
    Window,
)

from servicehub_events_tools.testing.strategies_scalars import (
    currencies,
    emails,
    ids,
    locales,
    optional_ids,
    optional_text,
    phones,
    spans,
    text,
    times,
    unique_ids,
    words,
    zones,
)

_STATUSES: SearchStrategy[AppointmentStatus] = st.sampled_from(
    ["scheduled", "en_route", "started", "completed", "missed", "cancelled"]
)
_ROLES = st.none() | st.lists(st.sampled_from(["visits", "invoices", "pay"]), unique=True).map(tuple)
_WHOLE_DAYS = st.sampled_from(["all_day", "any_time"])
_SLUGS = st.from_regex(r"\A[a-z0-9][a-z0-9-]{1,20}[a-z0-9]\Z").filter(
    lambda slug: slug not in {"assets", "businesses", "webhooks"}
)

_DOMAINS = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}[a-z0-9]\.example\Z")
_DOMAIN_CHECKS = st.builds(
    DomainCheck, status=st.sampled_from(["pending", "verified", "failed"]), record=words, value=words
)
_DAYS = times.map(lambda at: at.date())
_ANSWERS = st.lists(
    st.builds(RequestAnswer, request_id=ids, outcome=words, message=optional_text, at=times),
    max_size=2,
    unique_by=lambda answer: answer.request_id,
).map(tuple)
_TIPS = st.none() | st.builds(
    Tips, percentages=st.lists(st.integers(1, 100), max_size=4, unique=True).map(tuple)
)
_RULES = st.builds(
    RequestRules,
    kinds=st.lists(words, max_size=3).map(tuple),
    notice_hours=st.integers(0, 200),
    cancel_reasons=st.lists(text, max_size=2).map(tuple),
)


@st.composite
def customers(draw: DrawFn) -> Customer:
    """Customers with any number of contacts, none included."""
    contact = st.builds(
        Contact,
        contact_id=ids,
        name=text,
        email=st.none() | emails,
        phone=st.none() | phones,
        locale=st.none() | locales,
        roles=_ROLES,
    )
    site = st.builds(CustomerSite, site_id=ids, label=text, address=text)
    return Customer(
        business_id=draw(ids),
        customer_id=draw(ids),
        display_name=draw(text),
        kind=draw(st.sampled_from(["person", "organisation"])),
        reading=draw(optional_text),
        honorific=draw(optional_text),
        locale=draw(st.none() | locales),
        portal_access=draw(st.booleans()),
        contacts=tuple(draw(st.lists(contact, max_size=3, unique_by=lambda one: one.contact_id))),
        sites=tuple(draw(st.lists(site, max_size=2, unique_by=lambda one: one.site_id))),
        answers=draw(_ANSWERS),
    )


@st.composite
def appointments(
    draw: DrawFn, statuses: SearchStrategy[AppointmentStatus] = _STATUSES, *, moved_for_certain: bool = False
) -> Appointment:
    """Visits in any of the statuses."""
    start, former = draw(times), draw(times)
    status = draw(statuses)
    staff = st.builds(StaffMember, staff_id=ids, name=text, role=optional_text)
    moved = st.builds(
        FormerWindow,
        start=st.just(former),
        end=spans.map(lambda span: former + span),
        at=times,
        whole_days=st.none() | _WHOLE_DAYS,
    )
    cancellation = st.builds(Cancellation, reason=optional_text, at=times, by=st.none() | words)
    completion = st.builds(Completion, at=times, summary=optional_text)
    return Appointment(
        business_id=draw(ids),
        appointment_id=draw(ids),
        customer_id=draw(ids),
        status=status,
        service=draw(st.builds(Service, name=text, items=st.lists(text, max_size=2).map(tuple))),
        window=draw(_windows(start)),
        duration_minutes=draw(st.none() | st.integers(1, 600)),
        confirmation=draw(st.sampled_from([None, "pending", "on_hold"])) if status == "scheduled" else None,
        rescheduled_from=draw(moved if moved_for_certain else st.none() | moved),
        staff=tuple(draw(st.lists(staff, max_size=3, unique_by=lambda one: one.staff_id))),
        estimated_arrival=draw(st.none() | times),
        site=draw(st.none() | st.builds(Site, label=text, address=text, site_id=optional_ids)),
        series=draw(st.none() | st.builds(Series, id=ids, rule=st.just("FREQ=WEEKLY"))),
        job=draw(st.none() | _jobs()),
        purchase_order=draw(optional_text),
        instructions=draw(optional_text),
        cancellation=draw(cancellation) if status == "cancelled" else None,
        completed=draw(completion) if status == "completed" else None,
        invoice_ids=tuple(draw(unique_ids())),
        attachments=tuple(draw(st.lists(_files(), max_size=2, unique_by=lambda file: file.id))),
        answers=draw(_ANSWERS),
    )


def _windows(start: datetime) -> SearchStrategy[Window]:
    """Windows with times of day, with an arrival within them, and of whole days."""
    arrival = st.none() | st.just(ArrivalWindow(start=start, end=start))
    ends = spans.map(lambda span: start + span)
    timed = st.builds(Window, start=st.just(start), end=ends, time_zone=zones, arrival=arrival)
    whole = st.builds(Window, start=st.just(start), end=ends, time_zone=zones, whole_days=_WHOLE_DAYS)
    return timed | whole


def _jobs() -> SearchStrategy[AppointmentJob]:
    number, count = st.none() | st.integers(1, 5), st.none() | st.integers(5, 9)
    return st.builds(AppointmentJob, id=ids, name=optional_text, visit_number=number, visit_count=count)


def _files() -> SearchStrategy[AttachedFile]:
    url = st.just("https://files.example/a.jpg")
    kind = st.sampled_from(["photo", "document", "report", "sketch"])
    return st.builds(
        AttachedFile, id=ids, url=url, title=text, kind=kind, roles=_ROLES, added_at=st.none() | times
    )


@st.composite
def businesses(draw: DrawFn) -> Business:
    """Portals with one to three languages."""
    domain = draw(st.none() | _DOMAINS)
    slugs = draw(st.lists(_SLUGS, min_size=1, max_size=3, unique=True))
    spoken = draw(st.lists(locales, min_size=1, max_size=3, unique=True))
    icon = st.builds(Icon, url=st.just("/i.png"), size=st.just(192), purpose=st.just("any"))
    return Business(
        business_id=draw(ids),
        slug=slugs[0],
        former_slugs=tuple(slugs[1:]),
        enabled=draw(st.booleans()),
        generation=draw(st.integers(0, 1000)),
        name=draw(text),
        legal_name=draw(optional_text),
        theme_url="/branding/t-0a1b.css",
        logo=draw(st.none() | st.just(Logo(url="https://cdn.example/l.webp", width=320, height=80))),
        icons=tuple(draw(st.lists(icon, max_size=2))),
        colours=draw(st.builds(Colours, primary=st.from_regex(r"\A#[0-9a-f]{6}\Z"))),
        locales=tuple(spoken),
        default_locale=spoken[0],
        time_zone=draw(zones),
        currency=draw(currencies),
        country="JP",
        postal_address=draw(optional_text),
        tips=draw(_TIPS),
        saved_cards=draw(st.booleans()),
        support=draw(
            st.builds(Support, email=st.none() | emails, phone=st.none() | phones, hours=optional_text)
        ),
        second_proof_to_pay=draw(st.booleans()),
        pay_links=draw(st.booleans()),
        reminders=draw(
            st.builds(Reminders, hours_before=st.lists(st.integers(1, 200), max_size=3).map(tuple))
        ),
        surplus_handling=draw(st.sampled_from(["refund", "credit"])),
        domain=domain,
        domain_check=draw(_DOMAIN_CHECKS) if domain else None,
        requests=draw(st.none() | _RULES),
    )


@st.composite
def sessions(draw: DrawFn) -> Session:
    """Sessions that are alive."""
    issued = draw(times)
    return Session(
        business_id=draw(ids),
        session_id=draw(ids),
        contact_id=draw(ids),
        customer_id=draw(ids),
        device=draw(text),
        remembered=draw(st.booleans()),
        issued_at=issued,
        expires_at=issued + draw(spans),
        method=draw(st.sampled_from((None, "code", "passkey"))),
        confirmed_until=draw(st.none() | times),
    )


def contact_statuses() -> SearchStrategy[ContactStatus]:
    """Contacts about whom there is everything to know."""
    word = st.none() | words
    phone_alone = st.builds(Unreachable, since=times, phone=words)
    return st.builds(
        ContactStatus,
        business_id=ids,
        contact_id=ids,
        customer_id=ids,
        wrong_codes_at=times,
        guarded_until=times,
        unreachable=st.builds(Unreachable, since=times, email=words, phone=word) | phone_alone,
    )


def preferences() -> SearchStrategy[Preferences]:
    """Choices for some of the message kinds."""
    kinds = st.dictionaries(words, st.booleans())
    channels = st.dictionaries(words, st.lists(st.sampled_from(get_args(Channel)), max_size=1).map(tuple))
    return st.builds(
        Preferences,
        business_id=ids,
        contact_id=ids,
        locale=st.none() | locales,
        kinds=kinds,
        channels=channels,
    )


def messages() -> SearchStrategy[Message]:
    """Messages to a contact, or to nobody known."""
    return st.builds(
        Message,
        business_id=ids,
        message_id=ids,
        kind=words,
        customer_id=optional_ids,
        contact_id=optional_ids,
        channel=st.sampled_from(["email", "sms"]),
        locale=locales,
        caused_by=ids,
        provider_reference=optional_text,
        error=optional_text,
        address_fault=st.none() | words,
        invoice_id=optional_ids,
        appointment_id=optional_ids,
        payment_id=optional_ids,
        sent_to=optional_text,
        at=st.none() | times,
    )


def rejections() -> SearchStrategy[Rejection]:
    """Rejections of records of which more or less can be read."""
    return st.builds(
        Rejection,
        business_id=ids,
        rejection_id=ids,
        topic=text,
        partition=st.integers(0, 11),
        offset=st.integers(0, 10**12),
        record_key=text,
        event_type=optional_text,
        event_source=optional_text,
        sequence=st.none() | st.integers(1, 10**12),
        code=words,
        faults=st.lists(text, max_size=3).map(tuple),
        rejected_at=times,
    )


@st.composite
def customer_requests(draw: DrawFn) -> CustomerRequest:
    """Requests of every kind, as far as each says."""
    kind = draw(st.sampled_from(["move", "cancel", "book", "message", "details"]))
    start, of_visit = draw(times), kind in ("move", "cancel")
    wish = st.builds(DayWish, day=_DAYS, part=st.none() | words)
    return CustomerRequest(
        business_id=draw(ids),
        request_id=draw(ids),
        customer_id=draw(ids),
        contact_id=draw(ids),
        kind=kind,
        status=draw(st.sampled_from(["open", "withdrawn"])),
        sent_at=draw(times),
        locale=draw(locales),
        appointment_id=draw(ids if of_visit else optional_ids),
        invoice_id=draw(optional_ids),
        window_start=start if of_visit else None,
        window_end=start + draw(spans) if of_visit else None,
        wishes=tuple(draw(st.lists(wish, max_size=3))),
        reason=draw(optional_text),
        service=draw(optional_text),
        site_id=draw(optional_ids),
        changed=tuple(draw(st.lists(words, max_size=2))),
        text=draw(optional_text),
    )
