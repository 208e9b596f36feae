"""Who may tell us what was paid: whoever signed the very bytes with a secret of ours, within five minutes."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.errors import BadSignature
from chassis.settings.base import Secret

from .stripe_objects import event

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECRET, NEXT, STRANGERS = "whsec_first", "whsec_second", "whsec_of_a_stranger"
BODY = json.dumps(event()).encode()


def signed(body: bytes = BODY, secret: str = SECRET, *, age: int = 0, scheme: str = "v1") -> str:
    """The header of Stripe's documentation: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`."""
    then = int(NOW.timestamp()) - age
    digest = hmac.new(secret.encode(), f"{then}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={then},{scheme}={digest}"


def read(body: bytes = BODY, header: str | None = None, *secrets: str) -> str:
    """The id of the event. Raises `BadSignature`."""
    webhooks = StripeWebhooks([Secret(secret) for secret in secrets or (SECRET,)])
    return webhooks.read(body, signed(body) if header is None else header, NOW).event_id


def test_what_is_signed_is_read() -> None:
    found = StripeWebhooks([Secret(SECRET)]).read(BODY, signed(), NOW)
    assert (found.event_id, found.account, found.payment_id, found.body) == ("evt_1", "acct_1", "pa-1", BODY)


@pytest.mark.parametrize("secret", [SECRET, NEXT])
def test_two_secrets_hold_while_one_is_rotated(secret: str) -> None:
    assert read(BODY, signed(secret=secret), SECRET, NEXT) == "evt_1"


def test_one_header_may_hold_the_signatures_of_both_secrets() -> None:
    old, new = signed(secret=STRANGERS), signed(secret=NEXT)
    assert read(BODY, f"{old},{new.partition(',')[2]}", NEXT) == "evt_1"


def test_an_event_of_the_platform_itself_has_no_account() -> None:
    body = json.dumps({key: value for key, value in event().items() if key != "account"}).encode()
    assert StripeWebhooks([Secret(SECRET)]).read(body, signed(body), NOW).account == ""


@pytest.mark.parametrize("age", [-300, -299, 0, 299, 300])
def test_five_minutes_are_allowed_both_ways(age: int) -> None:
    assert read(BODY, signed(age=age)) == "evt_1"


@pytest.mark.parametrize("age", [301, -301, 86_400, -86_400])
def test_older_or_further_ahead_is_refused(age: int) -> None:
    with pytest.raises(BadSignature):
        read(BODY, signed(age=age))


_NOW = int(NOW.timestamp())
_OLD = signed(age=3600)
REPLAYED = [
    f"{_OLD},t={_NOW}",
    f"t={_NOW},{_OLD}",
    f"{_OLD.replace('=', '=', 1)},t={_NOW},t={_NOW}",
    f" t={_NOW},{_OLD}",
    f"t={_NOW - 3600}={_NOW},{_OLD.partition(',')[2]}",
    f"t={_NOW}={_NOW - 3600},{_OLD.partition(',')[2]}",
    f"t,{_OLD},t={_NOW}",
    f"T={_NOW},{_OLD}",
]


@pytest.mark.parametrize("header", REPLAYED)
def test_an_old_webhook_stays_old_whatever_times_are_written_beside_it(header: str) -> None:
    with pytest.raises(BadSignature):
        read(BODY, header)


FORGED = [
    "",
    "t=",
    "v1=",
    "nonsense",
    f"t={_NOW}",
    f"t={_NOW},v1=",
    f"t={_NOW},v1",
    f"t=,{signed().partition(',')[2]}",
    f"t=soon,{signed().partition(',')[2]}",
    signed(secret=STRANGERS),
    signed(secret=""),
    signed(scheme="v0"),
    signed(b"another body"),
    signed().upper(),
    f"t={_NOW},v1=é",
    f"t={_NOW},v1=\udcff",
    f"t={'9' * 5000},v1=00",
]


@pytest.mark.parametrize("header", FORGED)
def test_what_is_not_signed_with_our_secret_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        read(BODY, header)


@pytest.mark.parametrize("at", range(0, len(BODY), 7))
def test_one_changed_byte_is_refused(at: int) -> None:
    changed = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
    with pytest.raises(BadSignature):
        read(changed, signed(BODY))


NO_EVENTS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"event"',
    b"{}",
    b'{"id": "evt_1", "data": null}',
    json.dumps(event(about=[])).encode(),
    json.dumps(event(created="soon")).encode(),
    json.dumps(event(created=10**30)).encode(),
    json.dumps(event(id="evt_\x00")).encode(),
    json.dumps(event(id="evt_\ud800")).encode(),
    json.dumps(event(id="")).encode(),
    json.dumps(event(id="e" * 256)).encode(),
    json.dumps(event(id=7)).encode(),
    json.dumps(event("checkout.session\x00")).encode(),
    json.dumps(event(account="acct_\x00")).encode(),
    b"[" * 100_000,
    b"\xff\xfe",
    BODY[:-1] + b"\x80",
]


@pytest.mark.parametrize("body", NO_EVENTS)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        read(body)
