"""When customers are reminded, and what they are asked for: by the site's clock, against a slow judge."""

from datetime import UTC, date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from naive_reminders import EDGES, HOUR, MINUTE, ZONES
from notification_samples import payment
from notifier.domain.asking import balance_of
from notifier.domain.autopay_facts import autopay_facts
from notifier.domain.facts import AppointmentFacts, InvoiceFacts
from notifier.domain.payment_facts import DisputeFacts, PaymentFacts, payment_facts
from notifier.domain.quiet_hours import is_quiet
from notifier.domain.recipients import ContactPreferences, NotifiedContact, reminded
from notifier.domain.reminders import Reminder, reminders_of
from servicehub_events import AppointmentStatus, Channel, PaymentStatus
from servicehub_events_tools.testing import samples

UTC_ZONE = ZoneInfo("UTC")


def visit(start: datetime, zone: str, **changes: object) -> AppointmentFacts:
    made = AppointmentFacts(
        status="scheduled", service="Cleaning", start=start, end=start + 2 * HOUR, time_zone=zone
    )
    return replace(made, **changes)


def local(zone: str, *at: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = at
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold)


def due(facts: AppointmentFacts, hours: int) -> list[datetime]:
    """When it is reminded of, by the clock of its site."""
    return [
        one.due_at.astimezone(ZoneInfo(facts.time_zone)).replace(tzinfo=None)
        for one in reminders_of(facts, [hours], UTC_ZONE)
    ]


@pytest.mark.parametrize(
    ("start", "hours", "moment"),
    [
        ((2026, 11, 24, 10, 0), 24, (2026, 11, 23, 10, 0)),
        ((2026, 11, 24, 7, 0), 24, (2026, 11, 23, 8, 0)),  # at night: in the morning of that day
        ((2026, 11, 24, 22, 0), 24, (2026, 11, 23, 20, 59)),  # at night: before 21:00 of that day
        ((2026, 11, 24, 9, 0), 12, (2026, 11, 23, 20, 59)),
        ((2026, 11, 24, 11, 30), 12, (2026, 11, 23, 20, 59)),
        ((2026, 11, 24, 0, 0), 24, (2026, 11, 23, 8, 0)),  # a whole day
        ((2026, 11, 24, 14, 0), 2, (2026, 11, 24, 12, 0)),
        ((2026, 11, 24, 9, 0), 2, (2026, 11, 23, 20, 0)),  # the evening before
        ((2026, 11, 24, 23, 0), 1, (2026, 11, 24, 20, 0)),
        ((2026, 3, 8, 10, 0), 24, (2026, 3, 7, 10, 0)),  # clocks go forward in the night between
        ((2026, 11, 1, 10, 0), 24, (2026, 10, 31, 10, 0)),  # and back
        ((2026, 11, 1, 10, 0), 48, (2026, 10, 30, 10, 0)),
    ],
)
def test_the_minute_is_that_of_the_sites_clock(
    start: tuple[int, ...], hours: int, moment: tuple[int, ...]
) -> None:
    year, month, day, hour, minute = moment
    assert due(visit(local("America/New_York", *start), "America/New_York"), hours) == [
        datetime(year, month, day, hour, minute)  # noqa: DTZ001  # a clock's face
    ]


def test_hours_of_the_day_pass_as_time_does() -> None:
    """Eleven hours before 19:00 of a day that skips an hour it is 8:00; before 11:00, the evening."""
    name = "America/New_York"
    assert [at.hour for at in due(visit(local(name, 2026, 3, 8, 19, 0), name), 11)] == [8]
    assert [at.hour for at in due(visit(local(name, 2026, 3, 8, 11, 0), name), 9)] == [20]


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    """Any quarter of an hour of a year, and any minute near the days on which clocks change."""
    if draw(st.booleans()):
        return draw(st.sampled_from(EDGES)) + draw(st.integers(-2000, 4000)) * MINUTE
    return datetime(2026, 1, 3, tzinfo=UTC) + draw(st.integers(0, 390 * 96)) * 15 * MINUTE


@given(starts(), st.sets(st.integers(1, 200), max_size=10), st.sampled_from(ZONES))
def test_nobody_is_reminded_in_quiet_hours_or_too_late(start: datetime, hours: set[int], name: str) -> None:
    for one in reminders_of(visit(start, name), hours, UTC_ZONE):
        assert not is_quiet(one.due_at.astimezone(ZoneInfo(name)).time())
        assert one.due_at < one.expires_at <= start


@pytest.mark.parametrize("status", [one for one in get_args(AppointmentStatus) if one != "scheduled"])
def test_what_does_not_stand_is_not_reminded_of(status: AppointmentStatus) -> None:
    start = local("Asia/Tokyo", 2026, 11, 24, 10, 0)
    assert reminders_of(visit(start, "Asia/Tokyo", status=status), [24], UTC_ZONE) == []
    for confirmation in ("pending", "on_hold"):
        assert reminders_of(visit(start, "Asia/Tokyo", confirmation=confirmation), [24], UTC_ZONE) == []


