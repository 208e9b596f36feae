"""Sessions: how one begins, and what ends it. Given, when, then."""

from datetime import timedelta

import pytest
from auth_otp.domain.addresses import Address
from auth_otp.domain.sessions import (
    Candidate,
    LiveSession,
    RevokeSession,
    SessionGrant,
    StartSession,
    decide,
    live_session,
    why_revoke,
)
from portal_testing.envelopes import envelope_of
from servicehub_events import (
    Contact,
    Customer,
    CustomerErased,
    CustomerRevised,
    Envelope,
    RevocationReason,
    SessionRevoked,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

STATE = samples.session()
SIGNED_IN = as_event(SignedIn, STATE)
GRANT = SessionGrant(
    session_id=STATE.session_id,
    address_index="k1.a@example.com",
    address_cipher=b"sealed",
    remembered=STATE.remembered,
    device=STATE.device,
    issued_at=STATE.issued_at,
    expires_at=STATE.expires_at,
    candidates=(Candidate(STATE.customer_id, STATE.contact_id),),
    portal_generation=1,
    method=STATE.method,
    proved_at=STATE.issued_at,
)
START = StartSession(STATE.business_id, GRANT, GRANT.candidates[0], confirmed_until=STATE.confirmed_until)
REVOKE = RevokeSession("signed_out", STATE.issued_at + timedelta(hours=1))
REVOKED = as_event(SessionRevoked, STATE, revoked_at=REVOKE.at, reason="signed_out")
LIVE = live_session(START)


def test_a_proven_contact_signs_in() -> None:
    assert decide(START, None) == [SIGNED_IN]


def test_signing_in_twice_is_signing_in_once() -> None:
    assert decide(START, SIGNED_IN) == []


def test_a_revocation_carries_the_whole_session() -> None:
    assert decide(REVOKE, SIGNED_IN) == [REVOKED]


@pytest.mark.parametrize("state", [None, REVOKED])
def test_what_is_not_alive_is_not_revoked(state: SessionRevoked | None) -> None:
    assert decide(REVOKE, state) == []


def test_what_lives_is_the_session_that_starts_with_the_address_it_rests_on() -> None:
    assert LiveSession(
        business_id=STATE.business_id,
        session_id=STATE.session_id,
        customer_id=STATE.customer_id,
        contact_id=STATE.contact_id,
        address_index="k1.a@example.com",
        address_cipher=b"sealed",
        remembered=STATE.remembered,
        expires_at=STATE.expires_at,
        method=STATE.method,
        proved_at=STATE.issued_at,
    ) == live_session(START)


def accepted(business_id: str, address: Address) -> list[str]:
    """Two keys are accepted while one replaces the other."""
    assert business_id == STATE.business_id
    return [f"k2.{address.value}", f"k1.{address.value}"]


def customer(*contacts: Contact, access: bool = True, customer_id: str = STATE.customer_id) -> Customer:
    state = samples.customer()
    return as_event(
        CustomerRevised,
        state,
        business_id=STATE.business_id,
        customer_id=customer_id,
        contacts=contacts,
        portal_access=access,
    )


def contact(
    contact_id: str = STATE.contact_id, email: str | None = "A@example.com", phone: str | None = None
) -> Contact:
    return Contact(contact_id=contact_id, name="Hanako", email=email, phone=phone)


ERASED = CustomerErased(business_id=STATE.business_id, customer_id=STATE.customer_id)
STAYS, NO_ACCESS = customer(contact()), customer(contact(), access=False)
MOVED = customer(contact(email="b@example.com"))
GONE = customer(contact("another", "a@example.com"))
ANOTHER_CUSTOMER = customer(access=False, customer_id="another")


def envelopes(*events: Customer | CustomerErased) -> list[Envelope]:
    return [envelope_of(event, number, event_id=f"e{number}") for number, event in enumerate(events, start=1)]


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([], None),
        ([STAYS], None),
        ([customer(contact("another"), contact())], None),
        ([customer(contact(email=None)), STAYS], ("address_changed", "e1")),
        ([customer(contact(email=None, phone="+819012345678"))], ("address_changed", "e1")),
        ([MOVED], ("address_changed", "e1")),
        ([GONE], ("contact_removed", "e1")),
        ([customer()], ("contact_removed", "e1")),
        ([NO_ACCESS], ("access_withdrawn", "e1")),
        ([ERASED], ("customer_erased", "e1")),
        ([ANOTHER_CUSTOMER], None),
        ([STAYS, NO_ACCESS, STAYS], ("access_withdrawn", "e2")),
        ([ANOTHER_CUSTOMER, GONE, ERASED], ("contact_removed", "e2")),
    ],
)
def test_a_session_ends_for_the_first_thing_it_rests_on_that_is_gone(
    events: list[Customer | CustomerErased], reason: tuple[RevocationReason, str] | None
) -> None:
    assert why_revoke(LIVE, envelopes(*events), accepted) == reason
