"""Codes that are handed over, events as a consumer receives them, and settings and keys made for this run."""

import base64
import secrets
from datetime import datetime, timedelta

import msgspec
from chassis.clock import new_id
from chassis.settings import KeyRing
from notifier.handlers.accept_code import AcceptCode
from portal_testing.clock import AT
from servicehub_events import Channel, PortalEnabled, as_event
from servicehub_events_tools.testing import samples

NOW = AT
ADDRESS = "customer@example.com"
NUMBER = "+819012345678"
CODE = "012345"


def ring_text(ring: KeyRing) -> str:
    """A ring as a setting holds it."""
    return ",".join(f"{kid}:{base64.urlsafe_b64encode(key).decode()}" for kid, key in ring.keys.items())


def random_ring() -> str:
    """A ring of one random key, as a setting holds it."""
    return ring_text(KeyRing("k1", {"k1": secrets.token_bytes(32)}))


SETTINGS = {
    "PORTAL_PROFILE": "local",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/notifier",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "PUBLIC_ORIGIN": "https://portal.example.com",
    "DEAD_LETTER_KEYS": random_ring(),
    "NOTIFIER_KEYS": random_ring(),
    "PAY_LINK_KEYS": random_ring(),
    "FIELD_ENCRYPTION_KEYS": random_ring(),
    "BLIND_INDEX_KEYS": random_ring(),
    "UNSUBSCRIBE_KEYS": random_ring(),
    "SMTP_URL": "smtp://127.0.0.1:1",
    "MAIL_FROM": "no-reply@example.com",
    "TWILIO_ACCOUNT_SID": "AC8f3a1c9e6b7d42058e1f9a3c7b6d5e40",
    "TWILIO_AUTH_TOKEN": "8f3a1c9e6b7d42058e1f9a3c7b6d5e40",
    "TWILIO_FROM": "+15005550006",
}
"""An environment in which nothing answers."""


def code(
    channel: Channel = "email",
    *,
    now: datetime = NOW,
    life: timedelta = timedelta(minutes=10),
    **changes: object,
) -> AcceptCode:
    """A code that is handed over at `now`; the challenge's id is new each time."""
    fields = {
        "business_id": "b-1",
        "challenge_id": new_id(),
        "send_number": 1,
        "channel": channel,
        "to": NUMBER if channel == "sms" else ADDRESS,
        "code": CODE,
        "locale": "ja",
        "expires_at": now + life,
        "requested_at": now,
        **changes,
    }
    return msgspec.convert(fields, AcceptCode)


def business_event(**changes: object) -> PortalEnabled:
    return as_event(PortalEnabled, samples.business(), **changes)
