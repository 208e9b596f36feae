"""What staff are told of a contact, and how often."""

from datetime import UTC, datetime, timedelta

import pytest
from auth_otp.domain.addresses import Address
from auth_otp.domain.contact_status import (
    Observed,
    StatusRow,
    address_faults,
    decide,
    forget,
    is_reached,
    told_of,
)
from servicehub_events import (
    ContactStatus,
    Message,
    MessageDelivered,
    MessageFailed,
    MessageSent,
    TextsResumed,
    TextsStopped,
    as_event,
)
from servicehub_events_tools.testing import samples

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=1)
CIPHER = b"sealed"


def contact(
    *, email: bool = True, phone: bool = False, email_fault: str | None = None, phone_fault: str | None = None
) -> StatusRow:
    return StatusRow(
        business_id="b-1",
        customer_id="cu-1",
        contact_id="co-1",
        version=1,
        email_cipher=CIPHER if email else None,
        phone_cipher=CIPHER if phone else None,
        email_index="k.e" if email else None,
        phone_index="k.p" if phone else None,
        locale=None,
        email_fault=email_fault,
        phone_fault=phone_fault,
        rules="GB JP",
    )


def seen(
    *,
    spent: bool = False,
    guarded_until: datetime | None = None,
    email: str | None = None,
    phone: str | None = None,
    at: datetime = NOW,
) -> Observed:
    return Observed(at=at, spent=spent, guarded_until=guarded_until, email=email, phone=phone)


def told(*observations: Observed) -> tuple[list[str], ContactStatus]:
    """What is told of one observation after another, and the state that it leads to."""
    state, names = told_of(contact()), list[str]()
    for observed in observations:
        for event in decide(state, observed):
            names.append(type(event).__name__)
            state = event
            assert not event.violations()
    return names, state


def test_spent_codes_are_told_once_a_day_however_long_the_attack_lasts() -> None:
    attack = [seen(spent=True, at=NOW + timedelta(minutes=minutes)) for minutes in range(0, 48 * 60, 5)]
    names, state = told(*attack)
    assert names == ["WrongCodesEntered"] * 3  # it begins at 8:00 and touches three days of UTC
    assert state.wrong_codes_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


def test_a_guard_is_told_when_it_begins_and_when_it_ends() -> None:
    guarded = seen(spent=True, guarded_until=UNTIL)
    names, state = told(guarded, guarded, seen(spent=True), seen(spent=True))
    assert names == ["WrongCodesEntered", "SignInGuarded", "SignInGuardEnded"]
    assert state.guarded_until is None


def test_whom_no_code_reaches_is_told_until_one_does() -> None:
    away, back = seen(phone="landline"), seen()
    names, state = told(away, away, seen(phone="opted_out", at=UNTIL), back, back)
    assert names == ["ContactUnreachable", "ContactUnreachable", "ContactReachable"]
    assert state.unreachable is None
    _, state = told(away, seen(phone="opted_out", at=UNTIL))
    assert state.unreachable
    assert (state.unreachable.since, state.unreachable.phone) == (NOW, "opted_out")


def test_nothing_is_told_of_a_contact_about_whom_nothing_is_to_know() -> None:
    assert told(seen(), seen()) == ([], told_of(contact()))


def test_of_a_contact_who_is_no_more_ids_are_left_and_nothing_of_one_never_told_of() -> None:
    _, state = told(seen(spent=True, guarded_until=UNTIL, phone="landline"))
    (forgotten,) = forget(state)
    assert as_event(ContactStatus, forgotten) == told_of(contact())
    assert [forget(forgotten), forget(None), forget(told_of(contact()))] == [[], [], []]


@pytest.mark.parametrize(
    ("row", "phone", "faults"),
    [
        (contact(), None, (None, None)),
        (contact(email=False), None, (None, None)),
        (contact(email=False, phone=True), "+819012345678", (None, None)),
        (contact(email=False, phone=True), "+81312345678", (None, "landline")),
        (contact(email=False, phone=True), "+81990123456", (None, "premium_rate")),
        (contact(email=False, phone=True), "+4918012345", (None, "shared_cost")),
        (contact(email=False, phone=True), "+12125550142", (None, "abroad")),
        (contact(email=False, phone=True, phone_fault="opted_out"), "+819012345678", (None, "opted_out")),
        (contact(email_fault="mailbox_unavailable"), None, ("mailbox_unavailable", None)),
        (contact(phone=True), "+81312345678", (None, None)),
        (contact(phone=True, email_fault="mailbox_unavailable"), "+819012345678", (None, None)),
        (
            contact(phone=True, email_fault="mailbox_unavailable"),
            "+81312345678",
            ("mailbox_unavailable", "landline"),
        ),
        (contact(email=False, email_fault="unusable"), None, ("unusable", None)),
    ],
)
def test_a_contact_is_out_of_reach_when_each_of_its_addresses_is(
    row: StatusRow, phone: str | None, faults: tuple[str | None, str | None]
) -> None:
    assert address_faults(row, Address.known(phone) if phone else None) == faults


@pytest.mark.parametrize(
    ("kind", "channel", "reached"),
    [
        (MessageSent, "email", True),
        (MessageDelivered, "email", True),
        (MessageFailed, "email", False),
        (MessageSent, "sms", False),  # its network may still lose it
        (MessageDelivered, "sms", True),
        (TextsResumed, "sms", True),
        (TextsStopped, "sms", False),
        (MessageFailed, "sms", False),
    ],
)
def test_an_address_is_reached_by_a_mail_that_was_taken_and_a_text_that_arrived(
    kind: type[Message], channel: str, reached: bool
) -> None:
    assert is_reached(as_event(kind, samples.message(), channel=channel)) is reached
