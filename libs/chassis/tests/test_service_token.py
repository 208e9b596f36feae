"""A service believes who is calling only by a token of now, for itself, under a key that both hold."""

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from chassis.settings import KeyRing
from chassis.web.service_token import LIFE, authorization, caller_of
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEYS = KeyRing("k1", {"k1": secrets.token_bytes(32)})
SECOND = timedelta(seconds=1)


def header(keys: KeyRing = KEYS, audience: str = "notifier", now: datetime = NOW) -> str:
    return authorization(keys, caller="auth-otp", audience=audience, now=now)


def request(*values: str) -> Request:
    headers = [(b"authorization", value.encode("latin-1")) for value in values]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""})


def caller(*values: str, keys: KeyRing = KEYS, now: datetime = NOW) -> str | None:
    return caller_of(request(*values), keys, audience="notifier", now=now)


def test_a_token_names_its_caller_and_may_be_used_again() -> None:
    value = header()
    assert [caller(value), caller(value)] == ["auth-otp", "auth-otp"]
    assert caller(value.replace("Bearer", "bearer")) == "auth-otp"


def test_a_token_is_authenticated_by_sha_256() -> None:
    mac = header().rpartition(".")[2]
    assert len(base64.urlsafe_b64decode(mac + "==")) == hashlib.sha256().digest_size


@pytest.mark.parametrize(
    ("seconds", "caller_is_known"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)]
)
def test_a_token_lives_a_minute_whichever_clock_runs_ahead(seconds: int, caller_is_known: bool) -> None:
    assert LIFE == 60 * SECOND
    assert (caller(header(), now=NOW + seconds * SECOND) == "auth-otp") is caller_is_known


def test_a_token_for_another_service_or_under_another_key_is_none() -> None:
    other = KeyRing("k1", {"k1": secrets.token_bytes(32)})
    assert caller(header(audience="billing")) is None
    assert caller(header(other)) is None


def test_while_keys_are_rotated_both_are_accepted_and_the_first_signs() -> None:
    new = secrets.token_bytes(32)
    rotated = KeyRing("k2", {"k2": new, **KEYS.keys})
    assert caller(header(), keys=rotated) == "auth-otp"
    assert caller(header(rotated), keys=KeyRing("k2", {"k2": new})) == "auth-otp"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer W10.x"])
def test_what_is_no_token_names_nobody(value: str) -> None:
    assert caller(value) is None
    assert caller() is None


def test_a_token_without_its_scheme_names_nobody() -> None:
    assert caller(header().removeprefix("Bearer ")) is None


@given(at=st.integers(0, 10_000), bit=st.integers(0, 6))
def test_a_token_whose_claims_are_changed_names_nobody(at: int, bit: int) -> None:
    token = header().removeprefix("Bearer ")
    at %= token.index(".")
    changed = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
    assert caller(f"Bearer {changed}") is None
