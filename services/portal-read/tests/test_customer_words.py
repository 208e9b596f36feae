"""What `portal customer show` tells, and what it keeps to itself."""

from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points

import pytest
import typer
from chassis.events_in.dead_letters import DeadLetterRow
from msgspec.structs import replace
from portal_read.projection.customer_report import (
    BusinessRow,
    CustomerDocument,
    CustomerReport,
    CustomerRow,
)
from portal_read.projection.customer_words import report_json, report_lines, ways_in
from servicehub_events import Contact
from servicehub_events_tools.testing import samples

CUSTOMER, BUSINESS = samples.customer(), samples.business()
LETTER = DeadLetterRow(
    number=17,
    state="waiting",
    code="malformed",
    cause="Expected `int`",
    consumer="portal-read.work",
    topic="servicehub.appointments.v1",
    partition=1,
    offset=2,
    key="b-1/visit-9",
    sequence=5,
    set_aside_at=datetime(2026, 11, 23, tzinfo=UTC),
    superseded_at=None,
)
REPORT = CustomerReport(
    business_id="b-1",
    customer_id="cu-1",
    projection="projection_1",
    age=timedelta(seconds=2),
    business=BusinessRow(3, BUSINESS),
    customer=CustomerRow(7, CUSTOMER),
    documents=[CustomerDocument("visits", f"visit-{n}", n, "scheduled") for n in range(9, 24)],
    letters=[LETTER],
    other_letters=4,
)
PERSONAL = (CUSTOMER.display_name, "Sample Contact", "customer@example.com", "+819012345678")


def said(report: CustomerReport, *, reveal: bool = False) -> str:
    return "\n".join(f"{label} {text}" for label, text in report_lines(report, reveal=reveal))


def test_it_says_versions_access_sign_in_and_dead_letters() -> None:
    text = said(REPORT)
    for part in (
        "caught up 2 s ago",
        "portal on (business v3)",
        "state v7, person",
        "access on",
        f"{samples.CONTACT}: visits, invoices, pay; can sign in by mail or text",
        "visits 15: visit-9 v9 scheduled",
        "and 5 more",
        "invoices 0",
        "17: b-1/visit-9 v5: malformed: Expected `int`",
        "1 about this customer; 4 about something not known",
        "portal dlq list --waiting --business b-1",
    ):
        assert part in text


def test_who_the_customer_is_shows_only_when_asked_for() -> None:
    hidden = said(REPORT) + str(report_json(REPORT, reveal=False))
    assert not any(part in hidden for part in PERSONAL)
    for shown in (said(REPORT, reveal=True), str(report_json(REPORT, reveal=True))):
        assert all(part in shown for part in PERSONAL)


def test_an_erased_customer_an_unknown_one_and_an_unknown_business_are_said_to_be_so() -> None:
    assert "erased" in said(replace(REPORT, customer=CustomerRow(9, None)))
    assert report_json(replace(REPORT, customer=CustomerRow(9, None)), reveal=True)["erased"] is True
    unknown = replace(REPORT, customer=None, business=None, age=None, documents=[], letters=[])
    assert said(unknown).count("not known: no event") == 2
    assert report_json(unknown, reveal=True)["known"] is False


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "can sign in by text"),
        ({"email": "a@example.com", "phone": None}, "can sign in by mail"),
        ({"phone": None}, "cannot sign in: no address"),
        ({"phone": "+15555555555"}, "cannot sign in: the phone is a number that no network has"),
        (
            {"email": "a@example.com", "phone": "+81312345678"},
            "can sign in by mail (the phone is a landline)",
        ),
        (
            {"phone": "+447797712366"},
            "can sign in by text (the phone is abroad: texts to +44 are not allowed"
            " unless SMS_COUNTRIES of auth-otp holds a country of it)",
        ),
    ],
)
def test_a_contact_can_sign_in_by_an_address_that_codes_reach(
    changes: dict[str, str | None], text: str
) -> None:
    contact = replace(Contact(contact_id="k", name="A", phone="+819012345678"), **changes)
    assert ways_in(BUSINESS, CUSTOMER, contact) == text


def test_nobody_can_sign_in_while_portal_or_access_is_off() -> None:
    contact = CUSTOMER.contacts[0]
    assert "portal is off" in ways_in(replace(BUSINESS, enabled=False), CUSTOMER, contact)
    assert "portal is off" in ways_in(None, CUSTOMER, contact)
    assert "access is off" in ways_in(BUSINESS, replace(CUSTOMER, portal_access=False), contact)


def test_the_portal_command_of_this_image_knows_customers() -> None:
    (point,) = entry_points(group="portal.commands", name="customer")
    assert isinstance(point.load(), typer.Typer)