INVOICE = InvoiceFacts(
    number="1042", status="open", total=17098, amount_due=17098, currency="USD", due_on=date(2026, 11, 3)
)


def moments(plan: list[Reminder] | tuple[Reminder, ...], zone: ZoneInfo) -> list[tuple[str, str]]:
    return [(one.kind, f"{one.due_at.astimezone(zone):%m-%d %H:%M}") for one in plan]


def test_an_invoice_is_asked_for_before_its_day_and_twice_after_it_on_the_businesss_clock() -> None:
    zone = ZoneInfo("America/New_York")  # clocks go back on November 1
    assert moments(list(reminders_of(INVOICE, [24], zone)), zone) == [
        ("invoice_due_soon", "10-31 09:00"),
        ("invoice_overdue", "11-06 10:00"),
        ("invoice_overdue", "11-17 10:00"),
    ]


@pytest.mark.parametrize("changes", [{"status": "void"}, {"status": "uncollectible"}, {"amount_due": 0}])
def test_of_what_is_not_owed_nobody_is_reminded(changes: dict[str, object]) -> None:
    assert reminders_of(replace(INVOICE, **changes), [24], UTC_ZONE) == []


def paid(amount: int, status: PaymentStatus = "captured", **changes: object) -> PaymentFacts:
    made = payment_facts(payment(currency="USD", amount=amount, status=status))
    return replace(made, **{"allocated": {"in-1": amount}, "shares": {"in-1": amount}, **changes})


def asked(*payments: PaymentFacts) -> int:
    return balance_of("in-1", INVOICE, payments, None).asked_for


def test_what_is_left_is_asked_for() -> None:
    assert (asked(), asked(paid(7000)), asked(paid(7000), paid(10098)), asked(paid(20000))) == (
        17098,
        10098,
        0,
        0,
    )


def test_a_refund_or_a_lost_dispute_makes_nothing_owed_again() -> None:
    lost = DisputeFacts(dispute_id="", status="lost", amount=17098, invoice_ids=("in-1",))
    given_back = paid(17098, shares={"in-1": 0}, refunds=payment_facts(samples.payment()).refunds)
    assert asked(given_back) == 0
    assert asked(paid(17098, dispute=lost)) == 0
    assert asked(replace(given_back, allocated={})) == 0  # facts from before what was paid was kept


@pytest.mark.parametrize(
    "other",
    [
        paid(1, "processing"),
        paid(1, checked=False),
        paid(1, "failed", checked=False),
        paid(1, dispute=DisputeFacts(dispute_id="", status="open", amount=1, invoice_ids=("in-1",))),
    ],
)
def test_nobody_is_asked_while_a_payment_is_open_checked_or_disputed(other: PaymentFacts) -> None:
    assert asked(other) == 0


def test_money_of_another_currency_or_invoice_and_what_failed_pays_nothing() -> None:
    assert (
        asked(paid(17098, currency="JPY"), paid(17098, "failed"), paid(17098, invoice_ids=("in-2",))) == 17098
    )


def test_what_autopay_is_about_to_pay_is_not_asked_for() -> None:
    autopay = autopay_facts(samples.autopay())
    ended = replace(autopay, charges=tuple(replace(charge, ended=True) for charge in autopay.charges))
    assert autopay.invoice_ids[0] == "in-1"
    states = (autopay, ended, replace(autopay, status="off"))
    asked = [balance_of("in-1", INVOICE, (), one).asked_for for one in states]
    assert asked == [0, 17098, 17098]
    assert balance_of("in-9", INVOICE, (), autopay).asked_for == 17098  # older than what was agreed


ANN = NotifiedContact(contact_id="co-ann", email="ann@example.com", phone="+1")
TEXTED = NotifiedContact(contact_id="co-bo", email="", phone="+2")
MAILED = NotifiedContact(contact_id="co-cy", email="cy@example.com")
NO_TEXT = {"co-ann": ContactPreferences(channels={"visit_reminder": ("email",)})}
NO_MAIL = {"co-ann": ContactPreferences(channels={"visit_reminder": ("sms",)})}
NOTHING = {"co-ann": ContactPreferences(kinds={"visit_reminder": False})}


@pytest.mark.parametrize(
    ("on_the_day", "chosen", "ann"),
    [
        (False, {}, ["email"]),
        (True, {}, ["sms"]),
        (True, NO_TEXT, ["email"]),
        (False, NO_MAIL, ["sms"]),
        (False, NOTHING, []),
    ],
)
def test_a_mail_goes_the_day_before_and_a_text_on_the_day_unless_chosen_otherwise(
    on_the_day: bool, chosen: dict[str, ContactPreferences], ann: list[Channel]
) -> None:
    ways = reminded("visit_reminder", (ANN, TEXTED, MAILED), chosen, on_the_day=on_the_day)
    by = [(way.contact.contact_id, way.channel) for way in ways]
    assert by == [*(("co-ann", channel) for channel in ann), ("co-bo", "sms"), ("co-cy", "email")]
