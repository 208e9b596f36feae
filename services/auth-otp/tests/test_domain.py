"""Sessions, revocation and devices: given, when, then."""

from datetime import timedelta

import pytest
from auth_otp.domain.devices import device_name
from auth_otp.domain.revocation import Standing, why_revoke
from auth_otp.domain.sessions import RevokeSession, StartSession, decide
from servicehub_events import SessionRevoked, SignedIn, as_event
from servicehub_events_tools.testing import samples

STATE = samples.session()
SIGNED_IN = as_event(SignedIn, STATE)
START = StartSession(
    STATE.business_id,
    STATE.session_id,
    STATE.customer_id,
    STATE.contact_id,
    STATE.device,
    STATE.remembered,
    STATE.issued_at,
    STATE.expires_at,
)
REVOKE = RevokeSession("signed_out", STATE.issued_at + timedelta(hours=1))
REVOKED = as_event(SessionRevoked, STATE, revoked_at=REVOKE.at, reason="signed_out")


def test_a_proven_contact_signs_in() -> None:
    assert decide(START, None) == [SIGNED_IN]


def test_signing_in_twice_is_signing_in_once() -> None:
    assert decide(START, SIGNED_IN) == []


def test_a_revocation_carries_the_whole_session() -> None:
    assert decide(REVOKE, SIGNED_IN) == [REVOKED]


@pytest.mark.parametrize("state", [None, REVOKED])
def test_what_is_not_alive_is_not_revoked(state: SessionRevoked | None) -> None:
    assert decide(REVOKE, state) == []


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(addresses={"co-1": ["k1.a", "k1.b"]}), None),
        (Standing(addresses={"co-1": ["k2.a", "k1.a"]}), None),  # the index key rotated
        (Standing(addresses={"co-1": ["k1.b"]}), "address_changed"),
        (Standing(addresses={"co-2": ["k1.a"]}), "contact_removed"),
        (Standing(portal_access=False, addresses={"co-1": ["k1.a"]}), "access_withdrawn"),
        (Standing(erased=True), "customer_erased"),
    ],
)
def test_a_session_ends_with_what_it_rests_on(standing: Standing, reason: str | None) -> None:
    assert why_revoke("co-1", "k1.a", standing) == reason


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0"
            " Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0"
            " Safari/537.36 Edg/130.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 15.1; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox on Mac",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari Line/14.0", "LINE on iPhone"),
        ("curl/8.9", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert device_name(agent) == name
